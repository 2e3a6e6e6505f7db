/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs are run over whole grids of requests, and compared with the plainest reading of
 * the rules. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "cgroup/device-program.h"
#include "tests/support/device-machine.h"

static bool program_permits(const struct bpf_insn *code, size_t n,
                            const struct device_request *request)
{
    bool permitted;
    const char *fault = device_program_run(code, n, request, &permitted);
    cr_assert(eq(ptr, (void *)fault, NULL), "the program %s", fault);
    return permitted;
}

struct numbers {
    uint32_t items[128];
    size_t n;
};

static void add_number(struct numbers *numbers, int64_t number)
{
    bool known = number < 0 || numbers->n == ELEMENTSOF(numbers->items);
    for (size_t i = 0; i < numbers->n && !known; i++) {
        known = numbers->items[i] == (uint32_t)number;
    }
    if (!known)
        numbers->items[numbers->n++] = (uint32_t)number;
}

/* Compare the two for all that the rules name, their neighbours and the ends of the number ranges.
 * Returns the length of the program. */
static size_t compare(const struct plan_device_rule *rules, size_t n_rules)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct bpf_insn *code;
    size_t n;
    struct numbers numbers = {.items = {0, 1, 42, 0xfff, 0xfffff}, .n = 5};
    cr_assert(eq(int, device_program_make(&arena, rules, n_rules, &code, &n), 0));
    for (size_t i = 0; i < n_rules; i++) {
        for (int k = -1; k <= 1; k++) {
            add_number(&numbers, rules[i].major + k);
            add_number(&numbers, rules[i].minor + k);
        }
    }
    for (size_t i = 0; i < numbers.n; i++) {
        for (size_t j = 0; j < numbers.n; j++) {
            for (unsigned k = 0; k < 16; k++) {
                struct device_request request = {k & 8 ? 'b' : 'c', numbers.items[i] & 0xfff,
                                                 numbers.items[j] & 0xfffff, k & 7};
                bool expected = device_rules_permit(rules, n_rules, &request);
                if (program_permits(code, n, &request) != expected)
                    cr_fatal("%c %u:%u access %u must be %s", request.type, request.major,
                             request.minor, request.access, expected ? "allowed" : "denied");
            }
        }
    }
    return n;
}

/* ---- the rules ---- */

#define R   DEVICE_READ
#define W   DEVICE_WRITE
#define M   DEVICE_MKNOD
#define RWM (R | W | M)
#define ALLOW(type, major, minor, access)                                                          \
    {                                                                                              \
        true, type, major, minor, access                                                           \
    }
#define DENY(type, major, minor, access)                                                           \
    {                                                                                              \
        false, type, major, minor, access                                                          \
    }

#define DEFAULT_RULES                                                                              \
    ALLOW('c', -1, -1, M), ALLOW('b', -1, -1, M), ALLOW('c', 1, 3, RWM), ALLOW('c', 1, 8, RWM),    \
        ALLOW('c', 1, 7, RWM), ALLOW('c', 5, 0, RWM), ALLOW('c', 1, 5, RWM),                       \
        ALLOW('c', 1, 9, RWM), ALLOW('c', 5, 1, RWM), ALLOW('c', 136, -1, RWM),                    \
        ALLOW('c', 5, 2, RWM), ALLOW('c', 10, 200, RWM)

static const struct plan_device_rule podman[] = {DENY('a', -1, -1, RWM), DEFAULT_RULES};

static const struct plan_device_rule containerd[] = {
    DENY('a', -1, -1, RWM),   ALLOW('c', 1, 3, RWM), ALLOW('c', 1, 8, RWM), ALLOW('c', 1, 7, RWM),
    ALLOW('c', 5, 0, RWM),    ALLOW('c', 1, 5, RWM), ALLOW('c', 1, 9, RWM), ALLOW('c', 5, 1, RWM),
    ALLOW('c', 136, -1, RWM), ALLOW('c', 5, 2, RWM), DEFAULT_RULES,
};

static const struct plan_device_rule docker[] = {
    DENY('a', -1, -1, RWM), ALLOW('c', 1, 5, RWM), ALLOW('c', 1, 3, RWM), ALLOW('c', 1, 9, RWM),
    ALLOW('c', 1, 8, RWM),  ALLOW('c', 5, 0, RWM), ALLOW('c', 5, 1, RWM), DENY('c', 10, 229, RWM),
    DENY('a', -1, -1, RWM), ALLOW('c', 1, 5, RWM), ALLOW('c', 1, 3, RWM), ALLOW('c', 1, 9, RWM),
    ALLOW('c', 1, 8, RWM),  ALLOW('c', 5, 0, RWM), ALLOW('c', 5, 1, RWM), DENY('c', 10, 229, RWM),
    DEFAULT_RULES,
};

