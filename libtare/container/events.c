/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "cgroup/events.h"
#include "cgroup/stats.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/status.h"

/* Statistics and out-of-memory events of a container, as lines of JSON. */

/* `data` NULL: none. An id has no character that JSON would escape. */
static int make_line(const char *type, const char *id, const struct cgroup *stats, char **ret,
                     struct error *err)
{
    size_t size;
    FILE *stream = open_memstream(ret, &size);
    if (!stream)
        return error_sys(err, ENOMEM, "write an event");
    fprintf(stream, "{\"type\":\"%s\",\"id\":\"%s\"", type, id);
    if (stats) {
        fputs(",\"data\":{", stream);
        cgroup_stats(stats, stream);
        fputc('}', stream);
    }
    fputc('}', stream);
    bool failed = ferror(stream);
    if (fclose(stream) == 0 && !failed)
        return 0;
    free(*ret);
    *ret = NULL;
    return error_sys(err, ENOMEM, "write an event");
}

static int open_running(struct container *container, struct cgroup *cgroup, struct arena *arena,
                        const struct tare_settings *given, const char *id, struct error *err)
{
    struct settings settings;
    int r = settings_read(&settings, arena, given, err);
    if (r == 0)
        r = container_open(container, arena, &settings, id, false, err);
    if (r < 0)
        return r;
    if (container->status == STATUS_STOPPED || !container->state) {
        r = error_set(err, ESRCH, "container with id %s is not running", id);
        error_set_kind(err, ERROR_WRONG_STATE);
        return r;
    }
    r = cgroup_of_open(container->state, cgroup, err);
    if (r < 0 || cgroup->fd >= 0)
        return r;
    error_set(err, ENOTSUP, "the container has no cgroup, which would count for it");
    error_set_kind(err, ERROR_UNSUPPORTED);
    return -ENOTSUP;
}

int tare_container_stats(const struct tare_settings *settings, const char *id, char **ret_json,
                         tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = open_running(&container, &cgroup, &arena, settings, id, err);
    return r < 0 ? r : make_line("stats", id, &cgroup, ret_json, err);
}

struct watch {
    const char *id;
    const struct cgroup *cgroup;
    int events, memory_events; /* cgroup.events; memory.events, -1 without the controller */
    unsigned long kills;
    int (*each)(void *data, const char *json);
    void *data;
};

static int tell(const struct watch *watch, const char *type, const struct cgroup *stats,
                struct error *err)
{
    _cleanup_(free_ptr) char *line = NULL;
    int r = make_line(type, watch->id, stats, &line, err);
    return r < 0 ? r : watch->each(watch->data, line);
}

/* The kernel wakes a poll for what has changed since the last read: a byte of each will do, before the
 * facts are looked at. */
static bool take_note(const struct pollfd *polls, size_t n)
{
    char byte;
    for (size_t i = 0; i < n; i++)
        if (polls[i].fd >= 0 && pread(polls[i].fd, &byte, 1, 0) < 0)
            return false;
    return true;
}

/* Until it is time for the next statistics: 0, 1 when the container is empty, or an error. */
static int wait_and_tell(struct watch *watch, int64_t deadline, struct error *err)
{
    struct pollfd polls[] = {{.fd = watch->events, .events = POLLPRI},
                             {.fd = watch->memory_events, .events = POLLPRI}};
    for (;;) {
        bool there = take_note(polls, ELEMENTSOF(polls));
        unsigned long kills = cgroup_oom_kills(watch->cgroup);
        for (; watch->kills < kills; watch->kills++) {
            int r = tell(watch, "oom", NULL, err);
            if (r != 0)
                return r;
        }
        if (!there || cgroup_is_populated(watch->cgroup) <= 0)
            return 1;
        int64_t left = deadline - monotonic_ms();
        if (left <= 0)
            return 0;
        if (poll(polls, ELEMENTSOF(polls), (int)left) < 0 && errno != EINTR)
            return error_sys(err, errno, "wait for events");
    }
}

static int watch_container(struct watch *watch, unsigned interval, struct error *err)
{
    int64_t next = monotonic_ms() + interval;
    for (;;) {
        int r = wait_and_tell(watch, next, err);
        if (r != 0)
            return r < 0 ? r : 0;
        r = tell(watch, "stats", watch->cgroup, err);
        if (r != 0)
            return r;
        next += interval;
    }
}

int tare_container_events(const struct tare_settings *settings, const char *id, unsigned interval,
                          int (*each)(void *data, const char *json), void *data, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    if (interval == 0)
        return error_set(err, EINVAL, "an interval of 0 has no end");
    int r = open_running(&container, &cgroup, &arena, settings, id, err);
    if (r < 0)
        return r;
    _cleanup_(close_fd) int events = openat(cgroup.fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
    _cleanup_(close_fd) int memory = openat(cgroup.fd, "memory.events", O_RDONLY | O_CLOEXEC);
    struct watch watch = {.id = id,
                          .cgroup = &cgroup,
                          .events = events,
                          .memory_events = memory,
                          .kills = cgroup_oom_kills(&cgroup),
                          .each = each,
                          .data = data};
    return watch_container(&watch, interval, err);
}
