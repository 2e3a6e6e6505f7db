/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

#include "container/hold.h"

/* The caller's terminal and the container's, joined: what is typed goes in, what is printed comes
 * out, and the size follows. Used by a foreground run. */

struct proxy {
    int master; /* the container's pty; -1: no terminal */
    int host;   /* the caller's terminal among fds 0-2, -1: none */
    bool raw;   /* `before` has to be restored */
    struct termios before;
    bool input_open, output_open;
    /* What was read on one side and not yet taken by the other. */
    struct proxy_flow {
        char bytes[4096];
        size_t begin, end;
    } input, output;
};

#define PROXY_INIT ((struct proxy){.master = -1, .host = -1})

/* Takes the master over. Puts the caller's terminal into raw mode, when there is one. */
int proxy_open(struct proxy *proxy, int master, struct error *err);
/* Copy the caller's window size to the container's terminal, if there are both: when it has changed, and before the
 * program can look. */
void proxy_give_size(int master);

#define PROXY_POLLS 3
/* What to wait for, and what to do when it has come. */
void proxy_prepare(const struct proxy *proxy, struct pollfd polls[PROXY_POLLS]);
void proxy_handle(struct proxy *proxy, const struct pollfd polls[PROXY_POLLS]);
/* The program is gone: pass on what it has printed, unless a signal asks us to end before somebody reads it, and
 * restore the caller's terminal. */
void proxy_close(struct proxy *proxy, struct hold *hold);
