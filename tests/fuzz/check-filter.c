/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/seccomp.h>

#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* What bpf_check_classic() and seccomp_check_filter() of the kernel ask of a program. */

static void check_return(uint32_t value)
{
    static const uint32_t actions[] = {
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
        SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,  SECCOMP_RET_ALLOW,
    };
    for (size_t i = 0; i < ELEMENTSOF(actions); i++)
        if ((value & SECCOMP_RET_ACTION_FULL) == actions[i])
            return;
    FUZZ_CHECK(0, "%#x is no action", value);
}

/* Marks where an instruction leads to, so that what nobody reaches is found. */
static void check_instruction(const struct sock_filter *code, size_t at, size_t n, bool *reached)
{
    const struct sock_filter *insn = &code[at];
    size_t left = n - at - 1;
    switch (insn->code) {
    case BPF_RET | BPF_K:
        check_return(insn->k);
        return;
    case BPF_JMP | BPF_JA:
        FUZZ_CHECK(insn->k < left, "%zu jumps out of the program", at);
        reached[at + 1 + insn->k] = true;
        return;
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_K:
        FUZZ_CHECK(insn->jt < left && insn->jf < left, "%zu jumps out of the program", at);
        reached[at + 1 + insn->jt] = reached[at + 1 + insn->jf] = true;
        return;
    case BPF_LD | BPF_W | BPF_ABS:
        FUZZ_CHECK(insn->k % 4 == 0 && insn->k < sizeof(struct seccomp_data), "%zu loads from %u",
                   at, insn->k);
        break;
    case BPF_ALU | BPF_AND | BPF_K:
        break;
    default:
        FUZZ_CHECK(0, "%zu has code %#x", at, insn->code);
    }
    FUZZ_CHECK(left > 0, "the program runs off its end");
    reached[at + 1] = true;
}

void fuzz_check_filter(const struct seccomp_program *program)
{
    static bool reached[BPF_MAXINSNS];
    FUZZ_CHECK(program->n > 0 && program->n <= BPF_MAXINSNS, "%zu instructions", program->n);
    for (size_t i = 0; i < program->n; i++)
        reached[i] = i == 0;
    for (size_t i = 0; i < program->n; i++) {
        FUZZ_CHECK(reached[i], "nothing leads to %zu", i);
        check_instruction(program->instructions, i, program->n, reached);
    }
}
