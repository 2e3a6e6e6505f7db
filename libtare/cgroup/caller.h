/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/cgroup.h"

/* The default path for a caller without rights over the whole hierarchy: below its own cgroup, or
 * when controllers are needed, which a cgroup with processes cannot give, beside that. -EACCES when
 * it may not put a process there. `*ret` is malloc'ed. */
int cgroup_beside_caller(const struct cgroup_host *host, const struct plan_cgroup *plan,
                         const char *id, char **ret);
