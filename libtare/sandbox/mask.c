/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* Masked and read-only paths. A path that does not exist needs no mask. */

struct covers {
    int null;  /* O_PATH of a true /dev/null; -1 until needed */
    int empty; /* an empty read-only tmpfs, attached nowhere or on the first directory */
};

static void covers_release(struct covers *covers)
{
    close_fd(&covers->null);
    close_fd(&covers->empty);
}

static bool is_null(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* The container's /dev/null; where the image or a mount has put something else (CVE-2025-31133), or
 * nothing, the host's, which is still in sight. */
static int covers_null(const struct build *build, struct covers *covers, struct error *err)
{
    if (covers->null >= 0)
        return 0;
    covers->null = open_in_root(build->root, "/dev/null", O_PATH | O_NOFOLLOW, 0);
    if (covers->null >= 0 && is_null(covers->null))
        return 0;
    close_fd(&covers->null);
    covers->null = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (covers->null >= 0 && is_null(covers->null))
        return 0;
    return error_set(err, ENODEV,
                     "neither the container nor the host has a /dev/null to mask files with");
}

static int mask_file(const struct build *build, struct covers *covers, int target,
                     struct error *err)
{
    int r = covers_null(build, covers, err);
    if (r < 0)
        return r;
    _cleanup_(close_fd) int clone =
        sys_open_tree(covers->null, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    r = clone < 0 ? clone : sys_move_mount(clone, target);
    return r < 0 ? error_sys(err, -r, "bind /dev/null on it") : 0;
}

/* One tmpfs for all of them: superblocks are not free, and engines mask directories by the dozen.
 */
static int mask_directory(struct covers *covers, int target, struct error *err)
{
    static const char *const options[][2] = {
        {"nr_blocks", "1"}, {"nr_inodes", "1"}, {"mode", "555"}, {NULL}};
    int r;
    if (covers->empty < 0) {
        covers->empty = filesystem_make_plain("tmpfs", options,
                                              MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                                  MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        r = covers->empty < 0 ? covers->empty : sys_move_mount(covers->empty, target);
    } else {
        _cleanup_(close_fd) int clone =
            sys_open_tree(covers->empty, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
        r = clone < 0 ? clone : sys_move_mount(clone, target);
    }
    return r < 0 ? error_sys(err, -r, "mount an empty directory on it") : 0;
}

static int mask(const struct build *build, struct covers *covers, const char *path,
                struct error *err)
{
    _cleanup_(close_fd) int target = open_in_root(build->root, path, O_PATH, 0);
    if (target == -ENOENT || target == -ENOTDIR)
        return 0;
    struct stat st;
    if (target < 0 || fstat(target, &st) < 0)
        return error_sys(err, target < 0 ? -target : errno, "open it");
    return S_ISDIR(st.st_mode) ? mask_directory(covers, target, err)
                               : mask_file(build, covers, target, err);
}

/* The clone brings nosuid, nodev and noexec along. */
static int make_readonly(const struct build *build, const char *path, struct error *err)
{
    _cleanup_(close_fd) int target = open_in_root(build->root, path, O_PATH, 0);
    if (target == -ENOENT || target == -ENOTDIR)
        return 0;
    if (target < 0)
        return error_sys(err, -target, "open it");
    _cleanup_(close_fd) int clone =
        sys_open_tree(target, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
    struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    int r = clone < 0 ? clone : sys_mount_setattr(clone, "", AT_EMPTY_PATH, &readonly);
    if (r == 0)
        r = sys_move_mount(clone, target);
    return r < 0 ? error_sys(err, -r, "cover it with a read-only view of itself") : 0;
}

int masks_apply(const struct build *build, struct error *err)
{
    const struct plan *plan = build->plan;
    for (size_t i = 0; i < plan->readonly_paths.n; i++) {
        if (make_readonly(build, plan->readonly_paths.items[i], err) < 0) {
            error_add_where(err, "/linux/readonlyPaths");
            return error_wrap(err, "read-only path %s", plan->readonly_paths.items[i]);
        }
    }
    _cleanup_(covers_release) struct covers covers = {.null = -1, .empty = -1};
    for (size_t i = 0; i < plan->masked_paths.n; i++) {
        if (mask(build, &covers, plan->masked_paths.items[i], err) < 0) {
            error_add_where(err, "/linux/maskedPaths");
            return error_wrap(err, "masked path %s", plan->masked_paths.items[i]);
        }
    }
    return 0;
}
