/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/bpf.h>

#include "base/arena.h"
#include "plan/plan.h"

/* Device rules → program of type BPF_PROG_TYPE_CGROUP_DEVICE. Pure.
 *
 * Meaning of the rules: each of read, write and mknod is decided by itself, by the last rule that
 * matches the device and has that letter; what no rule decides is denied. A request (open for
 * reading and writing) is granted when all that it asks for is. So `allow c *:* rwm; deny c 1:3 w`
 * leaves 1:3 readable, and an open of it for reading and writing fails, as in the device controller
 * of cgroup v1.
 *
 * `*ret_n` is 0 when everything is allowed: no program is needed. 0 or -ENOMEM. */
int device_program_make(struct arena *arena, const struct plan_device_rule *rules, size_t n_rules,
                        struct bpf_insn **ret, size_t *ret_n);
