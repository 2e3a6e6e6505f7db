/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <search.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "sandbox/mount.h"

/* tmpcopyup: a tmpfs that begins with a copy of the directory that it covers.
 *
 * The source belongs to the image, and may change while it is read: every name is opened once, without following a
 * link, from a directory that is held open. The copy is attached nowhere, so that its paths are ours alone. */

#define MAX_DEPTH  128 /* two fds a level */
#define XATTR_SIZE 65536

struct level {
    DIR *from;
    int to;
    struct stat st;
    size_t path_length; /* of the directory's own path */
};

struct hard_link {
    dev_t device;
    ino_t inode;
    char path[]; /* of the first name, in the copy */
};

struct copy {
    int root;
    struct level levels[MAX_DEPTH];
    size_t depth;
    char path[4096]; /* of the present entry, from the root */
    void *links;     /* of tsearch(3): an image can have as many as it has files */
};

static void copy_release(struct copy *copy)
{
    while (copy->depth > 0) {
        struct level *level = &copy->levels[--copy->depth];
        closedir(level->from);
        close_fd(&level->to);
    }
    tdestroy(copy->links, free);
    close_fd(&copy->root);
}

/* ---- attributes ---- */

/* A tmpfs does not keep all of them (user.* came with Linux 6.6), and a user namespace may not set all. */
static int copy_xattrs(int from, int to)
{
    _cleanup_(free_ptr) char *names = NULL;
    _cleanup_(free_ptr) char *value = NULL;
    ssize_t length = flistxattr(from, NULL, 0);
    if (length <= 0)
        return length == 0 || errno == EOPNOTSUPP ? 0 : -errno;
    names = malloc(XATTR_SIZE);
    value = malloc(XATTR_SIZE);
    if (!names || !value)
        return -ENOMEM;
    length = flistxattr(from, names, XATTR_SIZE);
    for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
        ssize_t size = fgetxattr(from, name, value, XATTR_SIZE);
        if (size < 0 && errno != ENODATA && errno != EOPNOTSUPP)
            return -errno;
        if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0 && errno != EOPNOTSUPP &&
            errno != EPERM)
            return -errno;
    }
    return length < 0 ? -errno : 0;
}

/* The owner first: changing it takes the set-id bits and capabilities away. */
static int copy_attributes(int from, int to, const struct stat *st)
{
    const struct timespec times[] = {st->st_atim, st->st_mtim};
    if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
        return -errno;
    int r = copy_xattrs(from, to);
    return r == 0 && futimens(to, times) < 0 ? -errno : r;
}

/* The same for what cannot be opened. */
static int copy_attributes_at(int to, const char *name, const struct stat *st)
{
    const struct timespec times[] = {st->st_atim, st->st_mtim};
    if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
        (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0) ||
        utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return 0;
}

/* ---- entries ---- */

