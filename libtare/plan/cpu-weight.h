/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* cpu.shares of cgroup v1 (2..262144) → cpu.weight of v2 (1..10000):
 *
 *     weight = ceil(10 ^ ((l² + 125 l) / 612 - 7/34)),  l = log2(shares)
 *
 * which maps the ends and the default, 1024 → 100, exactly; runc 1.3.2 and crun 1.23 use the same.
 * Shares outside of the range count as its ends. */
uint32_t cpu_weight_from_shares(uint64_t shares);
