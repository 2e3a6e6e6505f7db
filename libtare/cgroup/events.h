/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* cgroup.events: the two facts that change by themselves, "populated" and "frozen". The kernel
 * wakes a poll(2) for POLLPRI on a change (cgroups(7)). */

/* 1, 0 or -errno. */
int events_read(int dirfd, const char *key);
/* Wait until `key` is `value`, until the monotonic time `deadline` in milliseconds: 0, -ETIMEDOUT
 * or -errno (-ENOENT, -ENODEV: the cgroup is gone). */
int events_wait(int dirfd, const char *key, bool value, int64_t deadline);

int64_t monotonic_ms(void);
