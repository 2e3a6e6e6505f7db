/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/hold.h"
#include "container/state.h"

/* The agent that answers for SCMP_ACT_NOTIFY: config-linux.md, `listenerPath` and "The Container
 * Process State". Each process that loads the filter has a connection of its own. */

/* Is there a socket to connect to? For `create`, which does not connect: a connection is there to
 * carry a listener at once. */
int seccomp_agent_check(const struct plan_listener *listener, struct error *err);

/* Connect; *ret stays -1 when no listener is to be expected. Before the process is let go, so that
 * it waits for nothing but the sending. An agent that does nothing may keep us waiting here and there: a signal
 * of `hold` that asks us to end gives -EINTR; NULL: none is held. */
int seccomp_agent_connect(const struct plan_listener *listener, struct hold *hold, int *ret,
                          struct error *err);

/* Send the listener of process `pid`, with the state in which its container is. The connection is to
 * be closed then. */
int seccomp_agent_send(int agent, const struct state *state, const char *status, pid_t pid,
                       int listener, struct hold *hold, struct error *err);
