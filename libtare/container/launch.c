/* SPDX-License-Identifier: Apache-2.0 */
#include "container/launch.h"

#include <errno.h>
#include <linux/sched/types.h>

#include "base/fd.h"
#include "container/hooks_of.h"
#include "container/seccomp-agent.h"
#include "container/talk.h"
#include "sandbox/channel.h"
#include "sandbox/scheduling.h"

/* What is remembered from one message to the next. */
struct watch {
    bool executing;
    bool has_listener; /* an agent may be asked about execve, and sleep */
    bool may_fork;     /* the process is to be scheduled as before again */
    struct sched_attr before;
};

static int let_go(const struct launch *launch, struct error *err)
{
    int r = channel_send(launch->channel, MESSAGE_GO, -1);
    return r < 0 ? error_sys(err, -r, "talk to the container's init") : 0;
}

/* The process waits until the agent has it, and does not start without. */
static int pass_listener(const struct launch *launch, struct watch *watch, int listener,
                         struct error *err)
{
    watch->has_listener = true;
    int r = seccomp_agent_send(*launch->agent, launch->state, launch->status, launch->pid, listener,
                               launch->hold, err);
    /* At once: an agent may read to the end before it answers, and execve can be what it is asked. */
    close_fd(launch->agent);
    if (r == 0 && watch->may_fork)
        r = process_reschedule(launch->pid, &watch->before, err);
    return r < 0 ? r : let_go(launch, err);
}

static int let_fork(const struct launch *launch, struct watch *watch, struct error *err)
{
    int r = process_let_fork(launch->pid, &watch->before, err);
    watch->may_fork = r == 0;
    return r < 0 ? r : let_go(launch, err);
}

/* Once the program is about to run, signals are for it: they wait until they can go on to it. */
static int next_message(const struct launch *launch, const struct watch *watch,
                        const struct settings *settings, struct channel_message *message,
                        int *ret_fd, struct error *err)
{
    if (launch->hold && ((launch->takes_time && !watch->executing) || watch->has_listener))
        return talk_receive(launch->channel, launch->hold, settings, message, ret_fd, err);
    int r = channel_receive(launch->channel, message, ret_fd);
    return r < 0 ? error_sys(err, -r, "wait for the program to start") : 0;
}

int launch_watch(const struct launch *launch, const struct settings *settings,
                 bool *ret_hook_failed, struct error *err)
{
    struct channel_message message;
    struct watch watch = {0};
    *ret_hook_failed = false;
    for (;;) {
        _cleanup_(close_fd) int fd = -1;
        int r = next_message(launch, &watch, settings, &message, &fd, err);
        if (r < 0)
            return r;
        if (message.type == MESSAGE_WARNING) {
            warn_error(settings, &message.error);
        } else if (message.type == MESSAGE_ERROR) {
            *ret_hook_failed = is_hook_failure(&message.error);
            int code = message.error.code > 0 ? message.error.code : EIO;
            error_move(err, &message.error);
            return -code;
        } else if (message.type == MESSAGE_SECCOMP_LISTENER) {
            r = pass_listener(launch, &watch, fd, err);
            if (r < 0)
                return r;
        } else if (message.type == MESSAGE_WANT_THREAD) {
            r = let_fork(launch, &watch, err);
            if (r < 0)
                return r;
        } else if (message.type == MESSAGE_EXEC) {
            watch.executing = true;
        } else if (message.type == MESSAGE_NONE) {
            return watch.executing
                       ? 0
                       : error_set(err, ECHILD,
                                   "the container's init died before its program started");
        }
    }
}
