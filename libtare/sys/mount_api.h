/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>

/* The mount API of Linux 5.2 (mount_setattr: 5.12) and openat2 (5.6). All return the result or -errno; fds
 * are CLOEXEC. glibc has these only since 2.36, and musl not at all: we call the kernel directly. */

int sys_open_tree(int dirfd, const char *path,
                  unsigned flags); /* OPEN_TREE_CLONE, AT_RECURSIVE, AT_EMPTY_PATH */
/* Attach the mount of `fd` onto the file or directory of `target_fd` (both by AT_EMPTY_PATH). */
int sys_move_mount(int fd, int target_fd);
int sys_move_mount_at(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int sys_fsopen(const char *fstype);
int sys_fspick(int dirfd, const char *path, unsigned flags);
int sys_fsconfig(int fs_fd, unsigned command, const char *key, const void *value, int aux);
int sys_fsmount(int fs_fd, unsigned attributes);
/* path "" with AT_EMPTY_PATH in `flags` means dirfd itself. */
int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct mount_attr *attr);
int sys_pivot_root(const char *new_root, const char *put_old);

int sys_openat2(int dirfd, const char *path, const struct open_how *how);
/* Open below a root that the container controls: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, retried when a
 * rename in the tree races with us (-EAGAIN). O_CLOEXEC is added. */
int open_in_root(int root_fd, const char *path, int flags, unsigned mode);
