/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "container/settings.h"
#include "container/state.h"

/* A container, found again: its directory, what was written down and what it is doing. */

enum status {
    STATUS_CREATING,
    STATUS_CREATED,
    STATUS_RUNNING,
    STATUS_PAUSED,
    STATUS_STOPPED,
};

struct container {
    struct home home;
    struct state *state; /* NULL: a create ended, or is, before it knew anything */
    struct state *note;  /* then maybe what it was about to make */
    enum status status;
};

#define CONTAINER_INIT ((struct container){.home = HOME_INIT})

const char *status_name(enum status status);

/* Open it and find out. With `lock`, everything is read under the lock, which is held until
 * release. */
int container_open(struct container *container, struct arena *arena,
                   const struct settings *settings, const char *id, bool lock, struct error *err);
void container_release(struct container *container);

/* Status again, after something was done. */
int container_look(struct container *container, struct error *err);

/* Refuse to work on one that has stopped or is not complete yet: 0 or -errno. */
int container_refuse_lifeless(const struct container *container, struct error *err);

/* A pidfd of the init, checked to be the process that we made: -ESRCH when it is gone. */
int container_pidfd(const struct container *container);
