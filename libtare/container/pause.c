/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/phrases.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/status.h"

/* pause and resume: the cgroup freezer. */

static int wrong_status(const struct container *container, bool pause, struct error *err)
{
    int r;
    if (container->status == STATUS_STOPPED)
        r = error_set(err, ESRCH, PHRASE_NOT_RUNNING);
    else if (container->status == STATUS_CREATING)
        r = error_set(err, EBUSY, "the container is being created");
    else if (pause)
        r = error_set(err, EALREADY, "container already paused");
    else
        r = error_set(err, EINVAL, PHRASE_NOT_PAUSED);
    error_set_kind(err, ERROR_WRONG_STATE);
    return r;
}

static bool may_be_paused(enum status status)
{
    return status == STATUS_CREATED || status == STATUS_RUNNING;
}

static int set_frozen(const struct container *container, bool freeze, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = cgroup_of_open(container->state, &cgroup, err);
    return r < 0 ? r : cgroup_freeze(&cgroup, freeze, err);
}

static int pause_or_resume(const struct tare_settings *given, const char *id, bool pause,
                           struct error *err)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct settings settings;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = container_open(&container, &arena, &settings, id, true, err);
    if (r < 0)
        return r;
    bool allowed = pause ? may_be_paused(container.status) : container.status == STATUS_PAUSED;
    return allowed ? set_frozen(&container, pause, err) : wrong_status(&container, pause, err);
}

int tare_container_pause(const struct tare_settings *settings, const char *id, tare_error *error)
{
    return pause_or_resume(settings, id, true, error_begin(error));
}

int tare_container_resume(const struct tare_settings *settings, const char *id, tare_error *error)
{
    return pause_or_resume(settings, id, false, error_begin(error));
}
