/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/cgroup.h"

/* Make the controllers that the plan needs available in the cgroup: enable them in each ancestor's
 * cgroup.subtree_control, from the mount down. One small read when they already are. */
int controllers_enable(const struct cgroup_host *host, const struct cgroup *cgroup,
                       const struct plan_cgroup *plan, struct error *err);

/* Give all controllers that a cgroup has to those below it, so that what a container uses is counted where it
 * is, by whom engines ask. Refused are controllers that cannot be had at this moment, which then are missed by
 * the limits that need them. */
int controllers_hand_down(const struct cgroup_host *host, const char *path, struct error *err);

bool controllers_are_needed(const struct plan_cgroup *plan);

/* The error for a controller that cannot be used, with cause and remedy. `where` is the JSON
 * pointer of what needs it. */
int controller_missing(const struct cgroup_host *host, const char *controller, const char *where,
                       struct error *err);

/* How a controller is kept from the v2 hierarchy, from the text of /proc/cgroups. Pure. */
enum controller_state {
    CONTROLLER_UNKNOWN,  /* not built, or not listed since it has no v1 form */
    CONTROLLER_ON_V1,    /* bound to a v1 hierarchy */
    CONTROLLER_DISABLED, /* cgroup_disable= on the kernel command line */
    CONTROLLER_FREE,     /* not on v1: on v2, though maybe not here */
};
enum controller_state controller_state(const char *proc_cgroups, const char *controller);
