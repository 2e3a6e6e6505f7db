/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "container/api.h"
#include "container/creation.h"
#include "container/destroy.h"
#include "container/hooks_of.h"
#include "container/launch.h"
#include "container/proxy.h"
#include "container/seccomp-agent.h"
#include "sys/process.h"

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
    int r = seccomp_agent_connect(&creation->state.listener, &agent, err);
    if (r < 0)
        return r;
    r = channel_send(creation->init.channel, MESSAGE_GO, -1);
    if (r < 0)
        return error_sys(err, -r, "talk to the container's init");
    bool hook_failed;
    const struct launch launch = {
        .channel = creation->init.channel,
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
    return hooks_of_run(&creation->state.poststart, "poststart", &creation->state, "running",
                        creation->init.pid, err);
}

/* Pass signals on. */
static void forward_signals(const struct creation *creation, const struct proxy *proxy)
{
    int signal;
    while ((signal = hold_next(&creation->hold)) > 0) {
        if (signal == SIGWINCH)
            proxy_resize(proxy);
        else
            (void)sys_pidfd_send_signal(creation->init.pidfd, signal);
    }
}

/* Until the init has ended: its wait status. */
static int attend(const struct creation *creation, struct proxy *proxy, int *ret_status,
                  struct error *err)
{
    for (;;) {
        struct pollfd polls[2 + PROXY_POLLS] = {
            {.fd = creation->init.pidfd, .events = POLLIN},
            {.fd = creation->hold.fd, .events = POLLIN},
        };
        bool has_terminal = proxy->master >= 0;
        if (has_terminal)
            proxy_prepare(proxy, polls + 2);
        if (poll(polls, has_terminal ? ELEMENTSOF(polls) : 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_sys(err, errno, "poll");
        }
        if (polls[1].revents)
            forward_signals(creation, proxy);
        if (polls[0].revents)
            break;
        if (has_terminal)
            proxy_handle(proxy, polls + 2);
    }
    int r = sys_pidfd_wait(creation->init.pidfd, ret_status);
    return r < 0 ? error_sys(err, -r, "wait for the container") : 0;
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
    if (container_destroy(&container, &creation->settings, &err) < 0)
        warn_error(&creation->settings, &err);
}

static int attend_to_end(struct creation *creation, int *ret_status, struct error *err)
{
    struct proxy proxy = PROXY_INIT;
    int status = 0;
    int r = 0;
    if (creation->terminal >= 0)
        r = proxy_open(&proxy, TAKE_FD(creation->terminal), err);
    if (r == 0)
        r = attend(creation, &proxy, &status, err);
    proxy_close(&proxy);
    if (r < 0)
        return r;
    close_fd(&creation->init.pidfd);
    finish(creation);
    *ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
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
    if (r == 0)
        r = go(&creation, err);
    if (r < 0)
        return r;
    /* The network namespace ends with the container, not with us. */
    net_devices_release(&creation.net_devices);
    if (creation.foreground)
        return attend_to_end(&creation, ret_status, err);
    undo_disarm(&creation.undo);
    *ret_status = 0;
    return 0;
}
