/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stddef.h>
#include <string.h>

#include "seccomp-simulator.h"

/* What the accumulator holds before an instruction, over all ways that lead there. */
struct held {
    bool reached;
    bool mixed;    /* one word on one way, another one on another */
    bool foretold; /* a comparison on the way here has settled the value */
    uint32_t offset, mask;
};

static void arrive(struct held *there, struct held with)
{
    with.reached = true;
    if (!there->reached) {
        *there = with;
        return;
    }
    there->mixed =
        there->mixed || with.mixed || there->offset != with.offset || there->mask != with.mask;
    there->foretold = there->foretold && with.foretold;
}

static const char *jump_defect(const struct held *held)
{
    if (held->mixed)
        return "compares what one of several ways there has left in the accumulator";
    /* Which architecture it is has been asked: here the number of the call is meant. */
    if (held->foretold && held->offset == offsetof(struct seccomp_data, arch))
        return "compares the architecture with the number of a call";
    return NULL;
}

const char *program_defect(const struct sock_filter *program, size_t n)
{
    struct held held[BPF_MAXINSNS + 1] = {{.reached = true}};
    cr_assert(n <= BPF_MAXINSNS);
    for (size_t pc = 0; pc < n; pc++) {
        const struct sock_filter *i = &program[pc];
        struct held now = held[pc];
        if (!now.reached || BPF_CLASS(i->code) == BPF_RET)
            continue;
        if (BPF_CLASS(i->code) == BPF_LD) {
            arrive(&held[pc + 1], (struct held){.offset = i->k, .mask = UINT32_MAX});
        } else if (BPF_CLASS(i->code) == BPF_ALU) {
            if (now.mixed)
                return jump_defect(&now);
            now.mask &= i->k;
            arrive(&held[pc + 1], now);
        } else if (BPF_OP(i->code) == BPF_JA) {
            arrive(&held[pc + 1 + i->k], now);
        } else {
            const char *defect = jump_defect(&now);
            if (defect)
                return defect;
            arrive(&held[pc + 1 + i->jf], now);
            now.foretold = BPF_OP(i->code) == BPF_JEQ;
            arrive(&held[pc + 1 + i->jt], now);
        }
    }
    return NULL;
}
