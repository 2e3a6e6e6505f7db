/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "seccomp/seccomp.h"

/* What a profile says when its rules are read one by one, without a program: the judge where libseccomp is wrong.
 * `token` is libseccomp's name of an architecture. */

/* The answer of a filter that stands for an action: with its errno, which is EPERM when absent. */
uint32_t action_value(uint32_t action, struct opt_u32 data);

/* x86_64 and others have pseudo numbers for the calls of socketcall and ipc, too, and nothing behind them. */
bool is_multiplexed(uint32_t token, int number);

/* Whether libseccomp's answer is none that a rule which holds could give, and ours is one. */
bool reference_is_wrong(const struct seccomp *profile, uint32_t token,
                        const struct seccomp_data *data, uint32_t ours, uint32_t theirs);

/* Whether rules of this system call meet in such a way that libseccomp mixes up what they ask for (docs/seccomp.md). */
bool call_entangles(const struct seccomp *profile, uint32_t token, const struct seccomp_data *data);
