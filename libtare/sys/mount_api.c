/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long r)
{
    return r < 0 ? -errno : (int)r;
}

int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
    return result(syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC));
}

int sys_move_mount(int fd, int target_fd)
{
    return sys_move_mount_at(fd, "", target_fd, "",
                             MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int sys_move_mount_at(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    return result(syscall(SYS_move_mount, from_fd, from, to_fd, to, flags));
}

int sys_fsopen(const char *fstype)
{
    return result(syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC));
}

int sys_fspick(int dirfd, const char *path, unsigned flags)
{
    return result(syscall(SYS_fspick, dirfd, path, flags | FSPICK_CLOEXEC));
}

int sys_fsconfig(int fs_fd, unsigned command, const char *key, const void *value, int aux)
{
    return result(syscall(SYS_fsconfig, fs_fd, command, key, value, aux));
}

int sys_fsmount(int fs_fd, unsigned attributes)
{
    return result(syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, attributes));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned flags, const struct mount_attr *attr)
{
    return result(syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr)));
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
    return result(syscall(SYS_pivot_root, new_root, put_old));
}

int sys_openat2(int dirfd, const char *path, const struct open_how *how)
{
    return result(syscall(SYS_openat2, dirfd, path, how, sizeof(*how)));
}

int open_in_root(int root_fd, const char *path, int flags, unsigned mode)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .mode = mode,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd = -EAGAIN;
    /* The kernel gives -EAGAIN when a rename or mount anywhere in the system happened during a ".." step. */
    for (int tries = 0; fd == -EAGAIN && tries < 128; tries++) {
        fd = sys_openat2(root_fd, path, &how);
    }
    return fd;
}
