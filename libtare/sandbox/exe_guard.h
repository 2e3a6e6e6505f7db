/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* Protection of the runtime's own binary against the container it enters (CVE-2019-5736): through
 * /proc/PID/exe of the process that is about to execute the payload, a container could open the host's
 * binary and write to it.
 *
 * The calling process swaps the file that it runs from: the same inode, seen through a mount that is
 * read-only and in no mount namespace. Its code is mapped from there, its data moves to anonymous memory,
 * and the kernel is told that this is the executable. From then on /proc/PID/exe cannot be opened for
 * writing (EROFS), and nobody can make that mount writable again.
 *
 * To be called in the child, before it enters anything of the container, while the host's /proc and the
 * binary's path are visible, single-threaded. No-op when the file cannot be written anyway: it is on a
 * read-only mount, or is a sealed memfd. */

enum exe_guard_mount {
    /* A clone of the mount that the binary is on, made for this alone: protected on return. */
    EXE_GUARD_OWN_MOUNT,
    /* The caller's mount namespace is new, and it will make all of its present mounts read-only and detach
     * them before a process of the container can exist: protected from then on. Saves making a mount, and
     * above all the wait for the RCU grace period when it is dissolved. */
    EXE_GUARD_OLD_ROOT,
};

/* `path` is where the binary is, as exe_guard_path() told in the maker: the link /proc/self/exe is no good
 * for opening it in a new mount namespace, and in a chroot it does not even tell the name there.
 *
 * 0, or -errno; then the running program is as it was, and kind ERROR_UNPROTECTED asks the caller to fall
 * back once to a sealed memfd. Sources: prctl(2) PR_SET_MM_MAP, open_tree(2), mount_setattr(2); Linux 5.14
 * with CONFIG_CHECKPOINT_RESTORE. */
int exe_guard(const char *path, enum exe_guard_mount mount, struct error *err);

/* The text of the link /proc/self/exe, to be asked for in the mount namespace that we were executed in. */
int exe_guard_path(struct arena *arena, const char **ret, struct error *err);

/* Is the running program beyond writing already? 1, 0 or -errno. */
int exe_is_sealed(void);