static int compare_links(const void *a, const void *b)
{
    const struct hard_link *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* 1: it is a further name of a file that is there already, and was made. */
static int copy_hard_link(struct copy *copy, int to, const char *name, const struct stat *st)
{
    if (st->st_nlink < 2)
        return 0;
    size_t size = strlen(copy->path) + 1;
    _cleanup_(free_ptr) struct hard_link *link = malloc(sizeof(*link) + size);
    if (!link)
        return -ENOMEM;
    link->device = st->st_dev;
    link->inode = st->st_ino;
    memcpy(link->path, copy->path, size);
    struct hard_link **first = tsearch(link, &copy->links, compare_links);
    if (!first)
        return -ENOMEM;
    if (*first != link)
        return linkat(copy->root, (*first)->path, to, name, 0) < 0 ? -errno : 1;
    TAKE_PTR(link);
    return 0;
}

static int copy_file(int from_dir, int to_dir, const char *name)
{
    _cleanup_(close_fd) int from =
        openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    if (from < 0 || fstat(from, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -ESTALE;
    _cleanup_(close_fd) int to =
        openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return -errno;
    ssize_t n;
    do {
        n = sendfile(to, from, NULL, 1 << 30);
    } while (n > 0);
    return n < 0 ? -errno : copy_attributes(from, to, &st);
}

static int copy_symlink(int from_dir, int to_dir, const char *name, const struct stat *st)
{
    char text[4096];
    ssize_t n = readlinkat(from_dir, name, text, sizeof(text) - 1);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    if (symlinkat(text, to_dir, name) < 0)
        return -errno;
    return copy_attributes_at(to_dir, name, st);
}

static int copy_node(int to_dir, const char *name, const struct stat *st)
{
    if (mknodat(to_dir, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev) < 0)
        return -errno;
    return copy_attributes_at(to_dir, name, st);
}

/* Go on in this directory. Takes both fds. */
static int enter(struct copy *copy, int from, int to)
{
    _cleanup_(close_fd) int from_fd = from;
    _cleanup_(close_fd) int to_fd = to;
    if (from_fd < 0 || to_fd < 0)
        return -errno;
    if (copy->depth == MAX_DEPTH)
        return -ELOOP;
    struct level *level = &copy->levels[copy->depth];
    if (fstat(from_fd, &level->st) < 0)
        return -errno;
    level->from = fdopendir(from_fd);
    if (!level->from)
        return -errno;
    TAKE_FD(from_fd);
    level->to = TAKE_FD(to_fd);
    level->path_length = strlen(copy->path);
    copy->depth++;
    return 0;
}

static int copy_directory(struct copy *copy, int from_dir, int to_dir, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int from = openat(from_dir, name, flags);
    if (from < 0)
        return -errno;
    int to = mkdirat(to_dir, name, 0700) < 0 ? -1 : openat(to_dir, name, flags);
    return enter(copy, from, to);
}

static int copy_entry(struct copy *copy, const struct level *level, const char *name)
{
    int from = dirfd(level->from);
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return copy_directory(copy, from, level->to, name);
    int r = copy_hard_link(copy, level->to, name, &st);
    if (r != 0)
        return r < 0 ? r : 0;
    if (S_ISREG(st.st_mode))
        return copy_file(from, level->to, name);
    if (S_ISLNK(st.st_mode))
        return copy_symlink(from, level->to, name, &st);
    return copy_node(level->to, name, &st);
}

/* One step: the next entry of the deepest directory, or its end. The root has got its attributes as every tmpfs. */
static int step(struct copy *copy)
{
    struct level *level = &copy->levels[copy->depth - 1];
    errno = 0;
    const struct dirent *entry = readdir(level->from);
    if (!entry && errno)
        return -errno;
    copy->path[level->path_length] = '\0';
    if (entry) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            return 0;
        size_t room = sizeof(copy->path) - level->path_length;
        int n = snprintf(copy->path + level->path_length, room, "%s%s",
                         level->path_length ? "/" : "", entry->d_name);
        return (size_t)n >= room ? -ENAMETOOLONG : copy_entry(copy, level, entry->d_name);
    }
    int r = copy->depth > 1 ? copy_attributes(dirfd(level->from), level->to, &level->st) : 0;
    closedir(level->from);
    close_fd(&level->to);
    copy->depth--;
    return r;
}

int copy_up(int source, int tree, struct error *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    _cleanup_(copy_release) struct copy copy = {.root = openat(tree, ".", flags)};
    if (copy.root < 0)
        return error_sys(err, errno, "open the new tmpfs");
    int from = openat(source, ".", flags);
    if (from < 0)
        return error_sys(err, errno, "open the directory that the tmpfs covers");
    int r = enter(&copy, from, fcntl(copy.root, F_DUPFD_CLOEXEC, 3));
    while (r == 0 && copy.depth > 0) {
        r = step(&copy);
    }
    if (r == 0)
        return 0;
    error_sys(err, -r, "copy %s into the tmpfs", copy.path);
    if (r == -ENOSPC)
        error_add_hint(err,
                       "the tmpfs is too small for what it covers: raise its size= or nr_inodes=");
    return r;
}
