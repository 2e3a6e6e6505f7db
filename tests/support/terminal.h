/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

/* Terminals: one to call tare on, and the socket on which an engine receives a container's. */

/* A new pseudo terminal: the master, and the name of the other end. */
int terminal_open(const char **ret_name);
/* As setting.prepare: `data` is the name of a terminal, which becomes stdin, stdout and stderr and the
 * controlling one of a new session. */
void terminal_enter(const void *data);
/* Read what is written to a terminal until `until` appears, for at most 10 s; fails the test otherwise. */
char *terminal_read_until(int master, const char *until);
void terminal_resize(int master, int rows, int columns);
/* What is done to the terminal that tare was called on is seen on that of the container, where a program runs
 * TERMINAL_WORDS, from its first size of 33 x 77 until it has read a line and ends with 42. */
#define TERMINAL_WORDS "trap 28 ; tty ; say ready ; wait 1 ; tty ; readfd 0 ; exit 42"
void terminal_follow(int master);

/* A listening stream socket at a path. */
int console_socket_listen(const char *path);
/* Accept one connection and receive its one message: the text, and its one descriptor. `size` is what the
 * receiver has room for. */
int socket_receive(int listener, char *text, size_t size);
/* The same, of a terminal's master. */
int console_socket_receive(int listener);
