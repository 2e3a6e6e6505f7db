/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* The mounts of the plan, in its order. Each is made first, with all its flags, attached nowhere;
 * then its place is looked up inside the root; then one move_mount puts it there. Names that the
 * image controls are looked up once, and never again for something that was decided before. */

int *fd_array(size_t n)
{
    int *fds = malloc((n ? n : 1) * sizeof(*fds));
    for (size_t i = 0; fds && i < n; i++) {
        fds[i] = -1;
    }
    return fds;
}

int mount_failed(const struct plan_mount *mount, struct error *err)
{
    const char *what = mount->kind == MOUNT_BIND ? mount->source : mount->fstype;
    error_add_where(err, "%s", mount->where);
    if (mount->kind == MOUNT_REMOUNT)
        return error_wrap(err, "remount %s", mount->target);
    return error_wrap(err, "mount %s on %s", what ? what : "cgroup", mount->target);
}

int mount_given_tree(const struct build *build, const struct plan_mount *mount)
{
    return build->sandbox->trees ? build->sandbox->trees[mount - build->plan->mounts] : -1;
}

/* In a user namespace the sources are opened while we still have the caller's user id: the
 * directories on the way to them need not be open for the container's root. */
int mounts_open_sources(struct build *build, struct error *err)
{
    if (!build_has_namespace(build, CLONE_NEWUSER))
        return 0;
    build->sources = fd_array(build->plan->n_mounts);
    if (!build->sources)
        return error_sys(err, ENOMEM, "open the sources of mounts");
    for (size_t i = 0; i < build->plan->n_mounts; i++) {
        const struct plan_mount *mount = &build->plan->mounts[i];
        if (mount->kind != MOUNT_BIND || mount_given_tree(build, mount) >= 0)
            continue;
        build->sources[i] = bind_open(mount, err);
        if (build->sources[i] < 0)
            return mount_failed(mount, err);
    }
    return 0;
}

static int attach(struct build *build, size_t i, int tree, int target, struct error *err)
{
    const struct plan_mount *mount = &build->plan->mounts[i];
    _cleanup_(close_fd) int kept = build->attached ? fcntl(tree, F_DUPFD_CLOEXEC, 3) : -1;
    if (build->attached && kept < 0)
        return error_sys(err, errno, "remember it");
    int r = sys_move_mount(tree, target);
    if (r == 0) {
        if (build->attached)
            build->attached[i] = TAKE_FD(kept);
        return 0;
    }
    /* move_mount(2) says EINVAL where mount(2) says ENOTDIR, which Docker explains to its users. */
    error_sys(err, r == -EINVAL ? ENOTDIR : -r, "attach it");
    if (r == -ENOTDIR || r == -EINVAL)
        error_add_hint(
            err, "a directory can only be mounted on a directory, and a file on a file; %s exists",
            mount->target);
    return r;
}

static int remember_late(struct build *build, size_t i, int tree, struct error *err)
{
    if (!build->late)
        build->late = fd_array(build->plan->n_mounts);
    if (!build->late)
        return error_sys(err, ENOMEM, "remember it");
    build->late[i] = tree;
    return 0;
}

static bool is_link(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/* copy-symlink: the same link inside. One that is there already is as good. */
static int copy_link(const struct build *build, const struct plan_mount *mount, int link,
                     struct error *err)
{
    char text[4096], existing[4096];
    ssize_t n = readlinkat(link, "", text, sizeof(text) - 1);
    if (n < 0)
        return error_sys(err, errno, "read the link %s", mount->source);
    text[n] = '\0';
    const char *name;
    _cleanup_(close_fd) int parent = target_parent(build->root, mount->target, &name, err);
    if (parent < 0)
        return parent;
    if (symlinkat(text, parent, name) == 0)
        return 0;
    int code = errno;
    if (code == EEXIST && readlinkat(parent, name, existing, sizeof(existing)) == n &&
        memcmp(existing, text, (size_t)n) == 0)
        return 0;
    return error_sys(err, code, "make the link %s", mount->target);
}

static int make_bind(struct build *build, size_t i, struct error *err)
{
    const struct plan_mount *mount = &build->plan->mounts[i];
    _cleanup_(close_fd) int tree = mount_given_tree(build, mount);
    if (tree < 0)
        tree = build->sources ? TAKE_FD(build->sources[i]) : bind_open(mount, err);
    if (tree < 0)
        return tree;
    if (mount->copy_symlink && is_link(tree))
        return copy_link(build, mount, tree, err);
    int r = mount_set_attributes(mount, tree, err);
    if (r < 0)
        return r;
    bool made;
    _cleanup_(close_fd) int target = target_open(build, mount, tree, &made, err);
    if (target < 0)
        return target;
    r = attach(build, i, tree, target, err);
    return r < 0 ? r : mount_set_propagation(mount, tree, err);
}

static int make_filesystem(struct build *build, size_t i, struct error *err)
{
    const struct plan_mount *mount = &build->plan->mounts[i];
    bool made;
    _cleanup_(close_fd) int target = target_open(build, mount, -1, &made, err);
    if (target < 0)
        return target;
    /* A directory that was not in the image has no mode to be kept. */
    _cleanup_(close_fd) int tree = mount->kind == MOUNT_CGROUP
                                       ? cgroup_mount_make(build, mount, err)
                                       : filesystem_make(build, mount, made ? -1 : target, err);
    if (tree < 0)
        return tree;
    int r = mount->tmpcopyup ? copy_up(target, tree, err) : 0;
    if (r == 0)
        r = attach(build, i, tree, target, err);
    if (r == 0)
        r = mount_set_propagation(mount, tree, err);
    if (r == 0 && mount->readonly_late)
        r = remember_late(build, i, TAKE_FD(tree), err);
    return r;
}

static int make_remount(struct build *build, size_t i, struct error *err)
{
    const struct plan_mount *mount = &build->plan->mounts[i];
    bool made;
    _cleanup_(close_fd) int target = target_open(build, mount, -1, &made, err);
    if (target < 0)
        return target;
    int r = filesystem_reconfigure(mount, target, err);
    if (r == 0)
        r = mount_set_attributes(mount, target, err);
    if (r == -EINVAL)
        error_add_hint(err, "nothing is mounted at %s", mount->target);
    return r < 0 ? r : mount_set_propagation(mount, target, err);
}

int mount_make(struct build *build, size_t i, struct error *err)
{
    const struct plan_mount *mount = &build->plan->mounts[i];
    int r = 0;
    switch (mount->kind) {
    case MOUNT_BIND:
        r = make_bind(build, i, err);
        break;
    case MOUNT_REMOUNT:
        r = make_remount(build, i, err);
        break;
    case MOUNT_FILESYSTEM:
    case MOUNT_CGROUP:
        r = make_filesystem(build, i, err);
        break;
    }
    return r < 0 ? mount_failed(mount, err) : 0;
}

int mounts_make(struct build *build, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < build->plan->n_mounts; i++) {
        r = mount_make(build, i, err);
    }
    return r;
}

int mounts_finish(struct build *build, struct error *err)
{
    for (size_t i = 0; build->late && i < build->plan->n_mounts; i++) {
        if (build->late[i] < 0)
            continue;
        struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
        int r = sys_mount_setattr(build->late[i], "", AT_EMPTY_PATH, &readonly);
        close_fd(&build->late[i]);
        if (r < 0) {
            error_sys(err, -r, "make it read-only");
            return mount_failed(&build->plan->mounts[i], err);
        }
    }
    return 0;
}
