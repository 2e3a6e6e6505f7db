/* SPDX-License-Identifier: Apache-2.0 */
#include "container/talk.h"

#include <errno.h>
#include <poll.h>

int talk_check_interruption(struct hold *hold, struct error *err)
{
    int signal = hold_next_ending(hold);
    return signal == 0 ? 0 : error_set(err, EINTR, "interrupted by SIG%s", sigabbrev_np(signal));
}

static int check(void *data, struct error *err)
{
    return talk_check_interruption(data, err);
}

struct interruption talk_interruption(struct hold *hold)
{
    return (struct interruption){.fd = hold->fd, .check = check, .data = hold};
}

static int wait_for_message(int channel, struct hold *hold, struct error *err)
{
    struct pollfd fds[] = {
        {.fd = channel, .events = POLLIN},
        {.fd = hold->fd, .events = POLLIN},
    };
    for (;;) {
        if (poll(fds, ELEMENTSOF(fds), -1) < 0) {
            if (errno != EINTR)
                return error_sys(err, errno, "poll");
            continue;
        }
        /* What the child says comes first: when it has become the program, signals are for that. */
        if (fds[0].revents)
            return 0;
        int r = talk_check_interruption(hold, err);
        if (r < 0)
            return r;
    }
}

int talk_receive(int channel, struct hold *hold, const struct settings *settings,
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