Test(device_program, rules_of_engines)
{
    size_t n = compare(podman, ELEMENTSOF(podman));
    cr_expect(n <= 32, "%zu instructions", n);
    /* What is said twice costs once. */
    cr_expect(eq(sz, compare(containerd, ELEMENTSOF(containerd)), n));
}

Test(device_program, docker_denies_fuse_by_name)
{
    size_t n = compare(docker, ELEMENTSOF(docker));
    cr_expect(n <= 36, "%zu instructions", n);
}

Test(device_program, nothing_denied_needs_no_program)
{
    const struct plan_device_rule all[] = {ALLOW('a', -1, -1, RWM)};
    const struct plan_device_rule privileged[] = {DENY('c', 1, 3, W), ALLOW('a', -1, -1, RWM),
                                                  ALLOW('c', 10, 200, RWM)};
    const struct plan_device_rule in_parts[] = {ALLOW('c', -1, -1, R | W), ALLOW('b', -1, -1, RWM),
                                                ALLOW('c', -1, -1, M)};
    cr_expect(eq(sz, compare(all, 1), 0));
    cr_expect(eq(sz, compare(privileged, 3), 0));
    cr_expect(eq(sz, compare(in_parts, 3), 0));
}

Test(device_program, no_rules_deny)
{
    cr_expect(compare(NULL, 0) > 0);
}

Test(device_program, letters_are_decided_one_by_one)
{
    const struct plan_device_rule rules[] = {ALLOW('c', -1, -1, RWM), DENY('c', 1, 3, W)};
    const struct device_request read = {'c', 1, 3, R}, write = {'c', 1, 3, W},
                                both = {'c', 1, 3, R | W};
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct bpf_insn *code;
    size_t n;
    cr_assert(eq(int, device_program_make(&arena, rules, 2, &code, &n), 0));
    cr_expect(program_permits(code, n, &read));
    cr_expect(not(program_permits(code, n, &write)));
    cr_expect(not(program_permits(code, n, &both)), "opening for both must not slip through");
    compare(rules, 2);
}

Test(device_program, last_match_wins)
{
    const struct plan_device_rule rules[] = {DENY('a', -1, -1, RWM), ALLOW('c', 1, 3, RWM),
                                             DENY('c', 1, 3, RWM)};
    const struct device_request request = {'c', 1, 3, R};
    cr_expect(not(device_rules_permit(rules, 3, &request)));
    compare(rules, 3);
}

Test(device_program, neighbours_become_one_range)
{
    struct plan_device_rule rules[201] = {DENY('a', -1, -1, RWM)};
    for (int i = 0; i < 100; i++) {
        rules[1 + i] = (struct plan_device_rule)ALLOW('b', 8, i, R | W);
        rules[101 + i] = (struct plan_device_rule)ALLOW('c', 100 + i, -1, RWM);
    }
    size_t n = compare(rules, 60);
    cr_expect(n < 24, "%zu instructions", n);
    cr_expect(compare(rules, ELEMENTSOF(rules)) < 28);
}

Test(device_program, a_minor_of_any_major)
{
    const struct plan_device_rule rules[] = {DENY('a', -1, -1, RWM), ALLOW('c', -1, 5, R),
                                             ALLOW('c', 7, -1, W), DENY('b', 3, 1, M),
                                             ALLOW('a', 3, 1, RWM)};
    compare(rules, ELEMENTSOF(rules));
}

Test(device_program, numbers_that_no_device_has_match_none)
{
    const struct plan_device_rule rules[] = {DENY('a', -1, -1, RWM),
                                             ALLOW('c', 0x100000000, 3, RWM),
                                             ALLOW('c', 1, 0x100000, RWM), ALLOW('b', -7, -1, RWM)};
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct bpf_insn *code;
    size_t n;
    const struct device_request zero = {'c', 0, 3, R}, wrapped = {'c', 1, 0, R},
                                block = {'b', 1, 1, R};
    cr_assert(eq(int, device_program_make(&arena, rules, 4, &code, &n), 0));
    cr_expect(not(program_permits(code, n, &zero)));
    cr_expect(not(program_permits(code, n, &wrapped)));
    cr_expect(not(program_permits(code, n, &block)));
}

Test(device_program, random_rules)
{
    srandom(20240229);
    for (int round = 0; round < 1000; round++) {
        struct plan_device_rule rules[24];
        size_t n = (size_t)random() % ELEMENTSOF(rules);
        for (size_t i = 0; i < n; i++) {
            rules[i] = (struct plan_device_rule){
                .allow = random() & 1,
                .type = "acb"[random() % 3],
                .major = random() % 5 - 1,
                .minor = random() % 6 - 1,
                .access = (unsigned)random() % 8,
            };
        }
        compare(rules, n);
    }
}
