/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

/* Memory that is freed at once. A spec and a plan each live in one; nothing in them is freed alone.
 *
 * Allocation returns NULL only when the kernel refuses memory; callers turn that into -ENOMEM. All memory
 * is zeroed and aligned for any type. */

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    size_t total; /* bytes handed out */
};

#define ARENA_INIT ((struct arena){0})

void *arena_alloc(struct arena *arena, size_t size);
/* n objects of `size` bytes, with overflow check. */
void *arena_array(struct arena *arena, size_t n, size_t size);
/* A growing array: room for one more element behind `n`. Returns the (possibly moved) array, NULL when
 * out of memory. `*capacity` starts at 0. */
void *arena_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) _printf_(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) _printf_(2, 0);

void arena_release(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
