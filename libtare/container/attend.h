/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/hold.h"

/* Something else to wait for. */
struct attend_event {
    int fd;                     /* to be read; -1: nothing (any more) */
    bool (*handle)(void *data); /* false: nothing any more */
    void *data;
};

/* In the foreground: see a program through to its end. What is typed goes in and what is printed comes out,
 * when it has a terminal; signals go on to it; its window follows ours. */

/* Pass on the signals that are held; SIGWINCH by copying the window to `master`, unless that is -1. */
void attend_forward(int pidfd, int master, struct hold *hold);

/* `master` is taken over; -1: no terminal. `*ret_status`: the program's exit status, or 128+n when signal n
 * ended it. The process is reaped, and `hold` is over. `event` may be NULL. */
int attend(int pidfd, int master, struct hold *hold, struct attend_event *event, int *ret_status,
           struct error *err);
