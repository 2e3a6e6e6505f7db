/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "spec/json.h"

/* What the reader and the writer have to know about each enum json_kind: how the value lies in its
 * struct. */

enum json_shape {
    SHAPE_STRING,
    SHAPE_BOOL,
    SHAPE_INTEGER,
    SHAPE_ENUM,
    SHAPE_STRINGS,
    SHAPE_NUMBERS,
    SHAPE_FLAGS,
    SHAPE_MAP,
    SHAPE_OBJECT,
    SHAPE_EMBEDDED,
    SHAPE_LIST,
    SHAPE_KEYED_LIST,
};

struct json_traits {
    enum json_shape shape;
    const char *expected; /* for messages; integers are described by their bounds */
    uint8_t size;         /* of the number or bool */
    uint8_t value;        /* its offset inside an opt_ struct */
    bool optional;        /* an opt_ struct: `set` comes first */
    int64_t min;          /* what the type can hold */
    uint64_t max;
};

const struct json_traits *json_traits_of(const struct json_field *field);

/* Numbers of 1, 2, 4 or 8 bytes, in two's complement. */
void json_integer_store(void *target, const struct json_traits *type, uint64_t value);
uint64_t json_integer_load(const void *source, const struct json_traits *type);

/* NULL when no name has the number. */
const struct json_name *json_name_find(const struct json_name *names, const char *text,
                                       size_t length);
const struct json_name *json_name_of(const struct json_name *names, uint64_t value);

/* The common form of every struct LIST_OF(T). */
struct json_list LIST_OF(void);
