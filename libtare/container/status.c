/* SPDX-License-Identifier: Apache-2.0 */
#include "container/status.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/cgroup_of.h"
#include "sys/process.h"

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
        [STATUS_PAUSED] = "paused",     [STATUS_STOPPED] = "stopped",
    };
    return names[status];
}

/* Only the living are asked whether they are frozen: the cgroup of a dead container may be, too. */
static int status_find(const struct container *container, bool creating, enum status *ret)
{
    const struct state *state = container->state;
    int alive = process_is_alive(state->pid, state->start_time);
    if (alive < 0)
        return alive;
    struct stat st;
    if (!alive)
        *ret = STATUS_STOPPED;
    else if (creating)
        *ret = STATUS_CREATING;
    else if (cgroup_of_is_frozen(state))
        *ret = STATUS_PAUSED;
    else
        *ret = fstatat(container->home.fd, FILE_START, &st, AT_SYMLINK_NOFOLLOW) == 0
                   ? STATUS_CREATED
                   : STATUS_RUNNING;
    return 0;
}

int container_look(struct container *container, struct error *err)
{
    int r = status_find(container, container->status == STATUS_CREATING, &container->status);
    return r < 0 ? error_sys(err, -r, "look at process %d", (int)container->state->pid) : 0;
}

int container_open(struct container *container, struct arena *arena,
                   const struct settings *settings, const char *id, bool lock, struct error *err)
{
    *container = CONTAINER_INIT;
    int r = home_open(&container->home, arena, settings->root, id, err);
    if (r == 0 && lock)
        r = home_lock(&container->home, err);
    if (r < 0)
        return r;

    bool creating;
    r = state_read(&container->home, arena, &container->state, &creating, err);
    if (r == -ENOENT) {
        error_release(err);
        container->status = STATUS_CREATING;
        return 0;
    }
    if (r < 0)
        return r;
    if (creating && container->state->pid == 0) {
        container->note = container->state;
        container->state = NULL;
        container->status = STATUS_CREATING;
        return 0;
    }
    /* With the lock comes somebody who may take it apart, or change it. */
    if (lock && container->state->systemd_unit) {
        r = scope_load(err);
        if (r < 0)
            return r;
    }
    container->status = creating ? STATUS_CREATING : STATUS_STOPPED;
    return container_look(container, err);
}

void container_release(struct container *container)
{
    if (container)
        home_release(&container->home);
}

int container_refuse_lifeless(const struct container *container, struct error *err)
{
    int r;
    if (container->status == STATUS_STOPPED)
        r = error_set(err, ESRCH, PHRASE_NOT_RUNNING);
    else if (container->status == STATUS_CREATING)
        r = error_set(err, EBUSY, "the container is being created");
    else
        return 0;
    error_set_kind(err, ERROR_WRONG_STATE);
    return r;
}

int container_pidfd(const struct container *container)
{
    if (!container->state)
        return -ESRCH;
    _cleanup_(close_fd) int pidfd = -1;
    int r = sys_pidfd_open(container->state->pid, 0);
    if (r < 0)
        return r == -EINVAL ? -ESRCH : r;
    pidfd = r;
    /* The pidfd holds whoever has the pid now; if that one is ours, it stays ours. */
    r = process_is_alive(container->state->pid, container->state->start_time);
    if (r <= 0)
        return r < 0 ? r : -ESRCH;
    return TAKE_FD(pidfd);
}
