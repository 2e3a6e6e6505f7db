/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"
#include "sandbox/channel.h"
#include "sandbox/sandbox.h"

/* A container being built: what the steps of sandbox_enter() share, and the steps themselves, one
 * file each. sandbox.c says in which order they run and why.
 *
 * All of this belongs to the child. Steps return 0 or -errno and fill `err`; nothing is undone
 * here, because the child's death undoes everything that it made. */

struct build {
    const struct sandbox *sandbox;
    const struct plan *plan;
    int channel;   /* whom to report to: the maker, later the starter */
    int root;      /* O_PATH of the container's root mount: every path inside starts here */
    int proc;      /* our own procfs, mounted nowhere; -1 until build_proc() made it */
    int *sources;  /* clones of the bind sources by mount number, or NULL: opened when needed */
    int *late;     /* mounts to be made read-only at the end, by mount number, or NULL */
    int *attached; /* the mounts that were made, by mount number; NULL: nobody wants to know */
    mode_t umask;  /* the caller's: ours is 0 until the process has its own */
    bool reported; /* the failure has been told over the channel already */
    char *program; /* what will be executed: the found path */
    const char *const *env; /* its environment */
    struct arena arena;
};

/* The container has, or joins, a namespace of this CLONE_NEW* type. */
bool build_has_namespace(const struct build *build, int type);
/* A warning for the maker's log. */
void build_warn(const struct build *build, const struct error *warning);
/* Send a request and wait for GO. */
int build_ask(const struct build *build, enum channel_message_type request, struct error *err);

/* ---- sandbox.c: what making a container and joining one have in common ---- */
/* The payload's fds keep their numbers, and ours must not be among them. */
int sandbox_lift_fds(struct sandbox *sandbox);
/* From a root file system that stands to a process that has but to execute its program. */
int process_become(struct build *build, struct error *err);
/* Tell the maker so, and wait to be started. */
int process_park(struct build *build, struct error *err);
/* Executes; returns only by failing. */
int process_start(struct build *build, struct error *err);

/* ---- process.c: what the child is before it belongs to the container ---- */
/* Returns the caller's umask. */
mode_t process_isolate(uint64_t ignored_signals);
int oom_score_set(const struct build *build, struct error *err);

/* ---- namespaces.c ---- */
int namespaces_join(const struct build *build, struct error *err);
/* Root of the user namespace: what is made from here on belongs to ids that exist inside. */
int namespaces_become_root(const struct build *build, struct error *err);
int namespaces_settle(const struct build *build, struct error *err);
/* Of the network namespace of the calling thread. */
int loopback_up(struct error *err);

/* ---- rootfs.c ---- */
int rootfs_open(struct build *build, struct error *err);
/* The host's mounts, copies of ours alone, will become read-only and go away in rootfs_pivot(), before any
 * process of the container can exist. */
bool rootfs_takes_host_down(const struct build *build);
int rootfs_pivot(const struct build *build, struct error *err);
int rootfs_finish(const struct build *build, struct error *err);

/* ---- mounts.c ---- */
int mounts_open_sources(struct build *build, struct error *err);
int mounts_make(struct build *build, struct error *err);
int mount_make(struct build *build, size_t i, struct error *err);
int mounts_finish(struct build *build, struct error *err);

/* ---- devices.c, mask.c, sysctl.c ---- */
int devices_make(const struct build *build, struct error *err);
int links_make(const struct build *build, struct error *err);
int masks_apply(const struct build *build, struct error *err);
int sysctls_write(struct build *build, struct error *err);
int hostname_set(const struct build *build, struct error *err);

/* ---- labels.c: the first before the pivot, the second with the credentials ---- */
int labels_prepare(struct build *build, struct error *err);
int labels_set(struct build *build, struct error *err);

/* A procfs of the container's pid namespace that is attached nowhere, so that nothing in the image
 * can stand between us and the kernel. Kept in build->proc. */
int build_proc(struct build *build, struct error *err);

/* ---- terminal.c, stdio.c ---- */
int terminal_open(const struct build *build, struct error *err);
int stdio_settle(const struct build *build, struct error *err);
int pidfd_send(const struct build *build, struct error *err);

/* ---- credentials.c ---- */
int rlimits_set(const struct build *build, struct error *err);
int credentials_set(const struct build *build, struct error *err);

/* ---- filter.c: the last step before execve ---- */
int filter_load(const struct build *build, struct error *err);

/* ---- exec.c ---- */
int cwd_enter(const struct build *build, bool last_try, struct error *err);
int exec_prepare(struct build *build, struct error *err);
int exec_find(struct build *build, struct error *err);
/* Executes; returns only by failing. */
int exec_run(const struct build *build, struct error *err);
