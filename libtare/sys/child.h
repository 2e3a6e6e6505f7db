/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* Something done by a child process, because it cannot be taken back or must not be seen, and how its failure comes
 * back. */

/* Run `act` in a child with fork semantics, in new namespaces (CLONE_*), and wait for it: what it returns, and
 * the error that it sets. */
int child_run(uint64_t namespaces, int (*act)(void *data, struct error *err), void *data,
              struct error *err);

/* The same by hand, over the ends of a pipe that are close-on-exec. In the child, which ends: */
_noreturn_ void child_report(int to, struct error *failure);
/* In the parent, which has closed its own copy of the other end: 0 when nothing was reported. */
int child_hear(int from, struct error *err);
