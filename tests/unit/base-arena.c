/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

Test(arena, memory_is_zeroed_and_aligned)
{
    struct arena arena = ARENA_INIT;
    for (size_t size = 1; size < 100000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(&arena, size);
        cr_assert(p != NULL);
        cr_assert(eq(sz, (uintptr_t)p % _Alignof(max_align_t), 0));
        for (size_t i = 0; i < size; i++)
            cr_assert(p[i] == 0);
        memset(p, 0xff, size);
    }
    arena_release(&arena);
    cr_assert(arena.chunks == NULL);
}

Test(arena, refuses_overflow)
{
    struct arena arena = ARENA_INIT;
    cr_assert(arena_array(&arena, SIZE_MAX / 2, 4) == NULL);
    cr_assert(arena_alloc(&arena, SIZE_MAX - 1) == NULL);
    arena_release(&arena);
}

Test(arena, grow_keeps_what_was_there)
{
    struct arena arena = ARENA_INIT;
    int *items = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        items = arena_grow(&arena, items, (size_t)i, &capacity, sizeof(*items));
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        cr_assert(eq(int, items[i], i));
    arena_release(&arena);
}

Test(arena, strings)
{
    struct arena arena = ARENA_INIT;
    cr_assert(eq(str, arena_strdup(&arena, "abc"), (char *)"abc"));
    cr_assert(eq(str, arena_strndup(&arena, "abcdef", 3), (char *)"abc"));
    cr_assert(eq(str, arena_printf(&arena, "%s-%d", "x", 7), (char *)"x-7"));
    arena_release(&arena);
}

Test(arena, grow_makes_room_for_two_in_nothing)
{
    struct arena arena = ARENA_INIT;
    size_t capacity = 0;
    const char **items = arena_grow(&arena, NULL, 1, &capacity, sizeof(*items));
    cr_assert(items && capacity >= 2);
    /* The same at the edge: one more than fits, of which only what was there is copied. */
    for (size_t i = 0; i < capacity; i++)
        items[i] = "x";
    items = arena_grow(&arena, items, capacity, &capacity, sizeof(*items));
    cr_assert(items && items[capacity / 2] == NULL);
    cr_assert_str_eq(items[capacity / 2 - 1], "x");
    arena_release(&arena);
}
