/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "seccomp/architecture.h"
#include "seccomp/number.h"

/* Which rules of a profile claim a system call.
 *
 * Names are looked up once for all architectures. Each name in each rule is a use; uses are
 * numbered in the order of the profile and chained per row of the table of names. Everything is
 * kept small: touching a page of memory for the first time costs more than all that is computed in
 * it. */

struct use {
    uint32_t next; /* of the same row: its number, or 0 */
    uint32_t rule; /* index in the profile */
};

struct chain {
    uint32_t first, last; /* numbers of uses, or 0 */
    bool named;           /* a rule names the row, even one that does not count */
};

/* A use that holds for the number at hand. Several rows can meet in one number. */
struct claim {
    uint32_t use;
    uint32_t multiplexed; /* the call that socketcall or ipc must have in argument 0; 0: any */
};

struct claims {
    struct arena *arena;
    struct chain *chains; /* by row */
    struct use *uses;     /* by number; number 0 is none */
    size_t n_uses, uses_capacity;
    struct claim *items; /* of the number at hand, in the order of the profile */
    size_t n, capacity;
    bool named; /* some rule names the number at hand */
};

/* These return 0 or -ENOMEM. */
int claims_init(struct claims *claims, struct arena *arena);
/* A rule names a row. One that does not count (it repeats the default action) is only noted. */
int claims_add_use(struct claims *claims, size_t row, size_t rule, bool counts);
/* All claims on the number that column.items from first to before end share. */
int claims_collect(struct claims *claims, const struct architecture *arch,
                   struct number_column column, size_t first, size_t end);

static inline uint32_t claim_rule(const struct claims *claims, const struct claim *claim)
{
    return claims->uses[claim->use].rule;
}
