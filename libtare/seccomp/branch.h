/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seccomp/assembler.h"
#include "spec/spec.h"

/* Rules that look at arguments: "when all these conditions hold, return this action".
 *
 * All such rules of one system call form a list of which the first that holds decides, and behind
 * which the default action waits. The order is libseccomp's, not the profile's, because profiles
 * are written for it: a rule on a higher argument comes first; on one argument the comparisons for
 * equality come before those with an upper and those with a lower bound, and the narrower bound
 * before the wider. It matters only where rules of different actions hold at once.
 *
 * libseccomp compares words of 32 bits, and its order is that of the words; so is ours. On
 * architectures of 32 bits only the lower word of a value counts. */

#define MAX_CONDITIONS 6
#define MAX_TESTS      (3 * MAX_CONDITIONS)

/* One comparison of one word, in one of the four forms that all operators come down to. */
enum test_op {
    TEST_EQ,
    TEST_MASKED_EQ,
    TEST_GT,
    TEST_GE,
};

struct test {
    uint8_t word; /* 2 * argument + 1 for its upper half */
    uint8_t op;   /* enum test_op */
    uint8_t rank; /* 3 equality, 2 upper bound, 1 lower bound */
    bool last;    /* of its condition */
    bool negated; /* `last` only: the condition holds when the test does not */
    uint32_t value, mask;
};

struct condition {
    uint8_t arg;
    uint8_t bits;
    bool negated;
    enum test_op op;
    uint64_t value, mask;
};

struct branch {
    uint32_t action;
    unsigned rule;     /* index in the profile, for errors */
    unsigned sequence; /* order of insertion */
    size_t n_conditions, n_tests;
    struct condition conditions[MAX_CONDITIONS]; /* ascending by argument */
    struct test tests[MAX_TESTS];
};

struct branch_list {
    struct branch **items;
    size_t n, capacity;
};

/* One condition more, which has to be on a higher argument than those before. A condition that
 * always holds (a mask of 0) leaves no trace. */
void branch_add(struct branch *branch, const struct seccomp_arg *arg, uint8_t bits);

/* Put a branch (with one condition at least) in its place. What is redundant is dropped. -EEXIST:
 * *other says the contrary under the same conditions; -ENOMEM. */
int branch_insert(struct arena *arena, struct branch_list *list, struct branch *branch,
                  const struct branch **other);

/* Write the whole list. */
struct target branch_list_write(struct assembler *assembler, const struct branch_list *list,
                                struct target otherwise);
