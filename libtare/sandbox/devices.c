/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* Device nodes and links. Names that the image controls are made in a directory that is held open,
 * never through a link at their own place (CVE-2026-41579, CVE-2026-47766). */

/* Most of them are in one directory: it is looked up once. */
struct directory {
    int fd;
    const char *path; /* of some entry in it */
    size_t length;    /* of the directory's part of that */
};

static int directory_enter(struct directory *directory, int root, const char *path,
                           const char **ret_name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (directory->fd >= 0 && slash && length == directory->length &&
        strncmp(path, directory->path, length) == 0) {
        *ret_name = slash + 1;
        return 0;
    }
    int fd = target_parent(root, path, ret_name, err);
    if (fd < 0)
        return fd;
    close_fd(&directory->fd);
    *directory = (struct directory){.fd = fd, .path = path, .length = length};
    return 0;
}

static void directory_release(struct directory *directory)
{
    close_fd(&directory->fd);
}

static bool is_device(const struct stat *st, const struct plan_device *device)
{
    return (st->st_mode & S_IFMT) == device->type &&
           (device->type == S_IFIFO || st->st_rdev == device->number);
}

/* Something is at its place: fine if it is the device (config-linux.md "Devices": else an error).
 */
static int accept_existing(int parent, const char *name, const struct plan_device *device,
                           struct error *err)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_sys(err, errno, "look at %s", device->path);
    if (is_device(&st, device))
        return 0;
    error_set(err, EEXIST, "%s exists in the container and is not that device", device->path);
    return -EEXIST;
}

/* The host's node of the same name, where the kernel lets us make none. */
static int bind_node(int parent, const char *name, const struct plan_device *device,
                     struct error *err)
{
    _cleanup_(close_fd) int node =
        sys_open_tree(AT_FDCWD, device->path, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
    if (node < 0)
        return error_sys(err, -node, "bind the host's %s", device->path);
    struct stat st;
    if (fstat(node, &st) < 0)
        return error_sys(err, errno, "look at the host's %s", device->path);
    if (!is_device(&st, device))
        return error_set(err, ENODEV, "the host's %s is another device", device->path);

    _cleanup_(close_fd) int target =
        openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
    if (target < 0 && errno == EEXIST) {
        target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat existing;
        if (target >= 0 && fstat(target, &existing) == 0) {
            if (is_device(&existing, device))
                return 0;
            if (!S_ISREG(existing.st_mode) || existing.st_size != 0)
                return error_set(err, EEXIST, "%s exists in the container and is not that device",
                                 device->path);
        }
    }
    if (target < 0)
        return error_sys(err, errno, "make the mount point %s", device->path);
    int r = sys_move_mount(node, target);
    return r < 0 ? error_sys(err, -r, "bind the host's node on %s", device->path) : 0;
}

static int make_node(const struct build *build, int parent, const char *name,
                     const struct plan_device *device, struct error *err)
{
    if (build->plan->bind_devices && device->type != S_IFIFO)
        return bind_node(parent, name, device, err);
    /* The umask is 0 here: the node gets its mode at once. */
    if (mknodat(parent, name, device->type | device->mode, device->number) < 0) {
        if (errno == EEXIST)
            return accept_existing(parent, name, device, err);
        if (errno == EPERM)
            return bind_node(parent, name, device, err);
        return error_sys(err, errno, "mknod %s", device->path);
    }
    if (device->uid == 0 && device->gid == 0)
        return 0;
    if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_sys(err, errno, "chown %s to %u:%u", device->path, device->uid, device->gid);
    return 0;
}

int devices_make(const struct build *build, struct error *err)
{
    _cleanup_(directory_release) struct directory directory = {.fd = -1};
    for (size_t i = 0; i < build->plan->n_devices; i++) {
        const struct plan_device *device = &build->plan->devices[i];
        const char *name;
        int r = directory_enter(&directory, build->root, device->path, &name, err);
        if (r == 0)
            r = make_node(build, directory.fd, name, device, err);
        if (r < 0) {
            if (device->where)
                error_add_where(err, "%s", device->where);
            return error_wrap(err, "device %s", device->path);
        }
    }
    return 0;
}

static bool exists(const struct build *build, const char *path)
{
    _cleanup_(close_fd) int fd = open_in_root(build->root, path, O_PATH | O_NOFOLLOW, 0);
    return fd >= 0;
}

int links_make(const struct build *build, struct error *err)
{
    _cleanup_(directory_release) struct directory directory = {.fd = -1};
    const char *found = NULL;
    for (size_t i = 0; i < build->plan->n_links; i++) {
        const struct plan_link *link = &build->plan->links[i];
        if (link->needs && (!found || strcmp(found, link->needs) != 0)) {
            if (!exists(build, link->needs))
                continue;
            found = link->needs;
        }
        const char *name;
        int r = directory_enter(&directory, build->root, link->path, &name, err);
        /* What the image brings along under such a name is the image's affair. */
        if (r == 0 && symlinkat(link->target, directory.fd, name) < 0 && errno != EEXIST)
            r = error_sys(err, errno, "make the link %s", link->path);
        if (r < 0)
            return r;
    }
    return 0;
}
