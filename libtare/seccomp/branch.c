/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/branch.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "base/macros.h"

static uint32_t upper(uint64_t value)
{
    return (uint32_t)(value >> 32);
}

static uint32_t lower(uint64_t value)
{
    return (uint32_t)value;
}

/* ---- building ---- */

static void test_add(struct branch *branch, const struct condition *condition, bool high,
                     enum test_op op, uint8_t rank)
{
    uint32_t mask = high ? upper(condition->mask) : lower(condition->mask);
    uint32_t value = high ? upper(condition->value) : lower(condition->value);
    branch->tests[branch->n_tests++] = (struct test){
        .word = (uint8_t)(2 * condition->arg + (high ? 1 : 0)),
        .op = (uint8_t)op,
        .rank = rank,
        .value = value & mask,
        .mask = mask,
    };
}

/* NE, LT and LE are EQ, GE and GT with the exits swapped. */
static struct condition condition_make(const struct seccomp_arg *arg, uint8_t bits)
{
    struct condition condition = {
        .arg = (uint8_t)arg->index, .bits = bits, .value = arg->value, .mask = UINT64_MAX};
    switch (arg->op) {
    case SECCOMP_OP_MASKED_EQ:
        condition.op = TEST_MASKED_EQ;
        condition.mask = arg->value;
        condition.value = arg->value_two;
        break;
    case SECCOMP_OP_NE:
    case SECCOMP_OP_EQ:
        condition.op = TEST_EQ;
        condition.negated = arg->op == SECCOMP_OP_NE;
        break;
    case SECCOMP_OP_LE:
    case SECCOMP_OP_GT:
        condition.op = TEST_GT;
        condition.negated = arg->op == SECCOMP_OP_LE;
        break;
    case SECCOMP_OP_LT:
    case SECCOMP_OP_GE:
        condition.op = TEST_GE;
        condition.negated = arg->op == SECCOMP_OP_LT;
        break;
    }
    /* libseccomp ignores bits of the expected value that the mask takes away. */
    condition.value &= condition.mask;
    if (bits == 32) {
        condition.value = lower(condition.value);
        condition.mask = lower(condition.mask);
    }
    return condition;
}

void branch_add(struct branch *branch, const struct seccomp_arg *arg, uint8_t bits)
{
    struct condition condition = condition_make(arg, bits);
    if (condition.mask == 0)
        return;

    bool bound = condition.op == TEST_GT || condition.op == TEST_GE;
    uint8_t rank = !bound ? 3 : condition.negated ? 2 : 1;
    if (bits == 64) {
        if (bound)
            test_add(branch, &condition, true, TEST_GT, rank);
        test_add(branch, &condition, true, bound ? TEST_EQ : condition.op, rank);
    }
    test_add(branch, &condition, false, condition.op, rank);
    branch->tests[branch->n_tests - 1].last = true;
    branch->tests[branch->n_tests - 1].negated = condition.negated;
    branch->conditions[branch->n_conditions++] = condition;
}

/* ---- order ---- */

static bool test_equal(const struct test *a, const struct test *b)
{
    return a->word == b->word && a->op == b->op && a->value == b->value && a->mask == b->mask &&
           a->last == b->last && a->negated == b->negated;
}

/* Whether `b` has to be asked before `a`. Neither of two tests may have to be asked first. */
static bool test_later(const struct test *a, const struct test *b)
{
    if (a->word != b->word)
        return a->word < b->word;
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->rank == 2 ? a->value > b->value : a->value < b->value;
}

/* The branches from `first` on that share their test number `depth`: where they end, and the oldest
 * of them, after which libseccomp orders them. */
static size_t group_end(const struct branch_list *list, size_t first, size_t end, size_t depth,
                        const struct branch **oldest)
{
    const struct branch *branch = list->items[first];
    *oldest = branch;
    size_t i = first + 1;
    for (; i < end && test_equal(&branch->tests[depth], &list->items[i]->tests[depth]); i++)
        if (list->items[i]->sequence < (*oldest)->sequence)
            *oldest = list->items[i];
    return i;
}

