/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/cgroup.h"
#include "container/state.h"

/* The cgroup that a state remembers. All of it is well-defined for a container without one. */

/* What tells it, or the scope around it, from one of the same path that somebody else makes later; 0: not known. */
uint64_t cgroup_of_id(const struct state *state, int mount_fd);

/* Only when it is known to be: a cgroup that is gone is not frozen. */
bool cgroup_of_is_frozen(const struct state *state);

/* Open it; one that is absent, or another's by now, gives CGROUP_INIT and 0. */
int cgroup_of_open(const struct state *state, struct cgroup *cgroup, struct error *err);

/* The same, and its hierarchy. */
int cgroup_of_open_in(const struct state *state, struct cgroup_host *host, struct cgroup *cgroup,
                      struct error *err);

/* Open what a path names below it; -ENOENT when it is absent. `below` "" is the cgroup itself. */
int cgroup_of_open_below(const struct state *state, const char *below, struct cgroup *cgroup,
                         struct error *err);

/* Open the cgroup in which the init is now: it may have moved to one below its first. */
int cgroup_of_open_present(const struct state *state, struct cgroup *cgroup, struct error *err);

/* Remove it if we made it, and nobody else has made it again. */
int cgroup_of_remove(const struct state *state, struct error *err);

/* Remove the one that a note announces, if it was made. */
int cgroup_of_reclaim(const struct state *note, struct error *err);
