/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/interruption.h"
#include "cgroup/holder.h"
#include "plan/plan.h"

/* cgroup v2. The hierarchy is the one at /sys/fs/cgroup, or on a hybrid host the cgroup2 mount at
 * /sys/fs/cgroup/unified, or wherever mountinfo says; v1 hierarchies are never touched. All file
 * access goes through fds of directories below the held mount.
 *
 * Order of a life: cgroup_host_open, cgroup_make, cgroup_restrict_devices, cgroup_apply, clone3
 * into cgroup.fd; later cgroup_host_open, cgroup_remove. Sources: cgroups(7), the kernel's
 * admin-guide/cgroup-v2.rst, config-linux.md "Control groups". */

struct cgroup;

struct cgroup_host {
    int mount_fd;     /* O_PATH|O_DIRECTORY|O_CLOEXEC of the cgroup2 mount, -1 when there is none */
    char *mount_path; /* "/sys/fs/cgroup/unified" */
    /* Told before cgroup_make() makes the cgroup's directory (its path is known, created_top when ancestors are
     * about to be made), and that it was there (`is_new` false): so that somebody who is killed has left word of
     * it. NULL: nobody. 0 or -errno, which cgroup_make() returns. */
    int (*announce)(void *data, const struct cgroup *cgroup, bool is_new);
    void *announce_data;
    struct interruption interruption;
};

#define CGROUP_HOST_INIT ((struct cgroup_host){.mount_fd = -1, .interruption = {.fd = -1}})

/* Find the hierarchy. A host without one is no error here: mount_fd is -1, and the first function
 * that needs a cgroup says so. */
int cgroup_host_open(struct cgroup_host *host, struct error *err);
void cgroup_host_release(struct cgroup_host *host);

/* One container's cgroup. */
struct cgroup {
    /* O_PATH|O_DIRECTORY|O_CLOEXEC of the directory, -1: no cgroup. Such an fd will do for
     * CLONE_INTO_CGROUP (together with CLONE_NEWCGROUP the cgroup becomes the root of the new
     * namespace) and for BPF_PROG_ATTACH; both look only at the directory behind it. */
    int fd;
    char *path;        /* below the mount: "/user.slice/x" */
    bool created;      /* we made it, and remove it; a directory that was there stays */
    char *created_top; /* the uppermost ancestor that we made ("/user.slice"), or NULL; removed
                          after the cgroup when it became empty */
    char *unit;        /* the scope of systemd that it is in; NULL: none */
    bool user_unit;    /* it is of the caller's own systemd */
    /* Until cgroup_settle(): what keeps the scope alive, and its cgroup, NULL for the scope's. */
    struct holder holder;
    char *holder_path;
};

#define CGROUP_INIT ((struct cgroup){.fd = -1, .holder = HOLDER_INIT})

/* The path below the mount that a plan's cgroup will have. Pure, and the same for the same plan
 * whoever asks: the plan's, without one "/tare-ID". `*ret` is malloc'ed; NULL when the plan wants no
 * cgroup (manager disabled). */
int cgroup_path(const struct plan_cgroup *plan, const char *id, char **ret, struct error *err);

/* Make (or take) the cgroup of the plan, enable the controllers it needs on the way down, hand it
 * to delegate_uid. Refuses one that holds processes or is frozen. On failure nothing that it made
 * is left. With the manager disabled it does nothing: fd stays -1 and every other function here
 * accepts that. */
int cgroup_make(struct cgroup *cgroup, const struct cgroup_host *host,
                const struct plan_cgroup *plan, const char *id, struct error *err);
/* The container's init is in its cgroup: nothing else has to keep a scope alive any more. */
void cgroup_settle(struct cgroup *cgroup, const struct cgroup_host *host);
/* Remove what cgroup_make made, its scope included. Not for a cgroup of cgroup_open. */
int cgroup_undo(struct cgroup *cgroup, const struct cgroup_host *host, struct error *err);
/* Find it again by the path that the state remembers. -ENOENT when it is gone. `created` is false:
 * the caller knows. */
