/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "plan/planner.h"

/* Entries that the kernel takes in one map (user_namespaces(7)). */
#define ID_MAP_ENTRIES 340

static bool ranges_overlap(uint32_t a, uint32_t b, const struct id_mapping *x,
                           const struct id_mapping *y)
{
    return (uint64_t)a < (uint64_t)b + y->size && (uint64_t)b < (uint64_t)a + x->size;
}

static int check_mapping(struct planner *planner, const struct id_mapping_list *list, size_t i,
                         const char *place, bool in_list)
{
    const struct id_mapping *entry = &list->items[i];
    const char *where = in_list ? arena_printf(planner->arena, "%s/%zu", place, i) : place;
    if (!where)
        return -ENOMEM;
    if (entry->size == 0)
        problem_config(&planner->problems, where, "the mapping is empty: its size is 0");
    /* 2^32-1 is no id, so that a range ends before it. */
    if ((uint64_t)entry->container_id + entry->size > UINT32_MAX ||
        (uint64_t)entry->host_id + entry->size > UINT32_MAX)
        problem_config(&planner->problems, where,
                       "the mapping goes beyond the largest id, 4294967294");
    for (size_t j = 0; j < i; j++) {
        const struct id_mapping *other = &list->items[j];
        if (!ranges_overlap(entry->container_id, other->container_id, entry, other) &&
            !ranges_overlap(entry->host_id, other->host_id, entry, other))
            continue;
        if (in_list)
            problem_config(&planner->problems, where, "the mapping overlaps with %s/%zu", place, j);
        else
            problem_config(&planner->problems, where, "mappings %zu and %zu overlap", j + 1, i + 1);
        break;
    }
    return 0;
}

int plan_id_map(struct planner *planner, const struct id_mapping_list *list, const char *where,
                bool in_list, const char **ret)
{
    if (list->n > ID_MAP_ENTRIES) {
        problem_config(&planner->problems, where, "%zu mappings: the kernel takes at most %d",
                       list->n, ID_MAP_ENTRIES);
        return 0;
    }
    /* Three numbers of ten digits, two spaces and a newline an entry. */
    size_t size = list->n * 33 + 1, used = 0;
    char *text = arena_alloc(planner->arena, size);
    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        const struct id_mapping *entry = &list->items[i];
        if (check_mapping(planner, list, i, where, in_list) < 0)
            return -ENOMEM;
        used += (size_t)snprintf(text + used, size - used, "%u %u %u\n", entry->container_id,
                                 entry->host_id, entry->size);
    }
    *ret = text;
    return 0;
}
