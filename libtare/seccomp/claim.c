/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/claim.h"

#include <errno.h>

#include "base/macros.h"

#define SOCKETCALL 102
#define IPC        117

int claims_init(struct claims *claims, struct arena *arena)
{
    *claims = (struct claims){.arena = arena, .n_uses = 1};
    claims->chains = arena_array(arena, number_rows(), sizeof(*claims->chains));
    claims->uses = arena_grow(arena, NULL, 0, &claims->uses_capacity, sizeof(*claims->uses));
    return claims->chains && claims->uses ? 0 : -ENOMEM;
}

int claims_add_use(struct claims *claims, size_t row, size_t rule, bool counts)
{
    struct chain *chain = &claims->chains[row];
    chain->named = true;
    if (!counts)
        return 0;
    struct use *uses = arena_grow(claims->arena, claims->uses, claims->n_uses,
                                  &claims->uses_capacity, sizeof(*uses));
    if (!uses)
        return -ENOMEM;
    claims->uses = uses;
    uint32_t number = (uint32_t)claims->n_uses++;
    uses[number] = (struct use){.rule = (uint32_t)rule};
    if (chain->first == 0)
        chain->first = number;
    else
        uses[chain->last].next = number;
    chain->last = number;
    return 0;
}

static int row_collect(struct claims *claims, size_t row, uint32_t multiplexed)
{
    claims->named = claims->named || claims->chains[row].named;
    size_t place = 0;
    for (uint32_t use = claims->chains[row].first; use; use = claims->uses[use].next) {
        struct claim *items =
            arena_grow(claims->arena, claims->items, claims->n, &claims->capacity, sizeof(*items));
        if (!items)
            return -ENOMEM;
        claims->items = items;
        while (place < claims->n && items[place].use < use)
            place++;
        memmove(&items[place + 1], &items[place], (claims->n - place) * sizeof(*items));
        items[place] = (struct claim){.use = use, .multiplexed = multiplexed};
        claims->n++;
    }
    return 0;
}

/* Whether the number is socketcall (1) or ipc (2), and they carry other calls on this architecture:
 * the hundreds of number_multiplexed(). */
static unsigned multiplexer(const struct architecture *arch, uint32_t number)
{
    if (arch->base == NOT_MULTIPLEXED)
        return 0;
    if (number == (uint32_t)arch->base + SOCKETCALL)
        return 1;
    return number == (uint32_t)arch->base + IPC ? 2 : 0;
}

int claims_collect(struct claims *claims, const struct architecture *arch,
                   struct number_column column, size_t first, size_t end)
{
    int r = 0;
    claims->n = 0;
    claims->named = false;
    for (size_t i = first; i < end && r == 0; i++)
        r = row_collect(claims, column.items[i].row, 0);

    unsigned hundred = multiplexer(arch, column.items[first].number);
    for (size_t row = 0; hundred && row < number_rows() && r == 0; row++) {
        unsigned code = number_multiplexed(row);
        if (code / 100 == hundred)
            r = row_collect(claims, row, code % 100);
    }
    return r;
}
