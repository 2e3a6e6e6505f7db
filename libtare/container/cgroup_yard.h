/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/home.h"

/* Where CRIU looks for cgroups. Left alone it mounts the hierarchy by itself, which takes the options of the host's mount
 * away, nsdelegate and memory_recursiveprot: all mounts of cgroup v2 share them (CRIU issue 3029). So it is led to
 * that mount: for a checkpoint by a link, which is in the home while CRIU works; for a restore by a mount in its
 * mount namespace, since who looks there may have the container's root already. */

enum yard_entry {
    YARD_LINK,      /* to the mount */
    YARD_DIRECTORY, /* empty, for cgroup_yard_mount() */
};

/* *ret is NULL on a host with cgroup v1, whose hierarchies CRIU has to have, too. */
int cgroup_yard_make(const struct home *home, struct arena *arena, const char *cgroup_mount,
                     enum yard_entry entry, const char **ret, struct error *err);
/* In CRIU's mount namespace. */
int cgroup_yard_mount(const struct home *home, const char *cgroup_mount, struct error *err);
void cgroup_yard_remove(const struct home *home);
