/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "sandbox/build.h"
#include "sys/mount_api.h"
#include "sys/process.h"

#define PROPAGATION (MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE)

static int set_propagation(int fd, unsigned long type, bool recursive)
{
    struct mount_attr attr = {.propagation = type};
    return sys_mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr);
}

/* With rootfsPropagation "shared" the host's mounts stay peers of ours, so that a bind mount with
 * "rshared" reaches the host. The mount that the rootfs lies on must not: what we mount over the
 * rootfs would. Its root is found upwards, because propagation is set on a mount's root. */
static int isolate_parent(int rootfs, struct error *err)
{
    _cleanup_(close_fd) int at = fcntl(rootfs, F_DUPFD_CLOEXEC, 3);
    for (int depth = 0; at >= 0 && depth < 4096; depth++) {
        struct statx info;
        if (statx(at, "", AT_EMPTY_PATH, 0, &info) < 0)
            return error_sys(err, errno, "statx above the root filesystem");
        if (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
            int r = set_propagation(at, MS_SLAVE, false);
            return r < 0 ? error_sys(err, -r, "make the mount above the root filesystem a slave")
                         : 0;
        }
        int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close_fd(&at);
        at = up;
    }
    return error_sys(err, errno, "find the mount above the root filesystem");
}

/* From here on no mount of ours reaches the host. */
static int isolate_host(const struct build *build, int rootfs, struct error *err)
{
    if (build->plan->root.propagation & MS_SHARED)
        return isolate_parent(rootfs, err);
    struct mount_attr attr = {.propagation = MS_SLAVE};
    int r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
    if (r == 0)
        return 0;
    error_sys(err, -r, "make all mounts slaves of the host's");
    if (r == -ENOSYS) /* the first call of every container that an older kernel lacks */
        error_add_hint(err, "tare needs Linux 5.14 or newer");
    return r;
}

static int open_rootfs(const struct build *build, struct error *err)
{
    const char *path = build->plan->root.path;
    _cleanup_(close_fd) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        int code = errno;
        error_sys(err, code, "open the root filesystem %s", path);
        error_add_where(err, "/root/path");
        if (code == EACCES)
            error_add_hint(
                err, "every directory on the way must be searchable for the container's root");
        return -code;
    }
    /* The maker looked before; it and we must mean the same directory. */
    struct stat ours, makers;
    if (build->sandbox->root_fd >= 0 &&
        (fstat(fd, &ours) < 0 || fstat(build->sandbox->root_fd, &makers) < 0 ||
         ours.st_dev != makers.st_dev || ours.st_ino != makers.st_ino))
        return error_set(err, ESTALE, "the root filesystem %s was replaced meanwhile", path);
    return TAKE_FD(fd);
}

