/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/controllers.h"
#include "cgroup/directory.h"

/* The kernel takes one line a write in files that are keyed by device ("8:0 rbps=..."), so a value
 * of several lines becomes several writes. The last line's end is optional. */
static int write_lines(int dirfd, const char *file, const char *value)
{
    int r;
    do {
        size_t length = strcspn(value, "\n");
        r = file_write(dirfd, file, value, length);
        value += length + (value[length] == '\n');
    } while (r == 0 && *value);
    return r;
}

static int write_one(int dirfd, const struct plan_cgroup_write *write)
{
    int r = write_lines(dirfd, write->file, write->value);
    if (r == -ENOENT && write->fallback_file)
        r = write_lines(dirfd, write->fallback_file, write->fallback_value);
    return r == -ENOENT && (write->optional_file || write->limits_nothing) ? 0 : r;
}

static void explain(const struct plan_cgroup_write *write, int code, struct error *err)
{
    switch (code) {
    case EINVAL:
    case ERANGE:
        if (strcmp(write->file, "cpu.weight") == 0)
            error_add_hint(
                err, "the kernel refuses the value; with cpu.idle set no weight can be given");
        else if (strcmp(write->file, "cpu.max.burst") == 0)
            error_add_hint(err, "a burst may not be larger than the quota");
        else if (strncmp(write->file, "cpuset.", 7) == 0)
            error_add_hint(err, "are all of these in the cgroup above and online?");
        else
            error_add_hint(err, "the kernel refuses the value");
        break;
    case ENODEV:
        error_add_hint(err, "there is no such device");
        break;
    case EBUSY:
        error_add_hint(err, "the cgroup uses more than that already");
        break;
    case EACCES:
    case EPERM:
        error_add_hint(err, "run as root, or have the cgroup delegated to you");
        break;
    default:
        break;
    }
}

static int write_failed(const struct cgroup *cgroup, const struct cgroup_host *host,
                        const struct plan_cgroup_write *write, int code, struct error *err)
{
    if (code == ENOENT) {
        char available[512];
        bool core = strcmp(write->controller, "cgroup") == 0;
        if (!core &&
            directory_read(cgroup->fd, "cgroup.controllers", available, sizeof(available)) == 0 &&
            !words_contain(available, write->controller))
            return controller_missing(host, write->controller, write->where, err);
        error_set(err, ENOTSUP, "cgroups have no file %s", write->file);
        error_set_kind(err, ERROR_UNSUPPORTED);
        error_add_where(err, "%s", write->where);
        error_add_hint(err,
                       "this kernel is too old for it, was built without it, or the name is wrong");
        return -ENOTSUP;
    }
    error_sys(err, code, "write \"%s\" to %s of cgroup %s", write->value, write->file,
              cgroup->path);
    error_add_where(err, "%s", write->where);
    explain(write, code, err);
    return -code;
}

/* Quota and burst bound each other: which of the two goes first depends on what is set already. */
static bool may_depend_on_order(const struct plan_cgroup_write *write)
{
    return strcmp(write->file, "cpu.max") == 0 || strcmp(write->file, "cpu.max.burst") == 0;
}

int cgroup_apply(const struct cgroup *cgroup, const struct cgroup_host *host,
                 const struct plan_cgroup *plan, struct error *err)
{
    if (plan->n_writes == 0)
        return 0;
    if (cgroup->fd < 0) {
        const struct plan_cgroup_write *limit = plan_cgroup_limit(plan);
        if (!limit)
            return 0;
        error_set(err, ENOTSUP, "cannot set %s: the container has no cgroup", limit->file);
        error_set_kind(err, ERROR_UNSUPPORTED);
        error_add_where(err, "%s", limit->where);
        return -ENOTSUP;
    }
    const struct plan_cgroup_write *again = NULL;
    for (size_t i = 0; i < plan->n_writes; i++) {
        const struct plan_cgroup_write *write = &plan->writes[i];
        int r = write_one(cgroup->fd, write);
        if (r == -EINVAL && !again && may_depend_on_order(write))
            again = write;
        else if (r < 0)
            return write_failed(cgroup, host, write, -r, err);
    }
    int r = again ? write_one(cgroup->fd, again) : 0;
    return r < 0 ? write_failed(cgroup, host, again, -r, err) : 0;
}
