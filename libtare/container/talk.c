/* SPDX-License-Identifier: Apache-2.0 */
#include "container/talk.h"

#include <errno.h>
#include <poll.h>

int talk_check_interruption(const struct hold *hold, struct error *err)
{
    int signal = hold_next(hold);
    if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP && signal != SIGQUIT)
        return 0;
    return error_set(err, EINTR, "interrupted by SIG%s", sigabbrev_np(signal));
}

static int wait_for_message(int channel, const struct hold *hold, struct error *err)
{
    struct pollfd fds[] = {
        {.fd = channel, .events = POLLIN},
        {.fd = hold->fd, .events = POLLIN},
    };
    while (poll(fds, ELEMENTSOF(fds), -1) < 0)
        if (errno != EINTR)
            return error_sys(err, errno, "poll");
    return fds[1].revents & POLLIN ? talk_check_interruption(hold, err) : 0;
}

int talk_receive(int channel, const struct hold *hold, const struct settings *settings,
                 struct channel_message *message, int *ret_fd, struct error *err)
{
    for (;;) {
        int r = wait_for_message(channel, hold, err);
        if (r < 0)
            return r;
        r = channel_receive(channel, message, ret_fd);
        if (r < 0)
            return error_sys(err, -r, "talk to the container's init");
        if (message->type != MESSAGE_WARNING)
            return 0;
        warn_error(settings, &message->error);
    }
}