static void list_remove(struct branch_list *list, size_t first, size_t end)
{
    memmove(&list->items[first], &list->items[end], (list->n - end) * sizeof(list->items[0]));
    list->n -= end - first;
}

static int list_insert(struct arena *arena, struct branch_list *list, size_t at,
                       struct branch *branch)
{
    struct branch **items =
        arena_grow(arena, list->items, list->n, &list->capacity, sizeof(list->items[0]));
    if (!items)
        return -ENOMEM;
    memmove(&items[at + 1], &items[at], (list->n - at) * sizeof(items[0]));
    items[at] = branch;
    list->items = items;
    list->n++;
    return 0;
}

/* All branches from first to end start with the whole of the new one, which therefore covers them.
 */
static int list_cover(struct arena *arena, struct branch_list *list, size_t first, size_t end,
                      struct branch *branch, const struct branch **other)
{
    for (size_t i = first; i < end; i++) {
        if (list->items[i]->action != branch->action) {
            *other = list->items[i];
            return -EEXIST;
        }
    }
    list_remove(list, first, end);
    return list_insert(arena, list, first, branch);
}

int branch_insert(struct arena *arena, struct branch_list *list, struct branch *branch,
                  const struct branch **other)
{
    size_t first = 0, end = list->n;
    for (size_t depth = 0; depth < branch->n_tests; depth++) {
        const struct test *test = &branch->tests[depth];
        size_t after = first;
        for (; first < end; first = after) {
            const struct branch *oldest;
            after = group_end(list, first, end, depth, &oldest);
            if (test_equal(&oldest->tests[depth], test))
                break;
            if (test_later(&oldest->tests[depth], test))
                return list_insert(arena, list, first, branch);
        }
        if (first == end)
            return list_insert(arena, list, first, branch);
        end = after;
        /* A shorter branch that was there first wins over everything that starts like it. */
        const struct branch *there = list->items[first];
        if (there->n_tests == depth + 1 &&
            (branch->n_tests > depth + 1 || there->action == branch->action))
            return 0;
    }
    return list_cover(arena, list, first, end, branch, other);
}

/* ---- writing ---- */

static uint32_t word_offset(uint8_t arg, bool high)
{
    bool second = high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    return (uint32_t)offsetof(struct seccomp_data, args) + 8U * arg + (second ? 4U : 0U);
}

static const uint16_t jumps[] = {
    [TEST_EQ] = BPF_JEQ,
    [TEST_MASKED_EQ] = BPF_JEQ,
    [TEST_GT] = BPF_JGT,
    [TEST_GE] = BPF_JGE,
};

static struct target condition_write(struct assembler *assembler, const struct condition *condition,
                                     struct target yes, struct target no)
{
    if (condition->negated) {
        struct target swap = yes;
        yes = no;
        no = swap;
    }
    if (target_equal(yes, no))
        return yes;

    struct target next = yes;
    bool bound = condition->op == TEST_GT || condition->op == TEST_GE;
    if (lower(condition->mask) != 0) {
        next = assembler_compare(assembler, jumps[condition->op], lower(condition->value), yes, no);
        next = assembler_load(assembler, word_offset(condition->arg, false), lower(condition->mask),
                              next);
    }
    if (condition->bits == 32 || upper(condition->mask) == 0)
        return next;
    next = assembler_compare(assembler, BPF_JEQ, upper(condition->value), next, no);
    if (bound)
        next = assembler_compare(assembler, BPF_JGT, upper(condition->value), yes, next);
    return assembler_load(assembler, word_offset(condition->arg, true), upper(condition->mask),
                          next);
}

struct target branch_list_write(struct assembler *assembler, const struct branch_list *list,
                                struct target otherwise)
{
    struct target next = otherwise;
    for (size_t i = list->n; i-- > 0;) {
        const struct branch *branch = list->items[i];
        struct target holds = target_return(branch->action);
        for (size_t c = branch->n_conditions; c-- > 0;)
            holds = condition_write(assembler, &branch->conditions[c], holds, next);
        next = holds;
    }
    return next;
}
