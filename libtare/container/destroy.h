/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/settings.h"
#include "container/status.h"

/* The end of a container: kill what lives, remove the cgroup and the directory, run the poststop
 * hooks. Waits for a bounded time. The lock is held by the caller. */
int container_destroy(struct container *container, const struct settings *settings,
                      struct error *err);

/* Only the first part: SIGKILL to the init and, when it does not take them along, to all others. */
int container_kill_all(const struct container *container, struct error *err);
