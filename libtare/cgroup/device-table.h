/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "plan/plan.h"

/* What a list of device rules comes to: for every device the set of what is allowed, DEVICE_* bits.
 * The order of the rules, and rules that others hide, are gone; equal neighbours are one range. */

#define DEVICE_ALL (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

struct device_range { /* minors first..last of a major */
    uint32_t first, last;
    unsigned allowed;
};

struct device_major { /* majors first..last, which are treated alike */
    uint32_t first, last;
    struct device_range *ranges; /* ascending, disjoint; none equals `allowed` */
    size_t n_ranges;
    unsigned allowed; /* all other minors */
};

struct device_table {            /* one of the two types */
    struct device_major *majors; /* ascending, disjoint; none is treated just like the others */
    size_t n_majors;
    struct device_major others; /* its first and last mean nothing */
};

/* The table of type 'c' or 'b'. 0 or -ENOMEM. */
int device_table_make(struct arena *arena, const struct plan_device_rule *rules, size_t n_rules,
                      char type, struct device_table *ret);

bool device_tables_equal(const struct device_table *a, const struct device_table *b);
