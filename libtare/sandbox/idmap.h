/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "plan/plan.h"

/* Id-mapped bind mounts (mount_setattr(2), MOUNT_ATTR_IDMAP, Linux 5.12).
 *
 * The kernel gives a mapping only to a mount that was never attached, and only to who has CAP_SYS_ADMIN in the user
 * namespace of the filesystem: that is the maker, before the init is cloned. The mapping itself is a user namespace,
 * which lives as long as the mount. */

/* Does the plan have any? */
bool idmap_is_wanted(const struct plan *plan);

/* Clones of the sources with their mappings: trees[i] for mount i of the plan, -1 for the others. `join_fds` are
 * parallel to plan->namespaces.joins. After a failure none is open. Forks a short-lived child for every distinct
 * mapping. */
int idmap_open_sources(const struct plan *plan, const int *join_fds, int *trees, struct error *err);
