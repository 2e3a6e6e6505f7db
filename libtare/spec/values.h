/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The value shapes that configuration structs are made of. JSON's "absent" is kept apart from 0 by
 * the optional forms; an absent string, object or array is NULL. All memory belongs to the arena of
 * the document. */

struct opt_bool {
    bool set, value;
};
struct opt_u16 {
    bool set;
    uint16_t value;
};
struct opt_u32 {
    bool set;
    uint32_t value;
};
struct opt_u64 {
    bool set;
    uint64_t value;
};
struct opt_i64 {
    bool set;
    int64_t value;
};
struct opt_i32 {
    bool set;
    int32_t value;
};

/* items[n] is NULL, so that items can be an argv. `set` tells [] from absent. */
struct strings {
    bool set;
    size_t n;
    const char **items;
};

struct numbers_u32 {
    bool set;
    size_t n;
    uint32_t *items;
};

struct string_pair {
    const char *key, *value;
};

/* Order of the document; keys are unique. */
struct string_map {
    bool set;
    size_t n;
    struct string_pair *items;
};

/* An array of objects: `struct LIST_OF(hook) hooks;` is { bool set; size_t n; struct hook *items;
 * }. */
#define LIST_OF(type)                                                                              \
    {                                                                                              \
        bool set;                                                                                  \
        size_t n;                                                                                  \
        type *items;                                                                               \
    }

/* Set of known flag names as a bit mask (bit numbers are documented at each use). `set` tells []
 * from absent. */
struct flag_set {
    bool set;
    uint64_t mask;
};

/* The value of a key, or NULL. */
static inline const char *string_map_find(const struct string_map *map, const char *key)
{
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->items[i].key, key) == 0)
            return map->items[i].value;
    return NULL;
}
