/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* A process that does nothing. systemd ends a scope that holds none, and takes none over that
 * starts without one; but a container's init is born into the finished cgroup. Between the two there
 * is this. It ends with us, whatever becomes of us. */

struct systemd_addresses;

struct holder {
    pid_t pid;
    int pidfd;  /* -1: there is none */
    int socket; /* where it introduces itself; its life: it ends when this is closed */
};

#define HOLDER_INIT ((struct holder){.pidfd = -1, .socket = -1})

int holder_start(struct holder *holder, const struct systemd_addresses *addresses,
                 struct error *err);
/* Kill it and wait for it: a frozen one would not notice that it is to end. */
void holder_end(struct holder *holder);