int cgroup_open(struct cgroup *cgroup, const struct cgroup_host *host, const char *path,
                struct error *err);
void cgroup_release(struct cgroup *cgroup);

/* Write the limits. An absent controller is an error that names the cause (v1, not delegated, not
 * built) and the remedy. */
int cgroup_apply(const struct cgroup *cgroup, const struct cgroup_host *host,
                 const struct plan_cgroup *plan, struct error *err);
/* Load the device program and attach it. No-op without rules, or when they allow everything. */
int cgroup_restrict_devices(const struct cgroup *cgroup, const struct plan_cgroup *plan,
                            struct error *err);

/* Make plan->subgroup below the container's cgroup, give it to its owner and move the init there: after
 * cgroup namespaces are made, so that the container sees its cgroup above. No-op without one. It goes with
 * the cgroup. */
int cgroup_enter_subgroup(const struct cgroup *cgroup, const struct plan_cgroup *plan, pid_t init,
                          struct error *err);

/* The limits that an update has to know. Absent files leave their members unset. */
void cgroup_look(const struct cgroup *cgroup, struct resources_now *ret);
/* Change limits and device rules of a cgroup in use, controllers included. When one change fails, the
 * others are taken back. */
int cgroup_update(const struct cgroup *cgroup, const struct cgroup_host *host,
                  const struct plan_cgroup *plan, struct error *err);

/* Add to a failed clone3(CLONE_INTO_CGROUP) or write to cgroup.procs why the cgroup takes no
 * process. */
void cgroup_explain_entry(const struct cgroup *cgroup, int code, struct error *err);

/* SIGKILL to every process of the cgroup and below it (cgroup.kill, Linux 5.14). Frozen ones die as
 * well. */
int cgroup_kill(const struct cgroup *cgroup, struct error *err);
/* Freeze or thaw and wait until it is so, at most 10 s; what could not be frozen is thawed again.
 */
int cgroup_freeze(const struct cgroup *cgroup, bool freeze, struct error *err);
int cgroup_is_frozen(const struct cgroup *cgroup);    /* 1, 0 or -errno */
int cgroup_is_populated(const struct cgroup *cgroup); /* 1, 0 or -errno */
/* All pids of the cgroup and below it, in no order. A process that moves or ends meanwhile may be
 * missed. */
int cgroup_pids(const struct cgroup *cgroup, struct arena *arena, pid_t **ret, size_t *ret_n,
                struct error *err);
/* Number of OOM kills so far (memory.events), 0 when unknown. */
unsigned long cgroup_oom_kills(const struct cgroup *cgroup);

/* Remove the directory, what is below it and the empty ancestors that we made. Processes that are
 * still in it are killed: call it only for a cgroup that was `created`. Bounded waiting (5 s) for
 * dying processes: -EBUSY with a hint when they do not go. Absent is success. */
int cgroup_remove(const struct cgroup_host *host, const char *path, const char *created_top,
                  struct error *err);
/* Only the ancestors of a path, up to one of them, as far as they are empty. */
void cgroup_remove_ancestors(const struct cgroup_host *host, const char *path, const char *top);
/* The same for one that was announced, and whose maker was then killed: it may never have been made, and somebody
 * else may have made it. Removed, with its ancestors, only when it is empty, or becomes so within 2 s. */
int cgroup_reclaim(const struct cgroup_host *host, const char *path, const char *created_top,
                   struct error *err);

/* Stop the scope that a cgroup was in, after cgroup_remove(), so that systemd has forgotten it. One
 * that is gone is a success. */
int scope_stop(const char *unit, bool user, struct error *err);
/* Get ready to talk to systemd. A static program cannot: kind ERROR_NEEDS_LIBRARY, which a command
 * has to meet before it touches anything. */
int scope_load(struct error *err);
