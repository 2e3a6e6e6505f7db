/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdint.h>

#include "base/error.h"

/* Signals that are held back from the calling thread and read from an fd, so that they end an
 * operation in an orderly way or go on to the container. */

struct hold {
    int fd; /* signalfd, -1: nothing is held */
    sigset_t before;
    uint64_t kept; /* bit N-1 for a signal N that was read and not given out yet */
};

#define HOLD_INIT ((struct hold){.fd = -1})

/* Those that ask a program to end. */
int hold_ending(struct hold *hold, struct error *err);
/* All that go on to the container, as far as they can be held: not those about our own children and terminal. */
int hold_all(struct hold *hold, struct error *err);

/* The next one, 0 when there is none. Does not wait. */
int hold_next(struct hold *hold);

/* The next one that asks a program to end, 0 when there is none. Others are kept for hold_next(). */
int hold_next_ending(struct hold *hold);

/* What was not read yet is delivered now. */
void hold_release(struct hold *hold);
