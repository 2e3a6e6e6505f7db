/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/signal_name.h"
#include "container/status.h"
#include "sys/process.h"

#define STOP_SIGNAL_ANNOTATION "org.opencontainers.image.stopSignal"

/* What was asked for, or what the image asks for, or SIGTERM. */
static int choose_signal(const struct state *state, const char *asked, struct error *err)
{
    if (asked)
        return signal_parse(asked, err);
    for (size_t i = 0; i < state->annotations.n; i++) {
        const struct string_pair *pair = &state->annotations.items[i];
        if (strcmp(pair->key, STOP_SIGNAL_ANNOTATION) == 0 && *pair->value) {
            int r = signal_parse(pair->value, err);
            return r < 0 ? error_wrap(err, "annotation " STOP_SIGNAL_ANNOTATION) : r;
        }
    }
    return SIGTERM;
}

static int not_running(struct error *err)
{
    error_set(err, ESRCH, PHRASE_NOT_RUNNING);
    error_set_kind(err, ERROR_WRONG_STATE);
    return -ESRCH;
}

static int signal_pid(pid_t pid, int signal)
{
    _cleanup_(close_fd) int pidfd = sys_pidfd_open(pid, 0);
    return pidfd < 0 ? pidfd : sys_pidfd_send_signal(pidfd, signal);
}

/* Every process of the cgroup. Without a pid namespace this is how the container's processes are
 * found. */
static int signal_cgroup(const struct state *state, int signal, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = cgroup_of_open(state, &cgroup, err);
    if (r < 0 || cgroup.fd < 0)
        return r;
    if (signal == SIGKILL && state->cgroup_created)
        return cgroup_kill(&cgroup, err);

    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    pid_t *pids;
    size_t n;
    r = cgroup_pids(&cgroup, &arena, &pids, &n, err);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = signal_pid(pids[i], signal);
        if (r == -ESRCH || r == -EINVAL)
            r = 0;
        else if (r < 0)
            error_sys(err, -r, "signal process %d", (int)pids[i]);
    }
    return r;
}

static int kill_container(const struct container *container, int signal, bool all,
                          struct error *err)
{
    const struct state *state = container->state;
    bool together = !state->private_pids && state->cgroup_mount && (all || signal == SIGKILL);
    if (together) {
        int r = signal_cgroup(state, signal, err);
        if (r < 0 || all)
            return r;
    }
    _cleanup_(close_fd) int pidfd = container_pidfd(container);
    int r = pidfd < 0 ? pidfd : sys_pidfd_send_signal(pidfd, signal);
    /* The init may be dead by now of what its cgroup was given. */
    if (r == -ESRCH)
        return together ? 0 : not_running(err);
    return r < 0 ? error_sys(err, -r, "send signal %d to process %d", signal, (int)state->pid) : 0;
}

int tare_container_kill(const struct tare_settings *given, const char *id,
                        const struct tare_kill_options *given_options, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct tare_kill_options options;
    options_copy(&options, sizeof(options), given_options);
    struct settings settings;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = container_open(&container, &arena, &settings, id, false, err);
    if (r < 0)
        return r;
    if (!container.state)
        return not_running(err);
    int signal = choose_signal(container.state, options.signal, err);
    if (signal < 0)
        return signal;
    /* An engine that cleans up after an init that shared its pid namespace says --all to be sure;
     * others may be alive although the init is not. */
    if (container.status == STATUS_STOPPED && !options.all)
        return not_running(err);
    r = kill_container(&container, signal, options.all, err);
    if (r == -ESRCH && options.all) {
        error_release(err);
        r = 0;
    }
    return r;
}
