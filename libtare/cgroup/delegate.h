/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/cgroup.h"

/* Hand the cgroup to a user, as config-linux.md "Cgroup ownership" says: the directory and those
 * files in it that /sys/kernel/cgroup/delegate lists, nothing else. The group stays. */
int cgroup_delegate(const struct cgroup *cgroup, uid_t uid, struct error *err);
