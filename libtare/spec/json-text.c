/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-text.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

void json_text_position(const char *json, size_t size, size_t offset, unsigned *line,
                        unsigned *column)
{
    unsigned at_line = 1, at_column = 1;
    for (size_t i = 0; i < offset && i < size; i++) {
        if (json[i] == '\n') {
            at_line++;
            at_column = 1;
        } else if (!is_continuation(json[i])) {
            at_column++;
        }
    }
    *line = at_line;
    *column = at_column;
}

size_t json_text_string_start(const char *json, size_t end)
{
    size_t i = end ? end - 1 : 0;
    while (i > 0) {
        i--;
        if (json[i] != '"')
            continue;
        size_t slashes = 0;
        while (slashes < i && json[i - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return i;
    }
    return i;
}

size_t json_text_cut(const char *text, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit > 0 && is_continuation(text[limit]))
        limit--;
    return limit;
}

/* Length of the well-formed character at p, 0 when there is none. */
static size_t character_length(const unsigned char *p, size_t left)
{
    size_t length;
    uint32_t smallest;
    if (p[0] < 0x80)
        return 1;
    if ((p[0] & 0xe0) == 0xc0) {
        length = 2;
        smallest = 0x80;
    } else if ((p[0] & 0xf0) == 0xe0) {
        length = 3;
        smallest = 0x800;
    } else if ((p[0] & 0xf8) == 0xf0) {
        length = 4;
        smallest = 0x10000;
    } else {
        return 0;
    }
    if (left < length)
        return 0;
    uint32_t point = p[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (p[i] & 0x3fU);
    }
    if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    return length;
}

bool json_text_is_utf8(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        uint64_t eight;
        if (length - i >= sizeof(eight)) {
            memcpy(&eight, text + i, sizeof(eight));
            if (!(eight & 0x8080808080808080U)) {
                i += sizeof(eight);
                continue;
            }
        }
        size_t step = character_length((const unsigned char *)text + i, length - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

/* The number of a \uXXXX at p, or -1. */
static int unicode_escape(const char *p, size_t left)
{
    if (left < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    int value = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = p[i] >= '0' && p[i] <= '9'   ? p[i] - '0'
                    : p[i] >= 'a' && p[i] <= 'f' ? p[i] - 'a' + 10
                    : p[i] >= 'A' && p[i] <= 'F' ? p[i] - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

bool json_text_surrogates_paired(const char *literal, size_t length)
{
    size_t i = 0;
    while (i < length) {
        if (literal[i] != '\\') {
            i++;
            continue;
        }
        int first = unicode_escape(literal + i, length - i);
        if (first < 0xd800 || first > 0xdfff) {
            i += first < 0 ? 2 : 6;
            continue;
        }
        if (first >= 0xdc00)
            return false;
        int second = unicode_escape(literal + i + 6, length - i - 6);
        if (second < 0xdc00 || second > 0xdfff)
            return false;
        i += 12;
    }
    return true;
}

/* yajl never tells how large a block was: a header remembers it. */
struct block {
    size_t size;
    _Alignas(max_align_t) unsigned char bytes[];
};

static void *block_new(void *context, size_t size)
{
    struct block *block = arena_alloc(context, sizeof(*block) + size);
    if (!block)
        return NULL;
    block->size = size;
    return block->bytes;
}

static void *block_resize(void *context, void *bytes, size_t size)
{
    if (!bytes)
        return block_new(context, size);
    const struct block *block =
        (const void *)((const unsigned char *)bytes - offsetof(struct block, bytes));
    if (size <= block->size)
        return bytes;
    void *larger = block_new(context, size);
    if (larger)
        memcpy(larger, bytes, block->size);
    return larger;
}

static void block_free(void *context, void *bytes)
{
    (void)context;
    (void)bytes;
}

yajl_alloc_funcs json_text_allocator(struct arena *arena)
{
    return (yajl_alloc_funcs){
        .malloc = block_new, .realloc = block_resize, .free = block_free, .ctx = arena};
}
