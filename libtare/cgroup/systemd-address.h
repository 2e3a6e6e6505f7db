/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Where a manager of systemd is reached. */

#define SYSTEMD_ADDRESSES 6

struct systemd_addresses {
    struct systemd_address {
        struct sockaddr_un address;
        socklen_t length;
        bool direct;            /* systemd itself, and not a message bus in front of it */
    } items[SYSTEMD_ADDRESSES]; /* to be tried in this order */
    size_t n;
};

/* Of the caller's own manager: DBUS_SESSION_BUS_ADDRESS, then what is in XDG_RUNTIME_DIR. Of the
 * system's: the usual places. May be none. */
struct systemd_addresses systemd_addresses(bool user);

/* Add those of a list as the D-Bus specification ("Server Addresses") writes it, as far as they are
 * sockets of this machine. */
void systemd_addresses_read(struct systemd_addresses *addresses, const char *list);

/* Connect to the first that listens, waiting for at most 10 s: the fd, or -errno of the first that
 * is there and does not. Async-signal-safe. */
int systemd_connect(const struct systemd_addresses *addresses, bool *ret_direct);
