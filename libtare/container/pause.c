/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/phrases.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/status.h"

/* pause and resume: the cgroup freezer. */

static int check_status(const struct container *container, bool pause, struct error *err)
{
    bool is_paused = container->status == STATUS_PAUSED;
    int r = container_refuse_lifeless(container, err);
    if (r < 0 || is_paused != pause)
        return r;
    r = pause ? error_set(err, EALREADY, "container already paused")
              : error_set(err, EINVAL, PHRASE_NOT_PAUSED);
    error_set_kind(err, ERROR_WRONG_STATE);
    return r;
}

static int set_frozen(const struct container *container, bool freeze, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = cgroup_of_open(container->state, &cgroup, err);
    return r < 0 ? r : cgroup_freeze(&cgroup, freeze, err);
}

/* An init that was killed while it was paused leaves others of its cgroup frozen, when it had no pid namespace
 * of its own; the engine that paused it resumes them before it ends them. */
static bool left_others_frozen(const struct container *container)
{
    return container->status == STATUS_STOPPED && cgroup_of_is_frozen(container->state);
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
    if (r == 0 && (pause || !left_others_frozen(&container)))
        r = check_status(&container, pause, err);
    return r < 0 ? r : set_frozen(&container, pause, err);
}

int tare_container_pause(const struct tare_settings *settings, const char *id, tare_error *error)
{
    return pause_or_resume(settings, id, true, error_begin(error));
}

int tare_container_resume(const struct tare_settings *settings, const char *id, tare_error *error)
{
    return pause_or_resume(settings, id, false, error_begin(error));
}
