/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/hold.h"

/* AF_UNIX sockets by names of any length: what does not fit into sun_path goes by way of its
 * directory's fd and /proc/self/fd. fds are CLOEXEC. */

/* Connect to a listening stream socket: an fd or -errno. `option` names the command line option or
 * property that asked for it. The fd does not block. A signal of `hold` that asks us to end gives -EINTR;
 * NULL: none is held. */
int unix_connect(const char *path, const char *option, struct hold *hold, struct error *err);

/* The same for datagrams, without an error text: '@' in front is for an abstract name. */
int unix_connect_datagram(const char *path);
/* Make a datagram socket by a name below a directory. */
int unix_bind_datagram(int directory, const char *name);

/* The start socket of a created container, SOCK_SEQPACKET, in its directory. */
int start_socket_listen(int home_fd, struct error *err);
/* -ECONNREFUSED: nobody waits there any more. */
int start_socket_connect(int home_fd, struct error *err);
