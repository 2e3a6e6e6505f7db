/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* Device rules → eBPF. The input is a list of rules, six bytes each: flags, access, major, minor. */

#define RULE_SIZE 6
#define MAX_RULES 64

static int64_t number(const uint8_t *bytes)
{
    int64_t value = bytes[0] | bytes[1] << 8;
    if (value == 0xffff)
        return -1;
    /* The largest numbers of the kernel too. */
    return bytes[1] == 0xfe ? 0xfff00 + bytes[0] : value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char types[] = {'a', 'b', 'c', 'c'};
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct plan_device_rule rules[MAX_RULES] = {
        {.type = 'a',
         .major = -1,
         .minor = -1,
         .access = DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD}};
    size_t n_rules = 1;
    for (; n_rules < MAX_RULES && size >= RULE_SIZE; data += RULE_SIZE, size -= RULE_SIZE)
        rules[n_rules++] = (struct plan_device_rule){
            .allow = data[0] & 1,
            .type = types[data[0] >> 1 & 3],
            .major = number(data + 2),
            .minor = number(data + 4),
            .access = data[1] % 7 + 1,
        };
    struct bpf_insn *code = NULL;
    size_t n = 0;
    int r = device_program_make(&arena, rules, n_rules, &code, &n);
    FUZZ_CHECK(r == 0, "returned %d", r);
    fuzz_check_device_program(rules, n_rules, code, n);
    return 0;
}