int rootfs_open(struct build *build, struct error *err)
{
    _cleanup_(close_fd) int rootfs = open_rootfs(build, err);
    if (rootfs < 0)
        return rootfs;
    if (!build_has_namespace(build, CLONE_NEWNS)) {
        /* The maker's: when it was killed, and somebody has taken the mount away that it made there, we must not
         * mount on the bare directory below. */
        build->root = fcntl(build->sandbox->root_fd, F_DUPFD_CLOEXEC, 0);
        return build->root < 0 ? error_sys(err, errno, "keep the root filesystem open") : 0;
    }
    int r = isolate_host(build, rootfs, err);
    if (r < 0)
        return r;

    const char *path = build->plan->root.path;
    _cleanup_(close_fd) int tree =
        sys_open_tree(rootfs, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
    if (tree < 0)
        return error_sys(err, -tree, "clone the mount of the root filesystem %s", path);

    /* pivot_root refuses a shared root: that comes at the end. So does unbindable, which would keep
     * us from making read-only paths. The recursive forms are for the mounts that the rootfs brings
     * along; those of the config say themselves what they are. */
    unsigned long type = build->plan->root.propagation & PROPAGATION;
    bool recursive = build->plan->root.propagation & MS_REC;
    if (type == 0)
        r = set_propagation(tree, MS_PRIVATE, true);
    else if (type == MS_PRIVATE)
        r = set_propagation(tree, MS_PRIVATE, recursive);
    else if (type == MS_SHARED) {
        r = set_propagation(tree, MS_PRIVATE, true);
        if (r == 0 && recursive)
            r = set_propagation(tree, MS_SHARED, true);
        if (r == 0 && recursive)
            r = set_propagation(tree, MS_PRIVATE, false);
    }
    if (r < 0)
        return error_sys(err, -r, "set the propagation of the root filesystem %s", path);
    r = sys_move_mount(tree, rootfs);
    if (r < 0)
        return error_sys(err, -r, "mount the root filesystem on %s", path);
    build->root = TAKE_FD(tree);
    return 0;
}

/* From our root, which is our caller's and may be a directory that it has chroot(2)ed to, to that of the mount
 * namespace. Whoever joins the namespace later begins there: what is left in its place is the host. */
static int leave_chroot(struct error *err)
{
    _cleanup_(close_fd) int pidfd = sys_pidfd_open(getpid(), 0);
    if (pidfd < 0)
        return error_sys(err, -pidfd, "pidfd_open");
    /* Without CAP_SYS_CHROOT the container gets it neither, and joining takes it, too. */
    if (setns(pidfd, CLONE_NEWNS) < 0 && errno != EPERM)
        return error_sys(err, errno, "go to the root of the mount namespace");
    return 0;
}

/* Without pivot_root the host's tree stays below ours, out of reach by path. */
static int move_over_root(const struct build *build, struct error *err)
{
    /* With rootfsPropagation "shared", or from within a chroot, it is the host's peer still. */
    struct mount_attr attr = {.propagation = MS_SLAVE};
    int r = sys_mount_setattr(AT_FDCWD, "/", 0, &attr);
    if (r < 0)
        return error_sys(err, -r, "make / a slave of the host's");
    r = sys_move_mount_at(build->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
    if (r < 0)
        return error_sys(err, -r, "move the root filesystem to /");
    if (fchdir(build->root) < 0 || chroot(".") < 0)
        return error_sys(err, errno, "chroot into the root filesystem");
    return 0;
}

static void explain_pivot(struct error *err, int code)
{
    struct statfs fs;
    if (code != EINVAL || statfs("/", &fs) < 0)
        return;
    if (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC)
        error_add_hint(
            err, "the host runs from its initramfs, which cannot be pivoted away: use --no-pivot");
}

/* A createContainer hook may leave a process behind that has a file of the host open for writing,
 * and a shared pid namespace holds processes already. */
bool rootfs_takes_host_down(const struct build *build)
{
    const struct plan *plan = build->plan;
    const uint64_t ours = CLONE_NEWNS | CLONE_NEWPID;
    return (plan->namespaces.create & ours) == ours && !plan->root.no_pivot &&
           plan->hooks->create_container.n == 0;
}

static int pivot(const struct build *build, struct error *err)
{
    /* The present root's mounts go as slaves, which those are not yet that isolate_host() has left peers of the
     * host's, so that the unmount does not travel; read-only where the running program is on one of them. */
    struct mount_attr farewell = {
        .attr_set = rootfs_takes_host_down(build) ? MOUNT_ATTR_RDONLY : 0,
        .propagation = MS_SLAVE,
    };
    _cleanup_(close_fd) int old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old_root < 0)
        return error_sys(err, errno, "open /");
    if (fchdir(build->root) < 0)
        return error_sys(err, errno, "enter the root filesystem");
    /* pivot_root(2), NOTES: with the same directory twice the old root ends up on top of the new
     * one. */
    int r = sys_pivot_root(".", ".");
    if (r < 0) {
        error_sys(err, -r, "pivot_root to %s", build->plan->root.path);
        explain_pivot(err, -r);
        return r;
    }
    r = sys_mount_setattr(old_root, "", AT_EMPTY_PATH | AT_RECURSIVE, &farewell);
    if (r < 0)
        return error_sys(err, -r, "prepare the old root's mounts for their end");
    if (umount2(".", MNT_DETACH) < 0)
        return error_sys(err, errno, "detach the old root");
    return 0;
}

int rootfs_pivot(const struct build *build, struct error *err)
{
    int r = 0;
    if (!build_has_namespace(build, CLONE_NEWNS)) {
        if (fchdir(build->root) < 0 || chroot(".") < 0)
            return error_sys(err, errno, "chroot into the root filesystem");
    } else {
        r = leave_chroot(err);
        if (r == 0)
            r = build->plan->root.no_pivot ? move_over_root(build, err) : pivot(build, err);
    }
    if (r < 0)
        return r;
    if (chdir("/") < 0)
        return error_sys(err, errno, "chdir /");
    return 0;
}

int rootfs_finish(const struct build *build, struct error *err)
{
    if (!build_has_namespace(build, CLONE_NEWNS) && !build->plan->root.on_host)
        return 0;
    unsigned long type = build->plan->root.propagation & (MS_SHARED | MS_UNBINDABLE);
    struct mount_attr attr = {
        .attr_set = build->plan->root.readonly ? MOUNT_ATTR_RDONLY : 0,
        .propagation = type,
    };
    if (attr.attr_set == 0 && type == 0)
        return 0;
    int r = sys_mount_setattr(build->root, "", AT_EMPTY_PATH, &attr);
    if (r < 0) {
        error_sys(err, -r, "make the root filesystem %s",
                  type ? "shared or unbindable" : "read-only");
        error_add_where(err, "%s", type ? "/linux/rootfsPropagation" : "/root/readonly");
    }
    return r;
}
