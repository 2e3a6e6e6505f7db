/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* A classic BPF program, written from its last instruction to its first.
 *
 * Jumps of classic BPF only go forward, so whoever writes backwards knows every distance at once: a
 * place is a label, the number of instructions from it to the end. A conditional jump reaches 255
 * instructions; where that is not enough the assembler puts an unconditional jump, or another copy
 * of the return, within reach. Running out of the kernel's limit of instructions sets `full`, and
 * everything is ignored from there on. */

struct target {
    unsigned label;  /* 0: return `action` */
    uint32_t action; /* 0 when there is a label, so that equal targets compare equal */
};

#define RETURN_CACHE 8

struct assembler {
    struct arena *arena;     /* the rest starts as zero */
    struct sock_filter *end; /* behind the last instruction */
    unsigned n;              /* written so far, which is the label of the latest one */
    unsigned room;           /* for so many */
    bool full, no_memory;    /* sticky: what was written since is lost */
    struct {
        unsigned label;
        uint32_t action;
    } returns[RETURN_CACHE]; /* the latest copies of returns */
    unsigned oldest;
};

static inline struct target target_return(uint32_t action)
{
    return (struct target){.action = action};
}

static inline bool target_equal(struct target a, struct target b)
{
    return a.label == b.label && a.action == b.action;
}

/* Compare the accumulator with k (op: BPF_JEQ, BPF_JGT, BPF_JGE) and go on at `yes` or `no`. When
 * both are the same no instruction is needed. */
struct target assembler_compare(struct assembler *assembler, uint16_t op, uint32_t k,
                                struct target yes, struct target no);

/* Return `action`, as an instruction of its own. */
struct target assembler_return(struct assembler *assembler, uint32_t action);

/* Load the word at `offset` of struct seccomp_data, AND it with `mask`, and go on at `next`. */
struct target assembler_load(struct assembler *assembler, uint32_t offset, uint32_t mask,
                             struct target next);
