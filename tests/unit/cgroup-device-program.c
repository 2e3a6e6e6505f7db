/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs are run by a small eBPF machine of our own over whole grids of requests, and
 * compared with the plainest reading of the rules. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/device-program.h"

/* ---- the machine ---- */

#define REGISTERS 11

/* Operand of an ALU or jump instruction. */
static uint32_t operand(const struct bpf_insn *insn, const uint32_t *reg)
{
    return BPF_SRC(insn->code) == BPF_X ? reg[insn->src_reg] : (uint32_t)insn->imm;
}

static uint32_t load(const struct bpf_insn *insn, const struct bpf_cgroup_dev_ctx *context)
{
    uint32_t value;
    cr_assert(eq(int, insn->src_reg, BPF_REG_1), "only the context is read");
    cr_assert(insn->off >= 0 && (size_t)insn->off + 4 <= sizeof(*context) && insn->off % 4 == 0);
    memcpy(&value, (const char *)context + insn->off, 4);
    return value;
}

static bool condition(uint8_t code, uint32_t a, uint32_t b)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return a == b;
    case BPF_JNE:
        return a != b;
    case BPF_JLT:
        return a < b;
    case BPF_JLE:
        return a <= b;
    case BPF_JGT:
        return a > b;
    default:
        cr_fatal("unknown condition %#x", code);
    }
}

static uint32_t alu(uint8_t code, uint32_t a, uint32_t b)
{
    switch (BPF_OP(code)) {
    case BPF_MOV:
        return b;
    case BPF_AND:
        return a & b;
    case BPF_RSH:
        return a >> b;
    default:
        cr_fatal("unknown operation %#x", code);
    }
}

/* Run a program. What the kernel's verifier would refuse fails the test: a register read before it
 * is written, a jump out of the program or backwards, running off the end. */
static bool run(const struct bpf_insn *code, size_t n, const struct bpf_cgroup_dev_ctx *context)
{
    uint32_t reg[REGISTERS] = {0};
    bool written[REGISTERS] = {[BPF_REG_1] = true};
    for (size_t at = 0; at < n; at++) {
        const struct bpf_insn *insn = &code[at];
        uint8_t class = BPF_CLASS(insn->code);
        cr_assert(insn->dst_reg < REGISTERS && insn->src_reg < REGISTERS);
        if (insn->code == (BPF_JMP | BPF_EXIT)) {
            cr_assert(written[BPF_REG_0]);
            return reg[BPF_REG_0] != 0;
        }
        if (class == BPF_LDX) {
            cr_assert(eq(int, insn->code, BPF_LDX | BPF_MEM | BPF_W));
            reg[insn->dst_reg] = load(insn, context);
            written[insn->dst_reg] = true;
            continue;
        }
        bool reads_target = insn->code != (BPF_JMP | BPF_JA) &&
                            !(class == BPF_ALU && BPF_OP(insn->code) == BPF_MOV);
        cr_assert(written[insn->dst_reg] || !reads_target, "register %d", insn->dst_reg);
        cr_assert(written[insn->src_reg] || BPF_SRC(insn->code) != BPF_X);
        if (class == BPF_ALU) {
            reg[insn->dst_reg] = alu(insn->code, reg[insn->dst_reg], operand(insn, reg));
            written[insn->dst_reg] = true;
            continue;
        }
        cr_assert(insn->code == (BPF_JMP | BPF_JA) || class == BPF_JMP32, "code %#x", insn->code);
        cr_assert(insn->off >= 0 && at + 1 + (size_t)insn->off < n);
        if (insn->code == (BPF_JMP | BPF_JA) ||
            condition(insn->code, reg[insn->dst_reg], operand(insn, reg)))
            at += (size_t)insn->off;
    }
    cr_fatal("ran off the end");
}

/* ---- the reference ---- */

struct request {
    char type;
    uint32_t major, minor;
    unsigned access;
};

/* Each letter by itself: the last rule that names it for this device decides. */
static bool permits(const struct plan_device_rule *rules, size_t n, const struct request *request)
{
    for (unsigned bit = 1; bit <= DEVICE_WRITE; bit <<= 1) {
        bool allowed = false;
        if (!(request->access & bit))
            continue;
        for (size_t i = 0; i < n; i++) {
            bool matches = (rules[i].type == 'a' || rules[i].type == request->type) &&
                           (rules[i].major == -1 || rules[i].major == (int64_t)request->major) &&
                           (rules[i].minor == -1 || rules[i].minor == (int64_t)request->minor) &&
                           (rules[i].access & bit);
            if (matches)
                allowed = rules[i].allow;
        }
        if (!allowed)
            return false;
    }
    return true;
}

static bool program_permits(const struct bpf_insn *code, size_t n, const struct request *request)
{
    struct bpf_cgroup_dev_ctx context = {
        .access_type = (request->access << 16) |
                       (request->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK),
        .major = request->major,
        .minor = request->minor,
    };
    return n == 0 || run(code, n, &context);
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
                struct request request = {k & 8 ? 'b' : 'c', numbers.items[i] & 0xfff,
                                          numbers.items[j] & 0xfffff, k & 7};
                bool expected = permits(rules, n_rules, &request);
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
    const struct request read = {'c', 1, 3, R}, write = {'c', 1, 3, W}, both = {'c', 1, 3, R | W};
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
    const struct request request = {'c', 1, 3, R};
    cr_expect(not(permits(rules, 3, &request)));
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
    const struct request zero = {'c', 0, 3, R}, wrapped = {'c', 1, 0, R}, block = {'b', 1, 1, R};
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
