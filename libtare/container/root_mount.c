/* SPDX-License-Identifier: Apache-2.0 */
#include "container/root_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "sys/mount_api.h"

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

/* Since Linux 6.8 a number that no other mount ever gets; before that, none that is there has it. */
static int mount_id(int fd, uint64_t *ret)
{
    struct statx info;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &info) < 0)
        return -errno;
    *ret = info.stx_mnt_id;
    return 0;
}

static int failed(const char *path, int code, struct error *err)
{
    return error_sys(err, code, "mount the root filesystem %s over itself", path);
}

int root_mount_make(struct root_mount *mount, const char *path, struct error *err)
{
    mount->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (mount->directory < 0) {
        int r = failed(path, errno, err);
        error_add_where(err, "/root/path");
        return r;
    }
    int tree = sys_open_tree(mount->directory, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
    if (tree < 0)
        return failed(path, -tree, err);
    mount->tree = tree;
    /* What is mounted inside must not travel to where the caller's mounts have peers. */
    struct mount_attr private = {.propagation = MS_PRIVATE};
    int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &private);
    if (r == 0)
        r = mount_id(tree, &mount->id);
    return r < 0 ? failed(path, -r, err) : 0;
}

int root_mount_attach(const struct root_mount *mount, const char *path, struct error *err)
{
    int r = sys_move_mount(mount->tree, mount->directory);
    return r < 0 ? failed(path, -r, err) : 0;
}

void root_mount_release(struct root_mount *mount)
{
    close_fd(&mount->tree);
    close_fd(&mount->directory);
}

int root_mount_open(const char *path, uint64_t id, struct error *err)
{
    _cleanup_(close_fd) int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint64_t there;
    if (root < 0)
        return error_sys(err, errno, "open the root filesystem %s", path);
    int r = mount_id(root, &there);
    if (r < 0)
        return error_sys(err, -r, "statx %s", path);
    if (there != id)
        return error_set(err, ESTALE, "the container's mount of %s is gone", path);
    return TAKE_FD(root);
}

int root_mount_remove(const char *path, uint64_t id, struct error *err)
{
    _cleanup_(close_fd) int root = root_mount_open(path, id, err);
    if (root == -ENOENT || root == -ESTALE) {
        error_release(err);
        return 0;
    }
    if (root < 0)
        return root;
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", root);
    if (umount2(link, MNT_DETACH) < 0)
        return error_sys(err, errno, "unmount the root filesystem %s", path);
    return 0;
}
