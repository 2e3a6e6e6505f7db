/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"
#include "tests/support/device-machine.h"

/* Runs device programs, and reads the rules in the plainest way, for all that the rules name. */

#define CHECKED_RULES 24 /* of a long list: each costs a request per device */

static void ask(const struct plan_device_rule *rules, size_t n_rules, const struct bpf_insn *code,
                size_t n, int64_t major, int64_t minor)
{
    /* The kernel has no others (include/linux/kdev_t.h), and rules for them mean nothing. */
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff)
        return;
    for (unsigned k = 0; k < 16; k++) {
        const struct device_request request = {k & 8 ? 'b' : 'c', (unsigned)major, (unsigned)minor,
                                               k & 7};
        bool expected = device_rules_permit(rules, n_rules, &request), granted;
        const char *fault = device_program_run(code, n, &request, &granted);
        FUZZ_CHECK(!fault, "the program %s", fault);
        FUZZ_CHECK(granted == expected, "%c %u:%u access %u must be %s", request.type,
                   request.major, request.minor, request.access, expected ? "allowed" : "denied");
    }
}

void fuzz_check_device_program(const struct plan_device_rule *rules, size_t n_rules,
                               const struct bpf_insn *code, size_t n)
{
    ask(rules, n_rules, code, n, 77, 88);
    for (size_t i = 0; i < n_rules && i < CHECKED_RULES; i++) {
        int64_t major = rules[i].major < 0 ? 42 : rules[i].major;
        int64_t minor = rules[i].minor < 0 ? 43 : rules[i].minor;
        for (int k = -1; k <= 1; k++) {
            ask(rules, n_rules, code, n, major + k, minor);
            ask(rules, n_rules, code, n, major, minor + k);
        }
    }
}
