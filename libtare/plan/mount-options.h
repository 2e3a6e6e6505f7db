/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The mount options of the runtime, in one table: config-linux.md "Linux mount options", the names
 * that features.md adds, and the extensions of crun. What is not here is handed to the filesystem.
 */

#ifndef MOUNT_ATTR_NOSYMFOLLOW /* Linux 5.14 */
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

enum mount_option_kind {
    OPTION_NOTHING,     /* known, and nothing to do */
    OPTION_SET,         /* set `attr` of the mount and `superblock` of its filesystem */
    OPTION_CLEAR,       /* clear them */
    OPTION_ATIME,       /* choose the access-time mode `attr` */
    OPTION_NOT_ATIME,   /* leave the mode `attr`, if it is the chosen one, for the default */
    OPTION_PROPAGATION, /* `superblock` holds the MS_* flags */
    OPTION_BIND,
    OPTION_REMOUNT,
    OPTION_IVERSION,
    OPTION_IDMAP,
    OPTION_TMPCOPYUP,       /* tmpfs: begin with a copy of the covered directory */
    OPTION_COPY_SYMLINK,    /* bind: a source that is a link is made again, not followed */
    OPTION_SOURCE_NOFOLLOW, /* bind: a source that is a link is mounted itself */
    OPTION_TARGET_NOFOLLOW, /* a destination that is a link is covered itself */
};

struct mount_option {
    const char *name;
    enum mount_option_kind kind;
    bool recursive;           /* for the mounts below, too */
    uint64_t attr;            /* MOUNT_ATTR_* */
    unsigned long superblock; /* MS_* */
};

/* NULL: not in the table. `idmap=...` is found by its name. */
const struct mount_option *mount_option_find(const char *option);
/* Options of mount(8) that speak to mount(8) alone ("noauto", "_netdev", "x-..."): they do nothing
 * here. */
bool mount_option_is_for_mount8(const char *option);

/* The names of what can be used in a configuration, sorted: the i-th, or NULL behind the last. */
const char *mount_option_name(size_t i);
