/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "spec/json-text.h"
#include "spec/parse.h"

/* Follows one pointer through yajl's events. Values off the path only change `depth`. */
struct locator {
    const char *json;
    size_t size;
    const char *rest;  /* of the pointer: what is not matched yet, "" or "/..." */
    size_t depth;      /* open brackets */
    size_t on_path;    /* how many of them the path goes through */
    size_t index;      /* of the next element of the innermost of these, when it is an array */
    bool is_array;     /* that one */
    bool next_matches; /* the value that comes next is the next step of the path */
    yajl_handle yajl;
    bool found;
    size_t offset;
};

/* The first reference token of a pointer, unescaped as it is compared. */
static bool step_matches(const char *step, const char *key, size_t length)
{
    const char *p = step;
    for (size_t i = 0; i < length; i++, p++) {
        char wanted = *p;
        if (wanted == '\0' || wanted == '/')
            return false;
        if (wanted == '~' && (p[1] == '0' || p[1] == '1')) {
            p++;
            wanted = *p == '0' ? '~' : '/';
        }
        if (wanted != key[i])
            return false;
    }
    return *p == '\0' || *p == '/';
}

/* A value begins `length` bytes before where the lexer stands. True when the path leads into it. */
static bool value_begins(struct locator *locator, size_t start)
{
    bool on_path = locator->depth == locator->on_path;
    if (on_path && locator->depth > 0 && locator->is_array) {
        char index[24];
        int length = snprintf(index, sizeof(index), "%zu", locator->index++);
        locator->next_matches = step_matches(locator->rest + 1, index, (size_t)length);
    }
    if (!on_path || (locator->depth > 0 && !locator->next_matches))
        return false;
    if (locator->depth > 0)
        locator->rest += 1 + strcspn(locator->rest + 1, "/");
    locator->next_matches = false;
    locator->found = !*locator->rest;
    locator->offset = start;
    return true;
}

static size_t lexer_offset(const struct locator *locator)
{
    return yajl_get_bytes_consumed(locator->yajl);
}

/* A scalar ends the search when the path leads to it, or wants to go on below it. */
static int scalar(struct locator *locator, size_t start)
{
    return !value_begins(locator, start);
}

static int on_null(void *context)
{
    return scalar(context, lexer_offset(context) - strlen("null"));
}

static int on_boolean(void *context, int truth)
{
    return scalar(context, lexer_offset(context) - strlen(truth ? "true" : "false"));
}

static int on_number(void *context, const char *text, size_t length)
{
    (void)text;
    return scalar(context, lexer_offset(context) - length);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
    const struct locator *locator = context;
    (void)text;
    (void)length;
    return scalar(context, json_text_string_start(locator->json, lexer_offset(locator)));
}

static int bracket_open(struct locator *locator, bool is_array)
{
    if (value_begins(locator, lexer_offset(locator) - 1)) {
        locator->on_path++;
        locator->is_array = is_array;
        locator->index = 0;
    }
    locator->depth++;
    return !locator->found;
}

static int on_object(void *context)
{
    return bracket_open(context, false);
}

static int on_array(void *context)
{
    return bracket_open(context, true);
}

static int on_key(void *context, const unsigned char *key, size_t length)
{
    struct locator *locator = context;
    if (locator->depth == locator->on_path)
        locator->next_matches = step_matches(locator->rest + 1, (const char *)key, length);
    return 1;
}

/* The path ends with the bracket it went through: nothing after it can match. */
static int bracket_close(void *context)
{
    struct locator *locator = context;
    if (locator->depth == locator->on_path)
        return 0;
    locator->depth--;
    return 1;
}

int json_text_find(const char *json, size_t size, const char *pointer, size_t *offset)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_object,
        .yajl_map_key = on_key,
        .yajl_end_map = bracket_close,
        .yajl_start_array = on_array,
        .yajl_end_array = bracket_close,
    };
    if (*pointer && *pointer != '/')
        return -ENOENT;
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    yajl_alloc_funcs allocator = json_text_allocator(&arena);
    struct locator locator = {.json = json, .size = size, .rest = pointer};
    locator.yajl = yajl_alloc(&callbacks, &allocator, &locator);
    if (!locator.yajl)
        return -ENOMEM;
    yajl_config(locator.yajl, yajl_dont_validate_strings, 1);
    yajl_parse(locator.yajl, (const unsigned char *)json, size);
    if (!locator.found)
        return -ENOENT;
    *offset = locator.offset;
    return 0;
}

int json_locate(const char *json, size_t size, const char *pointer, unsigned *line,
                unsigned *column)
{
    size_t offset;
    int r = json_text_find(json, size, pointer, &offset);
    if (r == 0)
        json_text_position(json, size, offset, line, column);
    return r;
}
