/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "seccomp/architecture.h"

/* Names of system calls and their numbers on every architecture.
 *
 * The table is libseccomp's, taken at build time by number-table.c: at run time a name costs one
 * hash look-up for all architectures together, and the numbers of an architecture are already
 * sorted. (Asking libseccomp costs a search per name and architecture, on x86 after 32 string
 * comparisons: 190 µs for Docker's profile in a fresh process.) A name is known by its row. */

struct numbered_syscall {
    uint32_t number; /* as the kernel sees it, with the bit of x32 */
    uint16_t row;
};

/* Ascending by number. */
struct number_column {
    const struct numbered_syscall *items;
    size_t n; /* 0: an architecture that libseccomp did not know */
};

size_t number_rows(void);
/* The row of a name, or -1. */
int number_row(const char *name);
const char *number_name(size_t row);
struct number_column number_column(enum seccomp_architecture arch);

/* How socketcall(2) and ipc(2) carry a call: 100 + the call number for the former, 200 + it for the
 * latter (libseccomp's pseudo numbers without their sign), 0 for a call that is never multiplexed.
 */
unsigned number_multiplexed(size_t row);

/* FNV-1a, shared with the generator. */
static inline uint32_t number_hash(const char *name)
{
    uint32_t hash = 2166136261U;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash ^ (hash >> 15);
}
