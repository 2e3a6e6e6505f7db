/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct systemd_addresses;

/* A process that systemd is to move connects to it, and gives the connection to its maker, who does the talking:
 * "the process at the other end of this connection" (pid 0) is the one name for a process that is right in whatever
 * pid namespace we are. */

/* In the process, by its end of a SOCK_SEQPACKET pair. Async-signal-safe. 0 or -errno. */
int introduction_send(int socket, const struct systemd_addresses *addresses);

/* In its maker: `*ret_bus` is the connection, `*ret_direct` as from systemd_connect(). -errno without an error set
 * when there is none. */
int introduction_receive(int socket, int *ret_bus, bool *ret_direct, struct error *err);
