/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "seccomp/assembler.h"

/* All 2^32 numbers of system calls, as ranges that share a target, and the search for a number. */

struct range {
    uint32_t start; /* up to the start of the next one */
    struct target target;
};

struct range_list {
    struct arena *arena;
    struct range *items;
    size_t n, capacity;
    uint64_t next;  /* the first number that no range covers yet */
    bool no_memory; /* sticky: what was added since is lost */
};

/* Start again at number 0. */
void range_list_clear(struct range_list *list);

/* Numbers up to `last` that no range covers yet get `target`; a neighbour with the same one grows.
 */
void range_list_add(struct range_list *list, uint32_t last, struct target target);

/* Write the search for the number in the accumulator. The list is not empty and covers everything.
 */
struct target range_list_write(const struct range_list *list, struct assembler *assembler);
