/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/path.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* As many links as the kernel follows in one path. */
#define MAX_LINKS 40

/* The only files below /proc that a mount may cover: what lxcfs replaces (runc allows the same). */
static const char *const coverable[] = {
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/slabinfo",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
};

/* ---- creation ---- */

/* The name `name` in `parent` exists and yet `prefix` leads nowhere: it is a dangling link. The
 * path with the link's text in place of the name, for another try. */
static int follow_dangling(int parent, const char *parent_path, const char *name, const char *rest,
                           char **ret_path)
{
    char text[4096];
    ssize_t n = readlinkat(parent, name, text, sizeof(text) - 1);
    if (n < 0)
        return errno == EINVAL ? -ENOENT : -errno;
    text[n] = '\0';
    if (asprintf(ret_path, "%s/%s%s", text[0] == '/' ? "" : parent_path, text, rest) < 0)
        return -ENOMEM;
    return 0;
}

static int make_entry(int parent, const char *name, bool directory)
{
    int r = directory ? mkdirat(parent, name, 0755) : mknodat(parent, name, S_IFREG | 0644, 0);
    return r < 0 ? -errno : 0;
}

/* One walk over `path`, which is changed and restored on the way. An fd of the end; or 0 with
 * *ret_again set when a dangling link gave another path to walk; or -errno. */
static int walk(int root, char *path, bool directory, char **ret_again)
{
    _cleanup_(close_fd) int parent = fcntl(root, F_DUPFD_CLOEXEC, 3);
    if (parent < 0)
        return -errno;
    size_t parent_length = 0;
    for (char *p = path + strspn(path, "/"); *p;) {
        char *end = p + strcspn(p, "/");
        char *rest = end;
        bool last = rest[strspn(rest, "/")] == '\0';
        char kept = *end;
        *end = '\0';
        int fd = open_in_root(root, path, O_PATH, 0);
        if (fd == -ENOENT) {
            int made = make_entry(parent, p, directory || !last);
            if (made < 0 && made != -EEXIST)
                return made;
            fd = open_in_root(root, path, O_PATH, 0);
            if (fd == -ENOENT) {
                _cleanup_(free_ptr) char *above = strndup(path, parent_length);
                _cleanup_(free_ptr) char *name = strdup(p);
                if (!above || !name)
                    return -ENOMEM;
                *end = kept;
                return follow_dangling(parent, above, name, rest, ret_again);
            }
        }
        parent_length = (size_t)(end - path);
        *end = kept;
        if (fd < 0)
            return fd;
        close_fd(&parent);
        parent = fd;
        p = rest + strspn(rest, "/");
    }
    return TAKE_FD(parent);
}

static void explain_creation(struct error *err, int code)
{
    if (code == EROFS)
        error_add_hint(err,
                       "it does not exist in the image, and what it would be made in is read-only");
    if (code == EACCES || code == EOVERFLOW)
        error_add_hint(
            err, "it does not exist in the image, and the container's root may not make it there: "
                 "does the rootfs belong to the mapped ids?");
}

/* The usual case: only the last name is missing. -ENOENT when it is not that simple. */
static int create_last(int root, const char *path, bool directory)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || !slash[1] || strcmp(slash + 1, "..") == 0)
        return -ENOENT;
    _cleanup_(free_ptr) char *above = strndup(path, (size_t)(slash - path));
    _cleanup_(close_fd) int parent =
        above ? open_in_root(root, above, O_PATH | O_DIRECTORY, 0) : -ENOMEM;
    if (parent < 0 || make_entry(parent, slash + 1, directory) < 0)
        return -ENOENT;
    return open_in_root(root, path, O_PATH, 0);
}

int target_create(int root, const char *path, bool directory, struct error *err)
{
    int fd = create_last(root, path, directory);
    if (fd >= 0)
        return fd;
    _cleanup_(free_ptr) char *current = strdup(path);
    int r = current ? 0 : -ENOMEM;
    for (int links = 0; current && links <= MAX_LINKS; links++) {
        _cleanup_(free_ptr) char *again = NULL;
        r = walk(root, current, directory, &again);
        if (r < 0)
            break;
        if (!again)
            return r;
        free(current);
        current = TAKE_PTR(again);
        r = -ELOOP;
    }
    error_sys(err, -r, "make %s inside the container", path);
    explain_creation(err, -r);
    return r;
}

int target_parent(int root, const char *path, const char **ret_name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!slash || !name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, EINVAL, "%s does not name a file", path);
    *ret_name = name;
    if (slash == path)
        return open_in_root(root, "/", O_PATH | O_DIRECTORY, 0);

    _cleanup_(free_ptr) char *parent = strndup(path, (size_t)(slash - path));
    if (!parent)
        return error_sys(err, ENOMEM, "make %s inside the container", path);
    int fd = open_in_root(root, parent, O_PATH | O_DIRECTORY, 0);
    if (fd == -ENOENT)
        return target_create(root, parent, true, err);
    if (fd < 0)
        return error_sys(err, -fd, "open %s inside the container", parent);
    return fd;
}

/* ---- rules ---- */

static long filesystem_type(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) < 0 ? -errno : (long)fs.f_type;
}

static bool is_proc_root(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_ino == 1; /* PROC_ROOT_INO */
}

/* What comes up on /proc must be procfs: security attributes are written there, by us and by
 * others. */
static bool brings_proc(const struct plan_mount *mount, int tree)
{
    if (mount->kind == MOUNT_FILESYSTEM)
        return strcmp(mount->fstype, "proc") == 0;
    if (mount->kind == MOUNT_BIND)
        return tree >= 0 && filesystem_type(tree) == PROC_SUPER_MAGIC;
    return mount->kind == MOUNT_REMOUNT;
}

