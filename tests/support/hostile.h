/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "tests/support/run.h"

/* Containers that attack. */

/* Exchange two names for ever. */
pid_t swapper_start(const char *one, const char *other);
void swapper_end(pid_t pid);

/* Of struct setting.prepare: leave descriptors of the directory `data` open, from 7 on. */
void hostile_leak(const void *data);

/* Create and start a container of bundle_new_busybox() that runs the script, with what it takes to trace others. */
void hostile_script_run(struct bundle *bundle, const char *script);
