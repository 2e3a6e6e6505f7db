/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* A process that does nothing. systemd ends a scope that holds none, and takes none over that
 * starts without one; but a container's init is born into the finished cgroup. Between the two there
 * is this. It ends with us, whatever becomes of us.
 *
 * It is also who connects to systemd: "the process at the other end of this connection" (pid 0) is
 * the one name for a process that is right in whatever pid namespace we are. */

struct systemd_addresses;

struct holder {
    pid_t pid;
    int pidfd;  /* -1: there is none */
    int socket; /* its life: it ends when this is closed */
};

#define HOLDER_INIT ((struct holder){.pidfd = -1, .socket = -1})

/* `*ret_bus` is the connection, `*ret_direct` as from systemd_connect(). -errno without an error set
 * when there is none. */
int holder_start(struct holder *holder, const struct systemd_addresses *addresses, int *ret_bus,
                 bool *ret_direct, struct error *err);
/* Kill it and wait for it: a frozen one would not notice that it is to end. */
void holder_end(struct holder *holder);
