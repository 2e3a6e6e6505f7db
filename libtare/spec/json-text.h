/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <yajl/yajl_common.h>

#include "base/arena.h"

/* Places in the text of a JSON document, and what yajl does not check about its strings. */

/* Line and column (both from 1, the column in characters) of a byte. */
void json_text_position(const char *json, size_t size, size_t offset, unsigned *line,
                        unsigned *column);

/* Where the string literal starts whose closing quote is the byte before `end`. */
size_t json_text_string_start(const char *json, size_t end);

/* A length of at most `limit` bytes that does not cut a character in two. */
size_t json_text_cut(const char *text, size_t length, size_t limit);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool json_text_is_utf8(const char *text, size_t length);

/* Whether each \uD800..\uDFFF of a string literal is one half of a pair. */
bool json_text_surrogates_paired(const char *literal, size_t length);

/* Memory for yajl from the arena; freeing does nothing. */
yajl_alloc_funcs json_text_allocator(struct arena *arena);

/* The offset of the value at an RFC 6901 pointer, -ENOENT when there is none. */
int json_text_find(const char *json, size_t size, const char *pointer, size_t *offset);
