/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/events.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/directory.h"

int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_key(int fd, const char *key)
{
    char text[256];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    uint64_t value;
    int r = lines_value(text, key, &value);
    return r < 0 ? r : value != 0;
}

int events_read(int dirfd, const char *key)
{
    _cleanup_(close_fd) int fd = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : read_key(fd, key);
}

int events_wait(int dirfd, const char *key, bool value, int64_t deadline)
{
    _cleanup_(close_fd) int fd = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    for (;;) {
        int r = read_key(fd, key);
        if (r < 0 || (bool)r == value)
            return r < 0 ? r : 0;
        int64_t left = deadline - monotonic_ms();
        if (left <= 0)
            return -ETIMEDOUT;
        /* The read above took note of the last change: a later one, even before this call, wakes
         * it. */
        struct pollfd poll_fd = {.fd = fd, .events = POLLPRI};
        if (poll(&poll_fd, 1, (int)left) < 0 && errno != EINTR)
            return -errno;
    }
}

int cgroup_is_populated(const struct cgroup *cgroup)
{
    return cgroup->fd < 0 ? 0 : events_read(cgroup->fd, "populated");
}

int cgroup_is_frozen(const struct cgroup *cgroup)
{
    return cgroup->fd < 0 ? 0 : events_read(cgroup->fd, "frozen");
}

unsigned long cgroup_oom_kills(const struct cgroup *cgroup)
{
    char text[1024];
    uint64_t kills;
    if (cgroup->fd < 0 || directory_read(cgroup->fd, "memory.events", text, sizeof(text)) < 0 ||
        lines_value(text, "oom_kill", &kills) < 0)
        return 0;
    return kills;
}
