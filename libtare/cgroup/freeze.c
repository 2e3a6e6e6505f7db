/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/events.h"

#define FREEZE_LIMIT_MS 10000

static int set_frozen(const struct cgroup *cgroup, bool freeze)
{
    return file_write(cgroup->fd, "cgroup.freeze", freeze ? "1" : "0", 1);
}

int cgroup_freeze(const struct cgroup *cgroup, bool freeze, struct error *err)
{
    const char *verb = freeze ? "freeze" : "thaw";
    if (cgroup->fd < 0) {
        error_set(err, ENOTSUP, "cannot %s: the container has no cgroup", verb);
        error_set_kind(err, ERROR_UNSUPPORTED);
        return -ENOTSUP;
    }
    int r = set_frozen(cgroup, freeze);
    if (r < 0)
        return error_sys(err, -r, "%s cgroup %s: write cgroup.freeze", verb, cgroup->path);
    r = events_wait(cgroup->fd, "frozen", freeze, monotonic_ms() + FREEZE_LIMIT_MS);
    if (r == 0)
        return 0;

    error_sys(err, -r, "%s cgroup %s", verb, cgroup->path);
    if (freeze) {
        /* Half frozen is the worst of all: programs hang and nobody knows why. */
        set_frozen(cgroup, false);
        if (r == -ETIMEDOUT)
            error_add_hint(err,
                           "a process did not stop within %d s: is one in an uninterruptible "
                           "system call (state D)?",
                           FREEZE_LIMIT_MS / 1000);
    } else if (r == -ETIMEDOUT) {
        error_add_hint(err, "is a cgroup above it frozen?");
    }
    return r;
}

int cgroup_kill(const struct cgroup *cgroup, struct error *err)
{
    if (cgroup->fd < 0) {
        error_set(err, ENOTSUP, "cannot kill all processes: the container has no cgroup");
        error_set_kind(err, ERROR_UNSUPPORTED);
        return -ENOTSUP;
    }
    int r = file_write(cgroup->fd, "cgroup.kill", "1", 1);
    if (r < 0)
        return error_sys(err, -r, "kill the processes of cgroup %s: write cgroup.kill",
                         cgroup->path);
    return 0;
}
