/* SPDX-License-Identifier: Apache-2.0 */
#include "container/destroy.h"

#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "container/cgroup_of.h"
#include "container/hooks_of.h"
#include "container/resctrl.h"
#include "container/root_mount.h"
#include "container/survival.h"
#include "sys/process.h"

/* How long a killed init may take to die. */
#define DEATH_LIMIT_MS 10000

static int kill_cgroup(const struct state *state, struct error *err)
{
    /* Processes of a cgroup that we did not make may be anybody's. */
    if (!state->cgroup_created)
        return 0;
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = cgroup_of_open(state, &cgroup, err);
    return r < 0 || cgroup.fd < 0 ? r : cgroup_kill(&cgroup, err);
}

int container_kill_all(const struct container *container, struct error *err)
{
    _cleanup_(close_fd) int pidfd = container_pidfd(container);
    if (!container->state->private_pids) {
        int r = kill_cgroup(container->state, err);
        if (r < 0)
            return r;
    }
    if (pidfd < 0)
        return pidfd == -ESRCH ? 0 : error_sys(err, -pidfd, "pidfd_open");
    int r = sys_pidfd_send_signal(pidfd, SIGKILL);
    if (r < 0 && r != -ESRCH)
        return error_sys(err, -r, "kill process %d", (int)container->state->pid);

    struct pollfd death = {.fd = pidfd, .events = POLLIN};
    while ((r = poll(&death, 1, DEATH_LIMIT_MS)) < 0 && errno == EINTR)
        ;
    if (r > 0)
        return 0;
    error_set(err, EBUSY, "process %d does not die", (int)container->state->pid);
    survival_explain(container->state->pid, err);
    return -EBUSY;
}

/* What somebody who was killed may have made. */
static int reclaim(const struct state *note, struct error *err)
{
    int r = resctrl_of_remove(note, err);
    if (r == 0 && note->root_mount)
        r = root_mount_remove(note->rootfs, note->root_mount, err);
    return r == 0 && note->cgroup_pending ? cgroup_of_reclaim(note, err) : r;
}

int container_destroy(struct container *container, const struct settings *settings,
                      struct error *err)
{
    int r = 0;
    if (container->state) {
        if (container->status != STATUS_STOPPED || !container->state->private_pids)
            r = container_kill_all(container, err);
        if (r == 0)
            r = resctrl_of_remove(container->state, err);
        if (r == 0 && container->state->root_mount)
            r = root_mount_remove(container->state->rootfs, container->state->root_mount, err);
        if (r == 0)
            r = cgroup_of_remove(container->state, err);
    }
    if (r == 0 && container->note)
        r = reclaim(container->note, err);
    if (r == 0)
        r = home_remove(&container->home, err);
    if (r == 0 && container->state)
        hooks_of_poststop(container->state, settings);
    return r;
}
