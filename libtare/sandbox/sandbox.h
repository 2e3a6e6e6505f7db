/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"
#include "sandbox/hook.h"
#include "seccomp/seccomp.h"

/* What the child does between clone and exec: it walks the plan.
 *
 * container/ makes the child with clone3 in the plan's new namespaces and cgroup; sandbox_enter() joins the
 * other namespaces, builds the root filesystem, becomes the user and executes the program. It returns only
 * by failing, and then has told the maker over the channel; the caller _exit()s. */

struct sandbox;

/* A container that is there already, for a process that is put into it. */
struct sandbox_target {
    int pidfd;   /* of its init */
    int root_fd; /* O_PATH of the init's root, when it has no mount namespace of its own; else -1 */
    uint64_t namespaces; /* CLONE_NEW*: those in which the init is and we are not */
    /* What is left to do on the host when nothing can ask for the command to be run again any more; may open
     * descriptors of the sandbox. 0 or -errno. NULL: nothing. */
    int (*before)(struct sandbox *sandbox, const void *data, struct error *err);
    const void *data;
};

struct sandbox {
    const struct plan *plan;
    struct sandbox_target *target;         /* NULL: make a container */
    const struct seccomp_program *seccomp; /* NULL: none */
    int channel;                           /* to the maker (sandbox/channel.h) */
    int start_socket;     /* listening SOCK_SEQPACKET socket to wait on after PARKED, or -1: go on
                                      when the maker says GO */
    int root_fd;          /* O_PATH of the root filesystem on the host */
    const char *exe_path; /* from exe_guard_path() in the maker */
    int join_fds
        [NAMESPACE_TYPES]; /* opened by the maker, parallel to plan->namespaces.joins; -1 where the
                                      maker entered the namespace itself (pid, time) */
    /* By mount number, opened by the maker; -1 where there is none, NULL when there is none at all: id-mapped
     * clones of bind sources (sandbox/idmap.h); for a container that is there, all that is the host's
     * (sandbox_open_trees()). */
    int *trees;
    /* The container's cgroup as a path on the host ("/sys/fs/cgroup/x"), for hosts on which the container
     * cannot mount cgroup2 itself; NULL: not known. */
    const char *cgroup_path;
    int console_socket; /* connected stream socket for the pty master; -1: send it over the channel */
    int pidfd_socket;   /* connected; -1: none */
    struct hook_output hook_output; /* for createContainer and startContainer hooks */
    uint64_t ignored_signals;       /* that the payload must not inherit: bit n-1 is signal n */
    bool wait_for_maps;             /* new user namespace: wait for GO before anything else */
    bool wants_maker;               /* send WANT_MAKER and wait for GO */
};

/* Runs in the child. */
_noreturn_ void sandbox_enter(const struct sandbox *sandbox);

/* A process for a container that is there (join.c says why in two halves). The first runs in an intermediate
 * process in the container's cgroup, which clones the second then, as a child of its own maker. What is used up
 * of `sandbox->target` is closed. */
int sandbox_join(struct sandbox *sandbox, struct error *err);
_noreturn_ void sandbox_exec(const struct sandbox *sandbox);

/* The mounts of a container that is there (changes.c). Each runs in a child of its own, which the container cannot
 * see, with `sandbox->target` and a plan of plan_mount_changes().
 *
 * Sends, as MESSAGE_TREE, what of the host the plan's mounts need and sandbox->trees has not. */
_noreturn_ void sandbox_open_trees(const struct sandbox *sandbox);
/* The same with what has to be made in the container's pid namespace: sandbox_needs_procs(). To be called first,
 * without any trees: for a moment the container sees who makes it. */
_noreturn_ void sandbox_open_procs(struct sandbox *sandbox);
bool sandbox_needs_procs(const struct sandbox *sandbox);
/* Make the mounts, or unmount what is at their destinations, the last first; MESSAGE_DONE in the end. When one
 * cannot be made, or whoever is at the other end of the channel stops writing, those that were made are taken
 * back. */
_noreturn_ void sandbox_add_mounts(struct sandbox *sandbox);
_noreturn_ void sandbox_remove_mounts(struct sandbox *sandbox);