static bool is_coverable(const char *path)
{
    for (size_t i = 0; i < ELEMENTSOF(coverable); i++) {
        if (paths_equal(path, coverable[i]))
            return true;
    }
    return false;
}

static int check_rules(const struct build *build, const struct plan_mount *mount, int tree,
                       int target, struct error *err)
{
    bool allowed = true;
    if (paths_equal(mount->target, "/proc")) {
        allowed = brings_proc(mount, tree);
    } else if (filesystem_type(target) == PROC_SUPER_MAGIC && mount->kind != MOUNT_REMOUNT) {
        if (is_proc_root(target)) {
            allowed = brings_proc(mount, tree);
        } else {
            allowed = is_coverable(mount->target);
            /* The name must mean itself, not something that a link in the image leads to. */
            struct open_how how = {
                .flags = O_PATH | O_CLOEXEC,
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
            };
            _cleanup_(close_fd) int plain = sys_openat2(build->root, mount->target, &how);
            allowed = allowed && plain >= 0;
        }
    }
    if (allowed)
        return 0;
    error_set(err, EPERM, "%s cannot be mounted because it is inside /proc, or covers it",
              mount->target);
    error_add_hint(
        err, "/proc takes a mount of type proc, or a bind of one; below it only the files that "
             "lxcfs provides can be covered");
    return -EPERM;
}

/* ---- opening ---- */

/* proc and sysfs go on real directories: where an image puts a link there, it wants them elsewhere
 * (CVE-2019-19921, CVE-2023-27561). */
static int open_plain_directory(int root, const char *path, struct error *err)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | O_DIRECTORY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd = sys_openat2(root, path, &how);
    if (fd == -ENOENT) {
        _cleanup_(close_fd) int made = target_create(root, path, true, err);
        if (made < 0)
            return made;
        fd = sys_openat2(root, path, &how);
    }
    if (fd == -ELOOP || fd == -ENOTDIR)
        return error_set(err, ENOTDIR,
                         "filesystem must be mounted on ordinary directory, %s is none", path);
    return fd < 0 ? error_sys(err, -fd, "open %s inside the container", path) : fd;
}

static bool wants_directory(const struct plan_mount *mount, int tree)
{
    struct stat st;
    return mount->kind != MOUNT_BIND || tree < 0 || fstat(tree, &st) < 0 || S_ISDIR(st.st_mode);
}

int target_open(const struct build *build, const struct plan_mount *mount, int tree, bool *ret_made,
                struct error *err)
{
    const char *path = mount->target;
    *ret_made = false;
    if (path[strspn(path, "/.")] == '\0' && paths_equal(path, "/"))
        return error_set(err, EBUSY, "%s is the root filesystem itself", path);

    _cleanup_(close_fd) int fd = -1;
    if (mount->kind == MOUNT_FILESYSTEM &&
        (strcmp(mount->fstype, "proc") == 0 || strcmp(mount->fstype, "sysfs") == 0)) {
        fd = open_plain_directory(build->root, path, err);
        if (fd < 0)
            return fd;
    } else {
        fd = open_in_root(build->root, path, O_PATH | (mount->target_nofollow ? O_NOFOLLOW : 0), 0);
        if (fd == -ENOENT && mount->kind != MOUNT_REMOUNT) {
            fd = target_create(build->root, path, wants_directory(mount, tree), err);
            if (fd < 0)
                return fd;
            *ret_made = true;
        }
        if (fd < 0)
            return error_sys(err, -fd, "open %s inside the container", path);
    }
    int r = check_rules(build, mount, tree, fd, err);
    return r < 0 ? r : TAKE_FD(fd);
}

/* ---- what is there ---- */

static int open_plainly(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_PATH | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return sys_openat2(root, path, &how);
}

/* Whether the mount is in a procfs: the masks of /proc are. */
static int check_uncovering(const struct build *build, const struct plan_mount *mount,
                            struct error *err)
{
    const char *slash = strrchr(mount->target, '/');
    _cleanup_(free_ptr) char *above = strndup(mount->target, (size_t)(slash - mount->target) + 1);
    if (!above)
        return error_sys(err, ENOMEM, "look at %s", mount->target);
    _cleanup_(close_fd) int parent = open_plainly(build->root, above, O_DIRECTORY);
    if (parent < 0)
        return error_sys(err, -parent, "open %s inside the container", above);
    if (filesystem_type(parent) != PROC_SUPER_MAGIC || is_coverable(mount->target))
        return 0;
    error_set(err, EPERM, "%s cannot be unmounted because it is inside /proc", mount->target);
    error_add_hint(err, "only what covers the files that lxcfs provides can be uncovered there");
    return -EPERM;
}

static int not_mounted(const struct plan_mount *mount, int code, struct error *err)
{
    error_set(err, code, "nothing is mounted at %s", mount->target);
    return -code;
}

int target_find_mount(const struct build *build, const struct plan_mount *mount, struct error *err)
{
    struct statx info;
    _cleanup_(close_fd) int fd = open_plainly(build->root, mount->target, 0);
    if (fd == -ENOENT || fd == -ENOTDIR)
        return not_mounted(mount, -fd, err);
    if (fd < 0) {
        error_sys(err, -fd, "open %s inside the container", mount->target);
        if (fd == -ELOOP)
            error_add_hint(err, "symbolic links are not followed to what shall go away: name the "
                                "place that it leads to");
        return fd;
    }
    if (statx(fd, "", AT_EMPTY_PATH, 0, &info) < 0)
        return error_sys(err, errno, "statx %s", mount->target);
    if (!(info.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return not_mounted(mount, EINVAL, err);
    int r = check_uncovering(build, mount, err);
    return r < 0 ? r : TAKE_FD(fd);
}
