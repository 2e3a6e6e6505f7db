/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-kind.h"

#include <string.h>

#define NUMBER(type, minimum, maximum)                                                             \
    {                                                                                              \
        .shape = SHAPE_INTEGER, .size = sizeof(type), .min = (minimum), .max = (maximum)           \
    }
#define OPTION(type, minimum, maximum)                                                             \
    {                                                                                              \
        .shape = SHAPE_INTEGER, .optional = true, .size = sizeof(((struct type *)0)->value),       \
        .value = offsetof(struct type, value), .min = (minimum), .max = (maximum)                  \
    }
#define ENUMERATION(type)                                                                          \
    {                                                                                              \
        .shape = SHAPE_ENUM, .size = sizeof(type), .expected = "a string"                          \
    }

static const struct json_traits traits[] = {
    [JSON_STRING] = {.shape = SHAPE_STRING, .expected = "a string"},
    [JSON_BOOL] = {.shape = SHAPE_BOOL, .expected = "true or false", .size = sizeof(bool)},
    [JSON_OPT_BOOL] = {.shape = SHAPE_BOOL,
                       .expected = "true or false",
                       .size = sizeof(bool),
                       .optional = true,
                       .value = offsetof(struct opt_bool, value)},
    [JSON_INT] = NUMBER(int, INT32_MIN, INT32_MAX),
    [JSON_I32] = NUMBER(int32_t, INT32_MIN, INT32_MAX),
    [JSON_I64] = NUMBER(int64_t, INT64_MIN, INT64_MAX),
    [JSON_U32] = NUMBER(uint32_t, 0, UINT32_MAX),
    [JSON_U64] = NUMBER(uint64_t, 0, UINT64_MAX),
    [JSON_OPT_U16] = OPTION(opt_u16, 0, UINT16_MAX),
    [JSON_OPT_I32] = OPTION(opt_i32, INT32_MIN, INT32_MAX),
    [JSON_OPT_U32] = OPTION(opt_u32, 0, UINT32_MAX),
    [JSON_OPT_U64] = OPTION(opt_u64, 0, UINT64_MAX),
    [JSON_OPT_I64] = OPTION(opt_i64, INT64_MIN, INT64_MAX),
    [JSON_ENUM_INT] = ENUMERATION(int),
    [JSON_ENUM_U32] = ENUMERATION(uint32_t),
    [JSON_ENUM_ULONG] = ENUMERATION(unsigned long),
    [JSON_ENUM_CHAR] = ENUMERATION(char),
    [JSON_NAME] = {.shape = SHAPE_STRING, .expected = "a string"},
    [JSON_STRINGS] = {.shape = SHAPE_STRINGS, .expected = "an array of strings"},
    [JSON_NUMBERS_U32] = {.shape = SHAPE_NUMBERS,
                          .expected = "an array of integers",
                          .size = sizeof(uint32_t),
                          .max = UINT32_MAX},
    [JSON_FLAGS] = {.shape = SHAPE_FLAGS, .expected = "an array of strings"},
    [JSON_STRING_MAP] = {.shape = SHAPE_MAP, .expected = "an object of strings"},
    [JSON_OBJECT] = {.shape = SHAPE_OBJECT, .expected = "an object"},
    [JSON_EMBEDDED] = {.shape = SHAPE_EMBEDDED, .expected = "an object"},
    [JSON_LIST] = {.shape = SHAPE_LIST, .expected = "an array of objects"},
    [JSON_KEYED_LIST] = {.shape = SHAPE_KEYED_LIST, .expected = "an object of objects"},
};

const struct json_traits *json_traits_of(const struct json_field *field)
{
    return &traits[field->kind];
}

void json_integer_store(void *target, const struct json_traits *type, uint64_t value)
{
    unsigned char *p = target;
    if (type->optional)
        *(bool *)target = true;
    p += type->value;
    switch (type->size) {
    case 1: {
        uint8_t narrow = (uint8_t)value;
        memcpy(p, &narrow, sizeof(narrow));
        break;
    }
    case 2: {
        uint16_t narrow = (uint16_t)value;
        memcpy(p, &narrow, sizeof(narrow));
        break;
    }
    case 4: {
        uint32_t narrow = (uint32_t)value;
        memcpy(p, &narrow, sizeof(narrow));
        break;
    }
    default:
        memcpy(p, &value, sizeof(value));
    }
}

uint64_t json_integer_load(const void *source, const struct json_traits *type)
{
    const unsigned char *p = (const unsigned char *)source + type->value;
    bool is_signed = type->min < 0;
    switch (type->size) {
    case 1:
        return *p;
    case 2: {
        uint16_t value;
        memcpy(&value, p, sizeof(value));
        return value;
    }
    case 4: {
        uint32_t value;
        memcpy(&value, p, sizeof(value));
        return is_signed ? (uint64_t)(int64_t)(int32_t)value : value;
    }
    default: {
        uint64_t value;
        memcpy(&value, p, sizeof(value));
        return value;
    }
    }
}

const struct json_name *json_name_find(const struct json_name *names, const char *text,
                                       size_t length)
{
    for (const struct json_name *name = names; name->name; name++)
        if (!strncmp(name->name, text, length) && !name->name[length])
            return name;
    return NULL;
}

const struct json_name *json_name_of(const struct json_name *names, uint64_t value)
{
    for (const struct json_name *name = names; name->name; name++)
        if (name->value == value)
            return name;
    return NULL;
}
