/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/range.h"

#include "base/macros.h"

/* How many single numbers are tested one by one rather than searched for. */
#define MAX_EXCEPTIONS 3

void range_list_clear(struct range_list *list)
{
    list->n = 0;
    list->next = 0;
}

void range_list_add(struct range_list *list, uint32_t last, struct target target)
{
    if (last < list->next)
        return;
    uint32_t start = (uint32_t)list->next;
    list->next = (uint64_t)last + 1;
    if (list->n > 0 && target_equal(list->items[list->n - 1].target, target))
        return;
    struct range *items =
        arena_grow(list->arena, list->items, list->n, &list->capacity, sizeof(*items));
    if (!items) {
        list->no_memory = true;
        return;
    }
    list->items = items;
    items[list->n++] = (struct range){.start = start, .target = target};
}

static bool range_is_single(const struct range_list *list, size_t i)
{
    /* Behind the last range the numbers wrap around to 0. */
    uint32_t next = i + 1 < list->n ? list->items[i + 1].start : 0;
    return list->items[i].start + 1 == next;
}

/* A few single numbers among others that share one target need no search, only a test for each. */
static bool exceptions_write(const struct range_list *list, struct assembler *assembler,
                             size_t first, size_t last, struct target *ret)
{
    if (last - first > 2 * MAX_EXCEPTIONS)
        return false;
    struct target common = list->items[first].target;
    for (size_t i = first; i <= last; i++)
        if (!range_is_single(list, i))
            common = list->items[i].target;
    size_t exceptions = 0;
    for (size_t i = first; i <= last; i++) {
        if (target_equal(list->items[i].target, common))
            continue;
        if (!range_is_single(list, i) || ++exceptions > MAX_EXCEPTIONS)
            return false;
    }
    *ret = common;
    for (size_t i = last + 1; i-- > first;)
        if (!target_equal(list->items[i].target, common))
            *ret = assembler_compare(assembler, BPF_JEQ, list->items[i].start,
                                     list->items[i].target, *ret);
    return true;
}

static struct target search_write(const struct range_list *list, struct assembler *assembler,
                                  size_t first, size_t last)
{
    struct target found;
    if (exceptions_write(list, assembler, first, last, &found))
        return found;
    size_t middle = first + (last - first + 1) / 2;
    struct target above = search_write(list, assembler, middle, last);
    struct target below = search_write(list, assembler, first, middle - 1);
    return assembler_compare(assembler, BPF_JGE, list->items[middle].start, above, below);
}

struct target range_list_write(const struct range_list *list, struct assembler *assembler)
{
    return search_write(list, assembler, 0, list->n - 1);
}
