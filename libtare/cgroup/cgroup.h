/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

/* cgroup v2. The hierarchy is the one at /sys/fs/cgroup, or on a hybrid host the cgroup2 mount at
 * /sys/fs/cgroup/unified, or wherever mountinfo says; v1 hierarchies are never touched. All file access
 * goes through fds of directories below the held mount. */

struct cgroup_host {
    int mount_fd;                  /* O_PATH|O_DIRECTORY of the cgroup2 mount, -1 when there is none */
    char *mount_path;
    char *own_path;                /* this process's cgroup below the mount, "/" at its root */
};

#define CGROUP_HOST_INIT ((struct cgroup_host){.mount_fd = -1})

int cgroup_host_open(struct cgroup_host *host, struct error *err);
void cgroup_host_release(struct cgroup_host *host);

/* One container's cgroup. */
struct cgroup {
    int fd;                        /* O_PATH|O_DIRECTORY|O_CLOEXEC of the directory, -1: no cgroup */
    char *path;                    /* below the mount: "/user.slice/x" */
    bool created;                  /* we made it, and remove it; a directory that was there stays */
    char *created_top;             /* the uppermost ancestor that we made ("/tare-test"), or NULL; removed
                                      after the cgroup when it became empty */
};

#define CGROUP_INIT ((struct cgroup){.fd = -1})

/* Make (or take) the cgroup of the plan and enable the controllers it needs on the way down. Refuses one
 * that holds processes or is frozen. On failure nothing that it made is left. */
int cgroup_make(struct cgroup *cgroup, const struct cgroup_host *host, const struct plan_cgroup *plan,
                const char *id, struct error *err);
/* Find it again by the path that the state remembers. -ENOENT when it is gone. */
int cgroup_open(struct cgroup *cgroup, const struct cgroup_host *host, const char *path, struct error *err);
void cgroup_release(struct cgroup *cgroup);

/* Write the limits. An absent controller is an error that names the cause (v1, not delegated, not built)
 * and the remedy. */
int cgroup_apply(const struct cgroup *cgroup, const struct cgroup_host *host, const struct plan_cgroup *plan,
                 struct error *err);
/* Load the device program and attach it. No-op without rules. */
int cgroup_restrict_devices(const struct cgroup *cgroup, const struct plan_cgroup *plan, struct error *err);

int cgroup_kill(const struct cgroup *cgroup, struct error *err);                    /* cgroup.kill */
int cgroup_freeze(const struct cgroup *cgroup, bool freeze, struct error *err);    /* waits, bounded */
int cgroup_is_frozen(const struct cgroup *cgroup);                                 /* 1, 0 or -errno */
int cgroup_is_populated(const struct cgroup *cgroup);                              /* 1, 0 or -errno */
/* All pids of the cgroup and below it. */
int cgroup_pids(const struct cgroup *cgroup, struct arena *arena, pid_t **ret, size_t *ret_n, struct error *err);
/* Number of OOM kills so far (memory.events), 0 when unknown. */
unsigned long cgroup_oom_kills(const struct cgroup *cgroup);

/* Remove the directory, what is below it and the empty ancestors that we made. Bounded waiting for
 * dying processes: -EBUSY with a hint when they do not go. Absent is success. */
int cgroup_remove(const struct cgroup_host *host, const char *path, const char *created_top, struct error *err);

/* The file-system path that a plan's cgroup will have below the mount (pure but for reading own_path). */
int cgroup_path(const struct cgroup_host *host, const struct plan_cgroup *plan, const char *id, char **ret,
                struct error *err);
