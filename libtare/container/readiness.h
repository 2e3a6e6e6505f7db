/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "container/hold.h"
#include "container/home.h"

/* sd_notify(3) for programs in containers. The manager's socket is not handed into the container:
 * there, NOTIFY_SOCKET is a socket of ours in a directory of the container's home, which is mounted
 * at /run/notify, and all that is passed on is that the program is ready. Who it is, we say. */

/* Make the directory that will be mounted. */
int readiness_prepare(const struct home *home, struct error *err);

/* Make the socket in it, before the program runs: an fd. -ENOENT: the container was made without. */
int readiness_listen(const struct home *home, struct error *err);

/* Look at what has come: 1 ready, 0 not yet, or -errno. Does not wait. */
int readiness_read(int socket);
/* Wait until it is ready, or the process has ended: 1 or 0. -EINTR when a signal that `hold` has held back
 * asks for an end; NULL: none is. */
int readiness_wait(int socket, int pidfd, struct hold *hold, struct error *err);

/* Tell the manager at `path` (an abstract one begins with '@') that the service is ready, and its
 * main process; wait until it has taken note, at most 30 s. */
int readiness_tell(const char *path, pid_t pid, struct error *err);
