/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Terminals: one to call tare on, and the socket on which an engine receives a container's. */

/* A new pseudo terminal: the master, and the name of the other end. */
int terminal_open(const char **ret_name);
/* As setting.prepare: `data` is the name of a terminal, which becomes stdin, stdout and stderr and the
 * controlling one of a new session. */
void terminal_enter(const void *data);
/* Read what is written to a terminal until `until` appears, for at most 10 s; fails the test otherwise. */
char *terminal_read_until(int master, const char *until);
void terminal_resize(int master, int rows, int columns);

/* A listening stream socket at a path. */
int console_socket_listen(const char *path);
/* Accept one connection and receive one message with exactly one descriptor, the terminal's master. */
int console_socket_receive(int listener);
