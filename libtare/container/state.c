/* SPDX-License-Identifier: Apache-2.0 */
#include "container/state.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "base/fd.h"
#include "spec/json.h"

#define HOOK(json, kind_, member)                                                                  \
    {                                                                                              \
        .name = json, .kind = kind_, .offset = offsetof(struct hook, member)                       \
    }
#define STATE(json, kind_, member)                                                                 \
    {                                                                                              \
        .name = json, .kind = kind_, .offset = offsetof(struct state, member)                      \
    }

static const struct json_field hook_fields[] = {
    HOOK("path", JSON_STRING, path),
    HOOK("args", JSON_STRINGS, args),
    HOOK("env", JSON_STRINGS, env),
    HOOK("timeout", JSON_OPT_I64, timeout),
};

static const struct json_type hook_type = {
    .name = "hook",
    .size = sizeof(struct hook),
    .fields = hook_fields,
    .n_fields = ELEMENTSOF(hook_fields),
};

static const struct json_field state_fields[] = {
    {.name = "ociVersion",
     .kind = JSON_STRING,
     .offset = offsetof(struct state, oci_version),
     .required = true},
    {.name = "id", .kind = JSON_STRING, .offset = offsetof(struct state, id), .required = true},
    STATE("pid", JSON_I32, pid),
    STATE("startTime", JSON_U64, start_time),
    STATE("bundle", JSON_STRING, bundle),
    STATE("rootfs", JSON_STRING, rootfs),
    STATE("created", JSON_STRING, created),
    STATE("owner", JSON_U32, owner),
    STATE("privatePids", JSON_BOOL, private_pids),
    STATE("hasProcess", JSON_BOOL, has_process),
    STATE("cgroupMount", JSON_STRING, cgroup_mount),
    STATE("cgroupPath", JSON_STRING, cgroup_path),
    STATE("cgroupTop", JSON_STRING, cgroup_top),
    STATE("cgroupCreated", JSON_BOOL, cgroup_created),
    STATE("annotations", JSON_STRING_MAP, annotations),
    {.name = "poststart",
     .kind = JSON_LIST,
     .offset = offsetof(struct state, poststart),
     .type = &hook_type},
    {.name = "poststop",
     .kind = JSON_LIST,
     .offset = offsetof(struct state, poststop),
     .type = &hook_type},
};

static const struct json_type state_type = {
    .name = "state",
    .size = sizeof(struct state),
    .fields = state_fields,
    .n_fields = ELEMENTSOF(state_fields),
};

int state_write(const struct home *home, struct arena *arena, const struct state *state,
                struct error *err)
{
    const char *json;
    int r = json_write(arena, &state_type, state, "", &json, err);
    if (r < 0)
        return r;
    /* We hold the lock, and nobody reads it as final before state_complete(): no temporary name is
     * needed. */
    _cleanup_(close_fd) int fd =
        openat(home->fd, FILE_CREATING, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_sys(err, errno, "create %s/" FILE_CREATING, home->path);
    r = fd_write_all(fd, json, strlen(json));
    return r < 0 ? error_sys(err, -r, "write %s/" FILE_CREATING, home->path) : 0;
}

int state_complete(const struct home *home, struct error *err)
{
    if (renameat(home->fd, FILE_CREATING, home->fd, FILE_STATE) < 0)
        return error_sys(err, errno, "rename %s/" FILE_CREATING, home->path);
    return 0;
}

int state_read(const struct home *home, struct arena *arena, struct state **ret, bool *ret_creating,
               struct error *err)
{
    _cleanup_(free_ptr) char *json = NULL;
    size_t size = 0;
    *ret_creating = false;
    int r = file_read(home->fd, FILE_STATE, STATE_SIZE_LIMIT, &json, &size);
    if (r == -ENOENT) {
        *ret_creating = true;
        r = file_read(home->fd, FILE_CREATING, STATE_SIZE_LIMIT, &json, &size);
    }
    if (r == -ENOENT) {
        /* Completed between our two looks, or not there at all. */
        *ret_creating = false;
        r = file_read(home->fd, FILE_STATE, STATE_SIZE_LIMIT, &json, &size);
    }
    if (r < 0)
        return error_sys(err, -r, "read %s/" FILE_STATE, home->path);

    void *state = NULL;
    r = json_parse(arena, &state_type, json, size, &state, NULL, err);
    if (r < 0)
        return error_wrap(err, "read %s/" FILE_STATE, home->path);
    *ret = state;
    return 0;
}

/* The date of a day since 1970 in the Gregorian calendar. gmtime(3) would do, but loads the local time zone
 * first. Years are counted from March here, so that the leap day is the last of its year. */
static void civil_date(int64_t day, int *year, int *month, int *of_month)
{
    int64_t since = day + 719468; /* 0000-03-01 */
    int64_t era = since / 146097; /* 400 years */
    int64_t of_era = since % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    *of_month = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

const char *timestamp_format(struct arena *arena, const struct timespec *time)
{
    int year, month, day;
    civil_date(time->tv_sec / 86400, &year, &month, &day);
    int seconds = (int)(time->tv_sec % 86400);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", year, month, day,
                        seconds / 3600, seconds / 60 % 60, seconds % 60, time->tv_nsec);
}
