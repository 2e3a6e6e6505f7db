/* SPDX-License-Identifier: Apache-2.0 */
#include "container/home.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/cgroup_yard.h"

#define ID_LIMIT      255 /* NAME_MAX of every file system that can hold the root */
#define LOCK_TRIES    1000
#define LOCK_PAUSE_MS 10

int id_check(const char *id, struct error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
    size_t length = id ? strlen(id) : 0;
    if (length > 0 && length <= ID_LIMIT && strspn(id, letters) == length && strcmp(id, ".") != 0 &&
        strcmp(id, "..") != 0)
        return 0;
    error_set(err, EINVAL, PHRASE_INVALID_ID ": \"%s\"", id ? id : "");
    error_set_kind(err, ERROR_USAGE);
    error_add_hint(err, "1 to %d letters, digits and _ + . -", ID_LIMIT);
    return -EINVAL;
}

static int set_path(struct home *home, struct arena *arena, const char *root, const char *id,
                    struct error *err)
{
    *home = HOME_INIT;
    int r = id_check(id, err);
    if (r < 0)
        return r;
    home->path = arena_printf(arena, "%s/%s", root, id);
    return home->path ? 0 : error_sys(err, ENOMEM, "name the directory of %s", id);
}

/* mkdir -p; what others made stays as they made it. */
static int make_root(const char *root)
{
    _cleanup_(free_ptr) char *path = strdup(root);
    if (!path)
        return -ENOMEM;
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            return -errno;
        *p = '/';
    }
    /* Sticky, so that nothing in it is taken for old and cleared away (XDG base directory
     * specification). */
    return mkdir(path, 01700) < 0 && errno != EEXIST ? -errno : 0;
}

int home_make(struct home *home, struct arena *arena, const char *root, const char *id,
              struct error *err)
{
    int r = set_path(home, arena, root, id, err);
    if (r < 0)
        return r;
    r = mkdir(home->path, 0700) < 0 ? -errno : 0;
    if (r == -ENOENT) {
        r = make_root(root);
        if (r < 0)
            return error_sys(err, -r, "make directory %s", root);
        r = mkdir(home->path, 0700) < 0 ? -errno : 0;
    }
    if (r == -EEXIST) {
        error_set(err, EEXIST, PHRASE_EXISTS ": %s", id);
        error_set_kind(err, ERROR_EXISTS);
        return r;
    }
    if (r < 0)
        return error_sys(err, -r, "make directory %s", home->path);

    home->fd = open(home->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (home->fd < 0 || flock(home->fd, LOCK_EX | LOCK_NB) < 0) {
        r = error_sys(err, errno, "open directory %s", home->path);
        rmdir(home->path);
        return r;
    }
    return 0;
}

int home_open(struct home *home, struct arena *arena, const char *root, const char *id,
              struct error *err)
{
    int r = set_path(home, arena, root, id, err);
    if (r < 0)
        return r;
    home->fd = open(home->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (home->fd >= 0)
        return 0;
    int code = errno;
    if (code != ENOENT && code != ENOTDIR)
        return error_sys(err, code, "open directory %s", home->path);
    error_set(err, ENOENT, "%s: " PHRASE_NO_CONTAINER, id);
    error_set_kind(err, ERROR_NOT_FOUND);
    return -ENOENT;
}

int home_lock(const struct home *home, struct error *err)
{
    for (int tries = 0; flock(home->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_sys(err, errno, "lock %s", home->path);
        if (tries == LOCK_TRIES) {
            error_set(err, EBUSY, "another operation on the container does not end");
            error_set_kind(err, ERROR_WRONG_STATE);
            error_add_hint(err, "find its process with: fuser %s", home->path);
            return -EBUSY;
        }
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
    }
    /* Whoever held the lock may have removed the container: its name may be another's by now. */
    struct stat st;
    if (fstat(home->fd, &st) < 0)
        return error_sys(err, errno, "look at %s", home->path);
    if (st.st_nlink > 0)
        return 0;
    error_set(err, ENOENT, PHRASE_NO_CONTAINER);
    error_set_kind(err, ERROR_NOT_FOUND);
    return -ENOENT;
}

void home_unlock(const struct home *home)
{
    (void)flock(home->fd, LOCK_UN);
}

/* What commands have there while they work, and leave behind when they are killed. */
static void remove_leftovers(const struct home *home)
{
    cgroup_yard_remove(home);
    (void)unlinkat(home->fd, DIRECTORY_MOUNTS, AT_REMOVEDIR);
}

static int remove_directory(const struct home *home)
{
    return rmdir(home->path) < 0 && errno != ENOENT ? -errno : 0;
}

int home_remove(const struct home *home, struct error *err)
{
    static const char *const files[] = {FILE_START, FILE_CREATING, FILE_CONFIG, FILE_STATE,
                                        FILE_NOTIFY};
    for (size_t i = 0; i < ELEMENTSOF(files); i++)
        if (unlinkat(home->fd, files[i], 0) < 0 && errno != ENOENT)
            return error_sys(err, errno, "remove %s/%s", home->path, files[i]);
    if (unlinkat(home->fd, DIRECTORY_NOTIFY, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return error_sys(err, errno, "remove directory %s/" DIRECTORY_NOTIFY, home->path);
    int r = remove_directory(home);
    if (r == -ENOTEMPTY) {
        remove_leftovers(home);
        r = remove_directory(home);
    }
    return r < 0 ? error_sys(err, -r, "remove directory %s", home->path) : 0;
}

void home_release(struct home *home)
{
    if (!home)
        return;
    close_fd(&home->fd);
    close_fd(&home->record);
}
