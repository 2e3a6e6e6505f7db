/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-simulator.h"

#include <criterion/criterion.h>
#include <string.h>

static uint32_t load_word(const struct seccomp_data *data, uint32_t offset)
{
    uint32_t word;
    cr_assert(offset % 4 == 0 && offset <= sizeof(*data) - 4, "load at %u", offset);
    memcpy(&word, (const char *)data + offset, sizeof(word));
    return word;
}

uint32_t simulate(const struct sock_filter *program, size_t n, const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t pc = 0; pc < n; pc++) {
        const struct sock_filter *i = &program[pc];
        bool holds = false;
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            a = load_word(data, i->k);
            continue;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= i->k;
            continue;
        case BPF_RET | BPF_K:
            return i->k;
        case BPF_JMP | BPF_JA:
            cr_assert(i->k < n - pc - 1, "jump out of the program at %zu", pc);
            pc += i->k;
            continue;
        case BPF_JMP | BPF_JEQ | BPF_K:
            holds = a == i->k;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            holds = a > i->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            holds = a >= i->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            holds = (a & i->k) != 0;
            break;
        default:
            cr_assert_fail("instruction %#x at %zu", i->code, pc);
        }
        cr_assert((size_t)i->jt < n - pc - 1 && (size_t)i->jf < n - pc - 1, "jump out at %zu", pc);
        pc += holds ? i->jt : i->jf;
    }
    cr_assert_fail("the program does not end in a return");
    return 0;
}
