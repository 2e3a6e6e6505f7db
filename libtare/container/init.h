/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "cgroup/admission.h"
#include "sandbox/sandbox.h"

/* The making of a container's init process: one clone3(2) into all new namespaces and the cgroup.
 *
 * Three things cannot be done by the child itself, because a process enters them only by being
 * born:
 *   - a pid namespace joined by its path: the maker points its children there, clones, and turns
 * back;
 *   - a time namespace with offsets (they can be set only before the first process lives there), or
 * one that is joined: likewise;
 *   - new namespaces owned by a user namespace that is joined by its path: the maker would lose its
 *     privileges by joining, for good, so an intermediate process does it: it joins, clones the
 * init as our child (CLONE_PARENT), tells us its pid and is gone. */

struct init {
    pid_t pid; /* 0: none */
    int pidfd;
    int channel; /* our end, sandbox/channel.h */
};

#define INIT_NONE ((struct init){.pidfd = -1, .channel = -1})

/* `sandbox` describes the child; its channel is made here, and its join_fds are closed as they are
 * used. `from` is where the cgroup can be cloned into from when it cannot be from here, NULL: nowhere. */
int init_clone(struct init *init, struct sandbox *sandbox, int cgroup_fd,
               const struct scope_place *from, struct error *err);

/* What only a privileged process outside of its user namespace can do for the waiting init: id
 * maps, limits above our own, an oom score below ours. */
int init_set_up(const struct init *init, const struct plan *plan, struct error *err);

/* In the child: close what neither `sandbox` nor the payload has a use for. */
void init_close_others(const struct sandbox *sandbox);

/* Kill it and wait for its end. */
void init_end(struct init *init);
void init_release(struct init *init);
