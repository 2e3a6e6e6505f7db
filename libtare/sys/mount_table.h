/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

/* The mounts of a process, as /proc/PID/mountinfo lists them. Names are the kernel's own, with its escapes taken
 * away; those of places are seen from the process's root. */

struct mount_entry {
    unsigned major, minor; /* of the filesystem */
    const char *root; /* which part of it is mounted; of a cgroup: as we see it, not the process */
    const char *place;
    const char *fstype;
    bool is_idmapped;
};

struct mount_table {
    struct mount_entry *items;
    size_t n;
};

/* `text` is changed, and has to last as long as the table. Lines that are none are left out. 0 or -ENOMEM. */
int mount_table_parse(struct arena *arena, char *text, struct mount_table *ret);
/* "/proc/self/mountinfo". 0 or -errno. */
int mount_table_read(struct arena *arena, const char *path, struct mount_table *ret);
