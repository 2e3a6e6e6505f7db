/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "base/parse.h"
#include "cgroup/cgroup.h"
#include "cgroup/controllers.h"
#include "cgroup/directory.h"
#include "cgroup/scope.h"

/* Limits of a cgroup that is in use: all of an update holds, or nothing of it. */

#define VALUE_LIMIT ((size_t)65536)

/* ---- what is now ---- */

static int read_value(int dirfd, const char *file, char *buffer, size_t size)
{
    int r = directory_read(dirfd, file, buffer, size);
    if (r == 0)
        buffer[strcspn(buffer, "\n")] = '\0';
    return r;
}

/* "max" is -1. */
static int parse_limit(const char *text, int64_t *ret)
{
    if (strcmp(text, "max") != 0)
        return parse_i64(text, ret);
    *ret = -1;
    return 0;
}

void cgroup_look(const struct cgroup *cgroup, struct resources_now *ret)
{
    char text[64];
    *ret = (struct resources_now){0};
    if (cgroup->fd < 0)
        return;
    if (read_value(cgroup->fd, "memory.max", text, sizeof(text)) == 0)
        ret->memory_limit.set = parse_limit(text, &ret->memory_limit.value) == 0;
    if (read_value(cgroup->fd, "cpu.max", text, sizeof(text)) < 0)
        return;
    char *period = strchr(text, ' ');
    if (!period)
        return;
    *period++ = '\0';
    ret->cpu_quota.set = parse_limit(text, &ret->cpu_quota.value) == 0;
    ret->cpu_period.set = parse_u64(period, &ret->cpu_period.value) == 0;
}

/* resources.memory.checkBeforeUpdate: a limit below the present use would call the OOM killer. */
static int check_usage(const struct cgroup *cgroup, const struct plan_cgroup *plan,
                       struct error *err)
{
    char text[64];
    uint64_t used, limit;
    for (size_t i = 0; plan->check_memory_usage && i < plan->n_writes; i++) {
        const struct plan_cgroup_write *write = &plan->writes[i];
        if (strcmp(write->file, "memory.max") != 0 || parse_u64(write->value, &limit) < 0 ||
            read_value(cgroup->fd, "memory.current", text, sizeof(text)) < 0 ||
            parse_u64(text, &used) < 0 || used <= limit)
            continue;
        error_set(err, EBUSY, "the container uses %llu bytes, more than the limit of %llu",
                  (unsigned long long)used, (unsigned long long)limit);
        error_add_where(err, "%s", write->where);
        error_add_hint(err, "free memory first, or update without checkBeforeUpdate");
        return -EBUSY;
    }
    return 0;
}

/* ---- back to what was ---- */

/* Files with a line for each device, and what a line without limits looks like. */
static const struct {
    const char *file, *none;
} keyed_files[] = {
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "default"},
    {"io.bfq.weight", "default"},
    {"io.latency", "target=max"},
    {"rdma.max", "hca_handle=max hca_object=max"},
    {"misc.max", "max"},
};

static const char *keyed_none(const char *file)
{
    for (size_t i = 0; i < ELEMENTSOF(keyed_files); i++)
        if (strcmp(file, keyed_files[i].file) == 0)
            return keyed_files[i].none;
    return NULL;
}

/* The line of the old text that the write changes. */
static const char *find_line(const char *text, const char *key, size_t length)
{
    while (*text) {
        if (strncmp(text, key, length) == 0 && text[length] == ' ')
            return text;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return NULL;
}

static int restore_line(int dirfd, const char *file, const char *none, const char *value,
                        const char *old)
{
    size_t length = strcspn(value, " ");
    /* "io.weight" takes "100" for the default. */
    bool has_key = value[length] != '\0';
    const char *key = has_key ? value : "default";
    if (!has_key)
        length = strlen(key);
    const char *line = find_line(old, key, length);
    if (line)
        return file_write(dirfd, file, line, strcspn(line, "\n"));
    _cleanup_(free_ptr) char *reset = NULL;
    int n = asprintf(&reset, "%.*s %s", (int)length, key, none);
    return n < 0 ? -ENOMEM : file_write(dirfd, file, reset, (size_t)n);
}

/* Forwards: a quota has to be there before its burst, idleness has to end before there is a weight. */
static int restore(int dirfd, const struct plan_cgroup *plan, char *const *old)
{
    int result = 0;
    for (size_t i = 0; i < plan->n_writes; i++) {
        const struct plan_cgroup_write *write = &plan->writes[i];
        const char *none = keyed_none(write->file);
        if (!old[i])
            continue;
        int r = none ? restore_line(dirfd, write->file, none, write->value, old[i])
                     : file_write(dirfd, write->file, *old[i] ? old[i] : "\n",
                                  *old[i] ? strlen(old[i]) : 1);
        if (r < 0)
            result = r;
    }
    return result;
}

static void release_old(char **old, size_t n)
{
    for (size_t i = 0; old && i < n; i++)
        free(old[i]);
    free(old);
}

static int apply_or_restore(const struct cgroup *cgroup, const struct cgroup_host *host,
                            const struct plan_cgroup *plan, char **old, struct error *err)
{
    for (size_t i = 0; i < plan->n_writes; i++)
        (void)file_read(cgroup->fd, plan->writes[i].file, VALUE_LIMIT, &old[i], NULL);
    int r = cgroup_apply(cgroup, host, plan, err);
    if (r == 0)
        r = cgroup_restrict_devices(cgroup, plan, err);
    /* In this order, since what systemd is told is all or nothing by itself. */
    if (r == 0 && cgroup->unit)
        r = scope_limit(cgroup, plan, err);
    if (r < 0 && restore(cgroup->fd, plan, old) < 0)
        error_add_hint(err, "a part of the limits of before could not be restored");
    return r;
}

int cgroup_update(const struct cgroup *cgroup, const struct cgroup_host *host,
                  const struct plan_cgroup *plan, struct error *err)
{
    if (cgroup->fd < 0) {
        error_set(err, ENOTSUP, "cannot change limits: the container has no cgroup");
        error_set_kind(err, ERROR_UNSUPPORTED);
        return -ENOTSUP;
    }
    int r = check_usage(cgroup, plan, err);
    if (r == 0)
        r = controllers_enable(host, cgroup, plan, err);
    if (r < 0)
        return r;
    char **old = calloc(plan->n_writes + 1, sizeof(*old));
    if (!old)
        return error_sys(err, ENOMEM, "change limits");
    r = apply_or_restore(cgroup, host, plan, old, err);
    release_old(old, plan->n_writes);
    return r;
}
