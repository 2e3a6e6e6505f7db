/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Signals that are held back from the calling thread and read from an fd, so that they end an
 * operation in an orderly way or go on to the container. */

struct hold {
    int fd; /* signalfd, -1: nothing is held */
    sigset_t before;
    uint64_t kept; /* bit N-1 for a signal N that was read and not given out yet */
    bool exits;    /* the caller, when `over` */
    bool over;     /* whom they were for has ended: what comes now is for nobody */
};

#define HOLD_INIT ((struct hold){.fd = -1})

/* Those that ask a program to end. */
int hold_ending(struct hold *hold, struct error *err);
/* All that go on to the container, as far as they can be held: not those about our own children and terminal.
 * `exits`: the caller ends after us, so that they can stay blocked when the program has. */
int hold_all(struct hold *hold, bool exits, struct error *err);

/* The next one, 0 when there is none. Does not wait. */
int hold_next(struct hold *hold);

/* The next one that asks a program to end, 0 when there is none. Others are kept for hold_next(). */
int hold_next_ending(struct hold *hold);

/* What was not read yet is delivered now; dropped when it is `over`. */
void hold_release(struct hold *hold);
