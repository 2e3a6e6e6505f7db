/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <time.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/directory.h"
#include "cgroup/events.h"
#include "cgroup/pids.h"

#define REMOVE_LIMIT_MS  5000
#define RECLAIM_LIMIT_MS 2000

static int remove_directory(int dirfd, const char *path)
{
    return unlinkat(dirfd, path + strspn(path, "/"), AT_REMOVEDIR) < 0 ? -errno : 0;
}

static bool is_gone(int r)
{
    return r == -ENOENT || r == -ENODEV;
}

/* Remove everything below `top`, which holds no process. A container may have nested cgroups deeper
 * than we may hold fds or a path may be long, so we walk with one open directory: down into the
 * first child while there is one, and back by "..". */
static int remove_children(int top)
{
    _cleanup_(close_listing) DIR *here = directory_list(top, ".");
    bool came_up = false;
    for (size_t depth = 0; here;) {
        rewinddir(here);
        const char *child = directory_next(here);
        if (!child && depth == 0)
            return 0;
        int r = child ? remove_directory(dirfd(here), child) : -EBUSY;
        if (r == 0 || is_gone(r)) {
            came_up = false;
            continue;
        }
        /* Its children are gone, and it stays: somebody moved in. */
        if (r != -EBUSY || (child && came_up))
            return r;
        DIR *next = directory_list(dirfd(here), child ? child : "..");
        if (!next)
            return -errno;
        depth = child ? depth + 1 : depth - 1;
        came_up = !child;
        close_listing(&here);
        here = next;
    }
    return -errno;
}

/* Kill what is left, wait for it, and remove the tree, again and again until it is gone or time is
 * up: the last of the killed may have made a child while it died. */
static int remove_busy(int mount_fd, const char *path)
{
    int64_t deadline = monotonic_ms() + REMOVE_LIMIT_MS;
    int r;
    do {
        _cleanup_(close_fd) int fd = directory_open(mount_fd, path);
        if (fd < 0)
            return fd;
        r = events_read(fd, "populated");
        if (r > 0) {
            r = file_write(fd, "cgroup.kill", "1", 1);
            if (r == 0)
                r = events_wait(fd, "populated", false, deadline);
        }
        if (r == 0)
            r = remove_children(fd);
        if (r == 0)
            r = remove_directory(mount_fd, path);
    } while (r == -EBUSY && monotonic_ms() < deadline);
    return r == -ETIMEDOUT ? -EBUSY : r;
}

/* Name the processes that do not die, so that the reader need not search. */
static void hint_processes(int mount_fd, const char *path, struct error *err)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct pid_list list = {.arena = &arena};
    _cleanup_(close_fd) int fd = directory_open(mount_fd, path);
    char names[128] = "";
    if (fd < 0 || pid_list_read(&list, fd) < 0 || list.n == 0)
        return;
    for (size_t i = 0, used = 0; i < list.n && used + 16 < sizeof(names); i++) {
        used += (size_t)snprintf(names + used, sizeof(names) - used, " %d", (int)list.pids[i]);
    }
    error_add_hint(
        err,
        "%zu process%s did not die within %d s:%s; is it in an uninterruptible system call "
        "(state D)? Try again when that has ended",
        list.n, list.n == 1 ? "" : "es", REMOVE_LIMIT_MS / 1000, names);
}

void cgroup_remove_ancestors(const struct cgroup_host *host, const char *path, const char *top)
{
    _cleanup_(free_ptr) char *ancestor = strdup(path);
    if (!ancestor)
        return;
    for (char *slash;
         (slash = strrchr(ancestor, '/')) && (size_t)(slash - ancestor) >= strlen(top);) {
        *slash = '\0';
        /* Others may live there by now; then it stays, and so does all above it. */
        int r = remove_directory(host->mount_fd, ancestor);
        if (r < 0 && !is_gone(r))
            return;
    }
}

int cgroup_remove(const struct cgroup_host *host, const char *path, const char *created_top,
                  struct error *err)
{
    if (host->mount_fd < 0 || !path)
        return 0;
    int r = remove_directory(host->mount_fd, path);
    if (r == -EBUSY)
        r = remove_busy(host->mount_fd, path);
    if (r < 0 && !is_gone(r)) {
        error_sys(err, -r, "remove cgroup %s%s", host->mount_path, path);
        if (r == -EBUSY)
            hint_processes(host->mount_fd, path, err);
        return r;
    }
    if (created_top)
        cgroup_remove_ancestors(host, path, created_top);
    return 0;
}

int cgroup_reclaim(const struct cgroup_host *host, const char *path, const char *created_top,
                   struct error *err)
{
    int64_t deadline = monotonic_ms() + RECLAIM_LIMIT_MS;
    int r;
    /* An init may be in it that dies with its maker. */
    while ((r = remove_directory(host->mount_fd, path)) == -EBUSY && monotonic_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    if (r == -EBUSY)
        return 0;
    if (r < 0 && !is_gone(r))
        return error_sys(err, -r, "remove cgroup %s%s", host->mount_path, path);
    if (created_top)
        cgroup_remove_ancestors(host, path, created_top);
    return 0;
}
