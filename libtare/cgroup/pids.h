/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"

struct pid_list {
    struct arena *arena;
    pid_t *pids;
    size_t n, capacity;
};

/* The pids of a cgroup directory and of all below it, appended to the list: 0 or -errno. */
int pid_list_read(struct pid_list *list, int dirfd);
