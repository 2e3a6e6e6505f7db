/* SPDX-License-Identifier: Apache-2.0 */
#include "container/state.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "base/fd.h"
#include "spec/parse.h"
#include "spec/tables.h"

static const struct json_field state_fields[] = {
    JSON_FIELD(struct state, oci_version, "ociVersion", JSON_STRING, .required = true),
    JSON_FIELD(struct state, id, "id", JSON_STRING, .required = true),
    JSON_FIELD(struct state, pid, "pid", JSON_I32),
    JSON_FIELD(struct state, start_time, "startTime", JSON_U64),
    JSON_FIELD(struct state, bundle, "bundle", JSON_STRING),
    JSON_FIELD(struct state, rootfs, "rootfs", JSON_STRING),
    JSON_FIELD(struct state, root_mount, "rootMount", JSON_U64),
    JSON_FIELD(struct state, created, "created", JSON_STRING),
    JSON_FIELD(struct state, owner, "owner", JSON_U32),
    JSON_FIELD(struct state, private_pids, "privatePids", JSON_BOOL),
    JSON_FIELD(struct state, has_process, "hasProcess", JSON_BOOL),
    JSON_FIELD(struct state, new_keyring, "newKeyring", JSON_BOOL),
    JSON_FIELD(struct state, cgroup_mount, "cgroupMount", JSON_STRING),
    JSON_FIELD(struct state, cgroup_path, "cgroupPath", JSON_STRING),
    JSON_FIELD(struct state, cgroup_top, "cgroupTop", JSON_STRING),
    JSON_FIELD(struct state, cgroup_created, "cgroupCreated", JSON_BOOL),
    JSON_FIELD(struct state, cgroup_id, "cgroupId", JSON_U64),
    JSON_FIELD(struct state, cgroup_pending, "cgroupPending", JSON_BOOL),
    JSON_FIELD(struct state, systemd_unit, "systemdUnit", JSON_STRING),
    JSON_FIELD(struct state, systemd_user, "systemdUser", JSON_BOOL),
    JSON_FIELD(struct state, resctrl_group, "resctrlGroup", JSON_STRING),
    JSON_FIELD(struct state, resctrl_made, "resctrlMade", JSON_BOOL),
    JSON_FIELD(struct state, resctrl_monitored, "resctrlMonitored", JSON_BOOL),
    JSON_FIELD(struct state, listener.path, "listenerPath", JSON_STRING),
    JSON_FIELD(struct state, listener.metadata, "listenerMetadata", JSON_STRING),
    JSON_FIELD(struct state, listener.where, "listenerWhere", JSON_STRING),
    JSON_FIELD(struct state, annotations, "annotations", JSON_STRING_MAP),
    JSON_FIELD(struct state, poststart, "poststart", JSON_LIST, .type = &hook_type),
    JSON_FIELD(struct state, poststop, "poststop", JSON_LIST, .type = &hook_type),
};

JSON_TYPE(struct state, state);

int config_keep(const struct home *home, const char *json, size_t size, struct error *err)
{
    _cleanup_(close_fd) int fd =
        openat(home->fd, FILE_CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_sys(err, errno, "create %s/" FILE_CONFIG, home->path);
    int r = fd_write_all(fd, json, size);
    return r < 0 ? error_sys(err, -r, "write %s/" FILE_CONFIG, home->path) : 0;
}

int config_read(const struct home *home, struct arena *arena, struct spec **ret, struct error *err)
{
    _cleanup_(free_ptr) char *json = NULL;
    size_t size = 0;
    int r = file_read(home->fd, FILE_CONFIG, SPEC_SIZE_LIMIT, &json, &size);
    if (r < 0) {
        error_sys(err, -r, "read %s/" FILE_CONFIG, home->path);
        if (r == -ENOENT)
            error_add_hint(err, "the container was made by an older tare, which kept none");
        return r;
    }
    r = spec_parse(arena, json, size, ret, NULL, err);
    return r < 0 ? error_wrap(err, "read %s/" FILE_CONFIG, home->path) : 0;
}

int state_write(struct home *home, struct arena *arena, const struct state *state,
                struct error *err)
{
    const char *json;
    int r = json_write(arena, &state_type, state, "", &json, err);
    if (r < 0)
        return r;
    const char *line = arena_printf(arena, "%s\n", json);
    if (!line)
        return error_sys(err, ENOMEM, "write %s/" FILE_CREATING, home->path);
    /* We hold the lock, and nobody reads it as final before state_complete(): no temporary name is
     * needed. */
    if (home->record < 0)
        home->record =
            openat(home->fd, FILE_CREATING,
                   O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (home->record < 0)
        return error_sys(err, errno, "create %s/" FILE_CREATING, home->path);
    r = fd_write_all(home->record, line, strlen(line));
    return r < 0 ? error_sys(err, -r, "write %s/" FILE_CREATING, home->path) : 0;
}

int state_complete(const struct home *home, struct error *err)
{
    if (renameat(home->fd, FILE_CREATING, home->fd, FILE_STATE) < 0)
        return error_sys(err, errno, "rename %s/" FILE_CREATING, home->path);
    return 0;
}

/* Of the lines in a file the last whole one. A writer that was killed may have left a piece of another behind
 * it, and nothing else when it was the first: NULL. A file that has its final name is whole. */
static const char *last_line(const char *text, bool creating, size_t *size)
{
    const char *end = memrchr(text, '\n', *size);
    if (!end)
        return creating ? NULL : text;
    const char *before = memrchr(text, '\n', (size_t)(end - text));
    const char *begin = before ? before + 1 : text;
    *size = (size_t)(end - begin);
    return begin;
}

int state_parse(struct arena *arena, const char *text, size_t size, bool creating,
                struct state **ret, struct error *err)
{
    const char *line = last_line(text, creating, &size);
    if (!line)
        return error_set(err, ENOENT, "nothing whole is written yet");
    void *state = NULL;
    int r = json_parse(arena, &state_type, line, size, &state, NULL, err);
    if (r == 0)
        *ret = state;
    return r;
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
    r = state_parse(arena, json, size, *ret_creating, ret, err);
    if (r < 0 && r != -ENOENT)
        error_add_hint(err,
                       "what runs in the container is not known any more: end it, and remove %s",
                       home->path);
    if (r < 0)
        error_wrap(err, "read %s/" FILE_STATE, home->path);
    return r;
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
