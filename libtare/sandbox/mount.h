/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sandbox/build.h"

/* The parts of mounts.c: where a mount goes, and how each kind is made. All fds are O_PATH and
 * CLOEXEC. */

/* ---- mounts.c ---- */

/* Adds to an error which mount it was. */
int mount_failed(const struct plan_mount *mount, struct error *err);
/* What the maker has opened for a mount of the plan, or -1; it stays the sandbox's. */
int mount_given_tree(const struct build *build, const struct plan_mount *mount);
/* n times -1; to be freed. NULL when out of memory. */
int *fd_array(size_t n);

/* ---- mount-target.c ---- */

/* Make what is missing of `path` inside the root: directories 0755 on the way, at the end a
 * directory or an empty file 0644. Symbolic links are followed inside the root, dangling ones too;
 * what exists stays. Returns an fd of the end. */
int target_create(int root, const char *path, bool directory, struct error *err);
/* The directory that holds the last component of `path`, made when missing; *ret_name points into
 * `path`. For names that must not be followed when they are links: nodes, links, the console. */
int target_parent(int root, const char *path, const char **ret_name, struct error *err);
/* Where a mount of the plan goes, made when missing (*ret_made), `tree` telling as what; refused when
 * it would cover what the kernel or we rely on. */
int target_open(const struct build *build, const struct plan_mount *mount, int tree, bool *ret_made,
                struct error *err);
/* The root of what is mounted at the place, for somebody who wants to unmount it. Links are not followed: the
 * container must not choose what goes away. */
int target_find_mount(const struct build *build, const struct plan_mount *mount, struct error *err);

/* ---- mount-fs.c ---- */

/* A new filesystem, not attached yet. `target` is the directory whose mode a tmpfs inherits, or -1. */
int filesystem_make(const struct build *build, const struct plan_mount *mount, int target,
                    struct error *err);
/* A procfs shows the pid namespace of the process that makes it, and we are not in the container's: the mount was
 * made by one that is, and the sandbox has it. */
bool proc_is_given(const struct build *build, const struct plan_mount *mount);
/* A small filesystem of our own, without options. -errno. */
int filesystem_make_plain(const char *fstype, const char *const options[][2], unsigned attributes);
/* Change options of the superblock under `target`. */
int filesystem_reconfigure(const struct plan_mount *mount, int target, struct error *err);
void filesystem_log(int fs_fd, char *text, size_t size);
/* Add what to do about it, where the kernel has refused to make one with `code`. */
void filesystem_explain(const struct build *build, const struct plan_mount *mount, int code,
                        struct error *err);

/* The host's /sys, with all that is mounted in it. */
int host_sysfs_open(void);

/* ---- mount-long.c ---- */

/* The source or an option is longer than fsconfig(2) takes. */
bool filesystem_is_long(const struct plan_mount *mount);
/* The same as filesystem_make(), by mount(2). */
int filesystem_make_long(const struct build *build, const struct plan_mount *mount,
                         uint64_t attributes, struct error *err);

/* ---- mount-bind.c ---- */

/* A clone of the source, not attached yet, as it is. */
int bind_open(const struct plan_mount *mount, struct error *err);
/* Flags of this mount and of the tree below it. */
int mount_set_attributes(const struct plan_mount *mount, int tree, struct error *err);
/* Propagation, once the mount is in its place: attaching may change it. */
int mount_set_propagation(const struct plan_mount *mount, int tree, struct error *err);

/* ---- copy-up.c ---- */

/* Fill the new and still detached filesystem `tree` with what is in the directory `source`. */
int copy_up(int source, int tree, struct error *err);

/* ---- mount-cgroup.c ---- */

int cgroup_mount_make(const struct build *build, const struct plan_mount *mount, struct error *err);
/* A clone of the host's cgroup2 mount: all of it, or in a cgroup namespace the container's own part. -errno. */
int host_cgroup_open(const struct build *build);
