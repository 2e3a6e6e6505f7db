/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* Runs device programs, and reads the rules in the plainest way, for all that the rules name. */

#define REGISTERS     11
#define CHECKED_RULES 24 /* of a long list: each costs a request per device */

struct request {
    char type;
    uint32_t major, minor;
    unsigned access;
};

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
        FUZZ_CHECK(0, "condition %#x", code);
        return false;
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
        FUZZ_CHECK(0, "operation %#x", code);
        return 0;
    }
}

static bool runs_to_grant(const struct bpf_insn *code, size_t n,
                          const struct bpf_cgroup_dev_ctx *context)
{
    uint32_t reg[REGISTERS] = {0};
    bool written[REGISTERS] = {[BPF_REG_1] = true};
    for (size_t at = 0; at < n; at++) {
        const struct bpf_insn *insn = &code[at];
        uint8_t class = BPF_CLASS(insn->code);
        bool has_source = BPF_SRC(insn->code) == BPF_X;
        FUZZ_CHECK(insn->dst_reg < REGISTERS && insn->src_reg < REGISTERS, "registers");
        if (insn->code == (BPF_JMP | BPF_EXIT)) {
            FUZZ_CHECK(written[BPF_REG_0], "exit without a result");
            return reg[BPF_REG_0] != 0;
        }
        if (class == BPF_LDX) {
            FUZZ_CHECK(insn->code == (BPF_LDX | BPF_MEM | BPF_W) && insn->src_reg == BPF_REG_1 &&
                           insn->off >= 0 && insn->off % 4 == 0 &&
                           (size_t)insn->off + 4 <= sizeof(*context),
                       "load %zu", at);
            memcpy(&reg[insn->dst_reg], (const char *)context + insn->off, 4);
            written[insn->dst_reg] = true;
            continue;
        }
        bool is_jump = insn->code == (BPF_JMP | BPF_JA);
        bool is_move = class == BPF_ALU && BPF_OP(insn->code) == BPF_MOV;
        FUZZ_CHECK(is_jump || is_move || written[insn->dst_reg], "%zu reads nothing", at);
        FUZZ_CHECK(is_jump || !has_source || written[insn->src_reg], "%zu reads nothing", at);
        uint32_t operand = has_source ? reg[insn->src_reg] : (uint32_t)insn->imm;
        if (class == BPF_ALU) {
            reg[insn->dst_reg] = alu(insn->code, reg[insn->dst_reg], operand);
            written[insn->dst_reg] = true;
            continue;
        }
        FUZZ_CHECK(is_jump || class == BPF_JMP32, "%zu has code %#x", at, insn->code);
        FUZZ_CHECK(insn->off >= 0 && at + 1 + (size_t)insn->off < n, "%zu jumps away", at);
        if (is_jump || condition(insn->code, reg[insn->dst_reg], operand))
            at += (size_t)insn->off;
    }
    FUZZ_CHECK(0, "the program runs off its end");
    return false;
}

static bool permits(const struct plan_device_rule *rules, size_t n, const struct request *request)
{
    for (unsigned bit = 1; bit <= DEVICE_WRITE; bit <<= 1) {
        bool allowed = false;
        if (!(request->access & bit))
            continue;
        for (size_t i = 0; i < n; i++)
            if ((rules[i].type == 'a' || rules[i].type == request->type) &&
                (rules[i].major == -1 || rules[i].major == (int64_t)request->major) &&
                (rules[i].minor == -1 || rules[i].minor == (int64_t)request->minor) &&
                (rules[i].access & bit))
                allowed = rules[i].allow;
        if (!allowed)
            return false;
    }
    return true;
}

static void ask(const struct plan_device_rule *rules, size_t n_rules, const struct bpf_insn *code,
                size_t n, int64_t major, int64_t minor)
{
    /* The kernel has no others (include/linux/kdev_t.h), and rules for them mean nothing. */
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff)
        return;
    for (unsigned k = 0; k < 16; k++) {
        struct request request = {k & 8 ? 'b' : 'c', (uint32_t)major, (uint32_t)minor, k & 7};
        struct bpf_cgroup_dev_ctx context = {
            .access_type =
                request.access << 16 | (unsigned)(k & 8 ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
            .major = request.major,
            .minor = request.minor,
        };
        bool expected = permits(rules, n_rules, &request);
        bool granted = n == 0 || runs_to_grant(code, n, &context);
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
