/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* One message of `length` bytes on a Unix socket, with `fd` as its only right (unix(7), SCM_RIGHTS) unless it
 * is -1. A stream socket carries no right without a byte. No SIGPIPE. 0 or -errno. */
int fd_passing_send(int socket, const void *bytes, size_t length, int fd);

/* The same for what may be more than the socket takes at once: the number of bytes that went, or
 * -errno. The right went with them. */
long fd_passing_send_some(int socket, const void *bytes, size_t length, int fd);

/* Receive one message of at most `size` bytes: the number of bytes, 0 at end of file, or -errno. *ret_fd is
 * the fd that came with it, CLOEXEC and the caller's, or -1. */
long fd_passing_receive(int socket, void *bytes, size_t size, int *ret_fd);
