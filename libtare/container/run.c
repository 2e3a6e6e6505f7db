/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "container/api.h"
#include "container/attend.h"
#include "container/creation.h"
#include "container/destroy.h"
#include "container/hooks_of.h"
#include "container/launch.h"
#include "container/proxy.h"
#include "container/readiness.h"
#include "container/seccomp-agent.h"
#include "container/talk.h"

/* In the foreground signals are the program's as soon as it runs. When it has ended, they are about what we still
 * do. */
static int handle_signals(void *data, struct error *err)
{
    struct creation *creation = data;
    struct pollfd end = {.fd = creation->init.pidfd, .events = POLLIN};
    if (!creation->foreground || poll(&end, 1, 0) > 0)
        return talk_check_interruption(&creation->hold, err);
    attend_forward(creation->init.pidfd, creation->terminal, &creation->hold);
    return 0;
}

static int run_poststart_hooks(struct creation *creation, struct error *err)
{
    const struct interruption interruption = {
        .fd = creation->hold.fd, .check = handle_signals, .data = creation};
    return hooks_of_run(&creation->state.poststart, "poststart", &creation->state, "running",
                        creation->init.pid, &interruption, err);
}

/* Let the parked init go, and see it through to the program and the poststart hooks. */
static int go(struct creation *creation, struct error *err)
{
    if (!creation->bundle.plan->has_process) {
        error_set(err, EINVAL, "there is no program to start: the configuration has no process");
        error_add_where(err, "/process");
        return -EINVAL;
    }
    if (creation->terminal >= 0)
        proxy_give_size(creation->terminal);
    _cleanup_(close_fd) int agent = -1;
    int r = seccomp_agent_connect(&creation->state.listener, &creation->hold, &agent, err);
    if (r < 0)
        return r;
    r = channel_send(creation->init.channel, MESSAGE_GO, -1);
    if (r < 0)
        return error_sys(err, -r, "talk to the container's init");
    bool hook_failed;
    const struct launch launch = {
        .channel = creation->init.channel,
        .hold = &creation->hold,
        .takes_time = creation->bundle.plan->hooks->start_container.n > 0,
        .agent = &agent,
        .state = &creation->state,
        .status = "created",
        .pid = creation->init.pid,
    };
    r = launch_watch(&launch, &creation->settings, &hook_failed, err);
    creation->hooks_begun = creation->hooks_begun || hook_failed;
    if (r < 0)
        return r;
    creation->hooks_begun = true;
    return run_poststart_hooks(creation, err);
}

/* The program has ended: take its container apart, unless it is to be kept. */
static void finish(struct creation *creation)
{
    undo_disarm(&creation->undo);
    if (creation->options.keep)
        return;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct container container = {
        .home = creation->home,
        .state = &creation->state,
        .status = STATUS_STOPPED,
    };
    if (creation->options.pid_file)
        unlink(creation->options.pid_file);
    /* Somebody may have taken it apart meanwhile, or be about to: `delete --force`, `checkpoint`. */
    int r = home_lock(&creation->home, &err);
    if (r == 0)
        r = container_destroy(&container, &creation->settings, &err);
    if (r < 0 && err.kind != ERROR_NOT_FOUND)
        warn_error(&creation->settings, &err);
}

/* ---- who waits for the program to be ready ---- */

struct reporter {
    const struct creation *creation;
    int socket;
};

static int listen_for_readiness(const struct creation *creation, int *ret, struct error *err)
{
    const char *notify = creation->options.notify_socket;
    if (!notify || !*notify)
        return 0;
    *ret = readiness_listen(&creation->home, err);
    return *ret < 0 ? *ret : 0;
}

static int tell_manager(const struct creation *creation, struct error *err)
{
    return readiness_tell(creation->options.notify_socket, creation->init.pid, err);
}

/* In the foreground, a manager that cannot be told does not end the program. */
static bool report_readiness(void *data)
{
    const struct reporter *reporter = data;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    int r = readiness_read(reporter->socket);
    if (r > 0 && tell_manager(reporter->creation, &err) < 0)
        warn_error(&reporter->creation->settings, &err);
    return r == 0;
}

static int await_readiness(struct creation *creation, int socket, struct error *err)
{
    int r = socket < 0 ? 0 : readiness_wait(socket, creation->init.pidfd, &creation->hold, err);
    return r <= 0 ? r : tell_manager(creation, err);
}

/* ---- to the end ---- */

int creation_attend(struct creation *creation, struct attend_event *event, int *ret_status,
                    struct error *err)
{
    /* The container stands: as long as it runs, others may work on it. */
    home_unlock(&creation->home);
    int r = attend(creation->init.pidfd, TAKE_FD(creation->terminal), &creation->hold, event,
                   ret_status, err);
    if (r < 0)
        return r;
    close_fd(&creation->init.pidfd);
    finish(creation);
    return 0;
}

static int attend_to_end(struct creation *creation, int readiness, int *ret_status,
                         struct error *err)
{
    struct reporter reporter = {.creation = creation, .socket = readiness};
    struct attend_event event = {.fd = readiness, .handle = report_readiness, .data = &reporter};
    return creation_attend(creation, &event, ret_status, err);
}

int tare_container_run(const struct tare_settings *settings, const char *id,
                       const struct tare_create_options *options, int *ret_status,
                       tare_error *error)
{
    struct error *err = error_begin(error);
    struct creation creation _cleanup_(creation_release) = CREATION_INIT;
    int r = creation_begin(&creation, settings, id, options, err);
    creation.foreground = !creation.options.detach;
    if (r == 0)
        r = creation_make(&creation, false, err);
    _cleanup_(close_fd) int readiness = -1;
    if (r == 0)
        r = listen_for_readiness(&creation, &readiness, err);
    if (r == 0)
        r = go(&creation, err);
    if (r == 0 && !creation.foreground)
        r = await_readiness(&creation, readiness, err);
    if (r < 0)
        return r;
    /* The network namespace ends with the container, not with us. */
    net_devices_release(&creation.net_devices);
    if (creation.foreground)
        return attend_to_end(&creation, readiness, ret_status, err);
    undo_disarm(&creation.undo);
    *ret_status = 0;
    return 0;
}
