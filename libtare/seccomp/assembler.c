/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/assembler.h"

#include "base/macros.h"

#define MAX_REACH 255U

#define FIRST_ROOM 512U

/* The program moves as a whole, and labels count from its end. */
static bool assembler_grow(struct assembler *assembler)
{
    unsigned room = assembler->room ? 2 * assembler->room : FIRST_ROOM;
    struct sock_filter *buffer = arena_array(assembler->arena, room, sizeof(*buffer));
    if (!buffer)
        return false;
    if (assembler->n > 0)
        memcpy(buffer + room - assembler->n, assembler->end - assembler->n,
               assembler->n * sizeof(*buffer));
    assembler->end = buffer + room;
    assembler->room = room;
    return true;
}

static unsigned instruction_write(struct assembler *assembler, struct sock_filter instruction)
{
    if (assembler->n == BPF_MAXINSNS)
        assembler->full = true;
    else if (assembler->n == assembler->room && !assembler_grow(assembler))
        assembler->no_memory = true;
    else
        assembler->end[-(ptrdiff_t)++assembler->n] = instruction;
    return assembler->n;
}

struct target assembler_return(struct assembler *assembler, uint32_t action)
{
    struct sock_filter instruction = BPF_STMT(BPF_RET | BPF_K, action);
    return (struct target){.label = instruction_write(assembler, instruction)};
}

/* How far the next instruction is from a label, when `between` others come first. */
static unsigned distance(const struct assembler *assembler, unsigned label, unsigned between)
{
    return assembler->n + between - label;
}

static unsigned return_label(struct assembler *assembler, uint32_t action, unsigned between)
{
    for (unsigned i = 0; i < RETURN_CACHE; i++) {
        if (assembler->returns[i].label == 0 || assembler->returns[i].action != action)
            continue;
        if (distance(assembler, assembler->returns[i].label, between) > MAX_REACH)
            assembler->returns[i].label = assembler_return(assembler, action).label;
        return assembler->returns[i].label;
    }
    unsigned label = assembler_return(assembler, action).label;
    unsigned slot = assembler->oldest++ % RETURN_CACHE;
    assembler->returns[slot].label = label;
    assembler->returns[slot].action = action;
    return label;
}

/* A label of `target` that the next instruction but `between` can jump to. */
static unsigned label_within_reach(struct assembler *assembler, struct target target,
                                   unsigned between)
{
    if (target.label == 0)
        return return_label(assembler, target.action, between);
    if (distance(assembler, target.label, between) <= MAX_REACH)
        return target.label;
    uint32_t jump = distance(assembler, target.label, 0);
    return instruction_write(assembler, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, jump));
}

struct target assembler_compare(struct assembler *assembler, uint16_t op, uint32_t k,
                                struct target yes, struct target no)
{
    if (target_equal(yes, no))
        return yes;
    /* Making `no` reachable may take one more instruction between here and `yes`. */
    unsigned yes_label = label_within_reach(assembler, yes, 1);
    unsigned no_label = label_within_reach(assembler, no, 0);
    struct sock_filter jump =
        BPF_JUMP((uint16_t)(BPF_JMP | op | BPF_K), k, (uint8_t)distance(assembler, yes_label, 0),
                 (uint8_t)distance(assembler, no_label, 0));
    return (struct target){.label = instruction_write(assembler, jump)};
}

struct target assembler_load(struct assembler *assembler, uint32_t offset, uint32_t mask,
                             struct target next)
{
    /* Control falls through to what was written last: that has to be `next`. */
    if (next.label == 0)
        assembler_return(assembler, next.action);
    else if (next.label != assembler->n)
        instruction_write(assembler, (struct sock_filter)BPF_STMT(
                                         BPF_JMP | BPF_JA, distance(assembler, next.label, 0)));
    if (mask != UINT32_MAX)
        instruction_write(assembler, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    struct sock_filter load = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
    return (struct target){.label = instruction_write(assembler, load)};
}
