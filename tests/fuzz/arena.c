/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The arena (base/arena.h) for harnesses, in the place of base/arena.c: every object is an allocation of its
 * own and of its exact size, so that AddressSanitizer sees what goes beyond it. */

struct arena_chunk {
    struct arena_chunk *next;
    void *bytes;
};

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    struct arena_chunk *chunk = calloc(1, sizeof(*chunk));
    void *bytes = chunk ? calloc(1, size) : NULL;
    if (!bytes) {
        free(chunk);
        return NULL;
    }
    *chunk = (struct arena_chunk){.next = arena->chunks, .bytes = bytes};
    arena->chunks = chunk;
    arena->total += size;
    return bytes;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(n, size, &bytes) ? NULL : arena_alloc(arena, bytes);
}

void *arena_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *larger = arena_array(arena, wanted, size);
    if (larger && *capacity > 0)
        memcpy(larger, items, *capacity * size);
    if (larger)
        *capacity = wanted;
    return larger;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char *text;
    int length = vasprintf(&text, format, args);
    if (length < 0)
        return NULL;
    char *copy = arena_strndup(arena, text, (size_t)length);
    free(text);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_release(struct arena *arena)
{
    struct arena_chunk *next;
    for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk->bytes);
        free(chunk);
    }
    *arena = ARENA_INIT;
}
