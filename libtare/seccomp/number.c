/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/number.h"

#include "base/macros.h"

/* name_text, name_offsets, name_multiplexed, name_slots (open addressing, row + 1, a power of two
 * of them) and columns. */
#include "libtare/seccomp/number-table.h"

size_t number_rows(void)
{
    return ELEMENTSOF(name_offsets);
}

int number_row(const char *name)
{
    for (size_t slot = number_hash(name);; slot++) {
        unsigned row = name_slots[slot % ELEMENTSOF(name_slots)];
        if (row == 0)
            return -1;
        if (strcmp(name_text + name_offsets[row - 1], name) == 0)
            return (int)row - 1;
    }
}

const char *number_name(size_t row)
{
    return name_text + name_offsets[row];
}

unsigned number_multiplexed(size_t row)
{
    return name_multiplexed[row];
}

struct number_column number_column(enum seccomp_architecture arch)
{
    return columns[arch];
}
