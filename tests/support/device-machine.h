/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cgroup/device-program.h"

/* Device programs, judged without the kernel: by unit tests and by fuzzers. */

struct device_request {
    char type; /* 'b' or 'c' */
    unsigned major, minor;
    unsigned access; /* DEVICE_READ and others */
};

/* What the rules say, in their plainest reading: each letter by itself, the last rule that names it
 * for the device decides. */
bool device_rules_permit(const struct plan_device_rule *rules, size_t n,
                         const struct device_request *request);

/* What the program says, run by a small eBPF machine; an empty program permits all. NULL with
 * *permitted, or what the kernel's verifier would refuse: a register read before it is written, a
 * jump out of the program or backwards, running off its end. */
const char *device_program_run(const struct bpf_insn *code, size_t n,
                               const struct device_request *request, bool *permitted);
