/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/device-machine.h"

#include <stdint.h>
#include <string.h>

#define REGISTERS 11

struct machine {
    const struct bpf_cgroup_dev_ctx *context;
    uint32_t reg[REGISTERS];
    bool written[REGISTERS];
    const char *fault;
};

bool device_rules_permit(const struct plan_device_rule *rules, size_t n,
                         const struct device_request *request)
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

static bool fault(struct machine *machine, const char *what)
{
    machine->fault = what;
    return false;
}

static bool load(struct machine *machine, const struct bpf_insn *insn)
{
    const struct bpf_cgroup_dev_ctx *context = machine->context;
    if (insn->code != (BPF_LDX | BPF_MEM | BPF_W) || insn->src_reg != BPF_REG_1)
        return fault(machine, "loads something else than a word of the context");
    if (insn->off < 0 || insn->off % 4 != 0 || (size_t)insn->off + 4 > sizeof(*context))
        return fault(machine, "loads from beside the context");
    memcpy(&machine->reg[insn->dst_reg], (const char *)context + insn->off, 4);
    machine->written[insn->dst_reg] = true;
    return true;
}

static uint32_t operand(const struct machine *machine, const struct bpf_insn *insn)
{
    return BPF_SRC(insn->code) == BPF_X ? machine->reg[insn->src_reg] : (uint32_t)insn->imm;
}

static bool compute(struct machine *machine, const struct bpf_insn *insn)
{
    uint32_t *reg = &machine->reg[insn->dst_reg];
    uint32_t value = operand(machine, insn);
    machine->written[insn->dst_reg] = true;
    switch (BPF_OP(insn->code)) {
    case BPF_MOV:
        *reg = value;
        return true;
    case BPF_AND:
        *reg &= value;
        return true;
    case BPF_RSH:
        *reg >>= value;
        return true;
    default:
        return fault(machine, "has an unknown operation");
    }
}

static bool holds(struct machine *machine, const struct bpf_insn *insn)
{
    uint32_t a = machine->reg[insn->dst_reg], b = operand(machine, insn);
    switch (BPF_OP(insn->code)) {
    case BPF_JA:
        return true;
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
        return fault(machine, "has an unknown condition");
    }
}

static bool is_jump(const struct bpf_insn *insn)
{
    return insn->code == (BPF_JMP | BPF_JA);
}

static bool reads_what_is_written(const struct machine *machine, const struct bpf_insn *insn)
{
    bool is_move = BPF_CLASS(insn->code) == BPF_ALU && BPF_OP(insn->code) == BPF_MOV;
    if (is_jump(insn))
        return true;
    if (BPF_SRC(insn->code) == BPF_X && !machine->written[insn->src_reg])
        return false;
    return is_move || machine->written[insn->dst_reg];
}

/* Runs the instruction at *at, and moves *at to the next. */
static bool step(struct machine *machine, const struct bpf_insn *code, size_t n, size_t *at)
{
    const struct bpf_insn *insn = &code[*at];
    uint8_t class = BPF_CLASS(insn->code);
    ++*at;
    if (insn->dst_reg >= REGISTERS || insn->src_reg >= REGISTERS)
        return fault(machine, "names an unknown register");
    if (class == BPF_LDX)
        return load(machine, insn);
    if (!reads_what_is_written(machine, insn))
        return fault(machine, "reads a register before it is written");
    if (class == BPF_ALU)
        return compute(machine, insn);
    if (!is_jump(insn) && class != BPF_JMP32)
        return fault(machine, "has an unknown instruction");
    if (insn->off < 0 || *at + (size_t)insn->off >= n)
        return fault(machine, "jumps backwards or out of the program");
    if (holds(machine, insn))
        *at += (size_t)insn->off;
    return !machine->fault;
}

const char *device_program_run(const struct bpf_insn *code, size_t n,
                               const struct device_request *request, bool *permitted)
{
    unsigned type = request->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;
    const struct bpf_cgroup_dev_ctx context = {
        .access_type = request->access << 16 | type,
        .major = request->major,
        .minor = request->minor,
    };
    struct machine machine = {.context = &context, .written = {[BPF_REG_1] = true}};
    *permitted = n == 0;
    for (size_t at = 0; at < n;) {
        if (code[at].code == (BPF_JMP | BPF_EXIT)) {
            *permitted = machine.reg[BPF_REG_0] != 0;
            return machine.written[BPF_REG_0] ? NULL : "ends without a result";
        }
        if (!step(&machine, code, n, &at))
            return machine.fault;
    }
    return n == 0 ? NULL : "runs off its end";
}
