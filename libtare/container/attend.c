/* SPDX-License-Identifier: Apache-2.0 */
#include "container/attend.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "container/proxy.h"
#include "sys/process.h"

struct attended {
    int pidfd;
    struct hold *hold;
    struct proxy proxy;
    struct attend_event *event;
};

static void handle_event(struct attend_event *event)
{
    if (!event->handle(event->data))
        event->fd = -1;
}

void attend_forward(int pidfd, int master, struct hold *hold)
{
    int signal;
    while ((signal = hold_next(hold)) > 0) {
        if (signal == SIGWINCH)
            proxy_give_size(master);
        else
            (void)sys_pidfd_send_signal(pidfd, signal);
    }
}

/* Until the program has ended: its wait status. */
static int wait_for_end(struct attended *attended, int *ret_status, struct error *err)
{
    struct proxy *proxy = &attended->proxy;
    /* Those that came before there was a program to get them. */
    if (attended->hold->kept != 0)
        attend_forward(attended->pidfd, proxy->master, attended->hold);
    for (;;) {
        struct pollfd polls[3 + PROXY_POLLS] = {
            {.fd = attended->pidfd, .events = POLLIN},
            {.fd = attended->hold->fd, .events = POLLIN},
            {.fd = attended->event ? attended->event->fd : -1, .events = POLLIN},
        };
        bool has_terminal = proxy->master >= 0;
        if (has_terminal)
            proxy_prepare(proxy, polls + 3);
        if (poll(polls, has_terminal ? ELEMENTSOF(polls) : 3, -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_sys(err, errno, "poll");
        }
        if (polls[1].revents)
            attend_forward(attended->pidfd, proxy->master, attended->hold);
        if (polls[2].revents)
            handle_event(attended->event);
        if (polls[0].revents)
            break;
        if (has_terminal)
            proxy_handle(proxy, polls + 3);
    }
    int r = sys_pidfd_wait(attended->pidfd, ret_status);
    attended->hold->over = r == 0;
    return r < 0 ? error_sys(err, -r, "wait for the program") : 0;
}

int attend(int pidfd, int master, struct hold *hold, struct attend_event *event, int *ret_status,
           struct error *err)
{
    struct attended attended = {.pidfd = pidfd, .hold = hold, .proxy = PROXY_INIT, .event = event};
    int status = 0;
    int r = master >= 0 ? proxy_open(&attended.proxy, master, err) : 0;
    if (r == 0)
        r = wait_for_end(&attended, &status, err);
    proxy_close(&attended.proxy, hold);
    if (r == 0)
        *ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return r;
}
