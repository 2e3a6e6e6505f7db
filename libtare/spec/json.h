/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/macros.h"
#include "spec/values.h"

/* The table-driven JSON engine under spec/parse.h and spec/write.h; state.json, hook states and the
 * features document use it with tables of their own.
 *
 * A table describes a struct field by field; the same table parses (over yajl's streaming parser)
 * and writes (over yajl's generator). */

enum json_kind {
    JSON_STRING,      /* const char * */
    JSON_BOOL,        /* bool */
    JSON_OPT_BOOL,    /* struct opt_bool */
    JSON_INT,         /* int: a number */
    JSON_I32,         /* int32_t */
    JSON_I64,         /* int64_t */
    JSON_U32,         /* uint32_t */
    JSON_U64,         /* uint64_t */
    JSON_OPT_U16,     /* struct opt_u16 */
    JSON_OPT_I32,     /* struct opt_i32 */
    JSON_OPT_U32,     /* struct opt_u32 */
    JSON_OPT_U64,     /* struct opt_u64 */
    JSON_OPT_I64,     /* struct opt_i64 */
    JSON_ENUM_INT,    /* int, from a string by `names` */
    JSON_ENUM_U32,    /* uint32_t, from a string by `names` */
    JSON_ENUM_ULONG,  /* unsigned long, from a string by `names` */
    JSON_ENUM_CHAR,   /* char, from a one-letter string by `names` */
    JSON_NAME,        /* const char *: one of `names`, or empty unless it is required */
    JSON_STRINGS,     /* struct strings; with `names`: each must be one of them */
    JSON_NUMBERS_U32, /* struct numbers_u32 */
    JSON_FLAGS,       /* struct flag_set, from an array of strings by `names` */
    JSON_STRING_MAP,  /* struct string_map */
    JSON_OBJECT,      /* T *: `type` */
    JSON_EMBEDDED,    /* T: `type`, inside the parent struct */
    JSON_LIST,        /* struct LIST_OF(T): an array of objects of `type` */
    JSON_KEYED_LIST, /* struct LIST_OF(T): an object whose values are of `type`; the key goes to the
                        `const char *` at offset 0 of T */
};

/* A name of an enumeration and its number; a list ends with name NULL. */
struct json_name {
    const char *name;
    uint64_t value;
};

struct json_type;
struct json_list; /* spec/json-kind.h */

struct json_field {
    const char *name;
    enum json_kind kind;
    size_t offset;
    bool required;
    const struct json_type *type;
    const struct json_name *names;
    int64_t min; /* numbers: inclusive bounds, when min < max; max is not negative */
    int64_t max;
    /* One more check of the value, after it was stored: NULL when fine, else what is expected ("an
     * absolute path"). `value` points at the field. */
    const char *(*check)(const void *value);
    /* The same for each string of JSON_STRINGS, and for each key of JSON_STRING_MAP and
     * JSON_KEYED_LIST. */
    const char *(*check_item)(const char *item);
    uint64_t fallback; /* number or enumeration: the value when the property is absent; not written
                          then */
    bool alias;        /* another spelling of a property before it: read, never written */
};

struct json_type {
    const char *name; /* for messages: "mount" */
    size_t size;      /* sizeof the struct */
    const struct json_field *fields;
    size_t n_fields;
    /* A check over the whole object after its last property: NULL, or what is wrong. `*property`
     * may be set to the name of the property that is to blame. */
    const char *(*check)(const void *object, const char **property);
    /* After the check found nothing: brings the object into its normal form. */
    void (*finish)(void *object);
    /* A JSON_ENUM_INT field with values below 64 that no two elements of one list may share, or
     * NULL. */
    const struct json_field *unique;
    bool closed; /* unknown properties are problems */
};

#define JSON_FIELD(structure, member, property, kind_, ...)                                        \
    {                                                                                              \
        .name = property, .kind = kind_, .offset = offsetof(structure, member), __VA_ARGS__        \
    }

/* Defines NOUN_type of `structure`, whose fields are the array NOUN_fields (at most 64). */
#define JSON_TYPE(structure, noun, ...)                                                            \
    const struct json_type noun##_type = {.name = #noun,                                           \
                                          .size = sizeof(structure),                               \
                                          .fields = noun##_fields,                                 \
                                          .n_fields = ELEMENTSOF(noun##_fields),                   \
                                          __VA_ARGS__}

/* Problems are reported as spec/parse.h says; strings of the document are copied to the arena. */
int json_parse(struct arena *arena, const struct json_type *type, const char *json, size_t size,
               void **ret, struct strings *unknown, struct error *err);
/* The same of an array of objects of `type`; `list` is a LIST_OF() them. */
int json_parse_list(struct arena *arena, const struct json_type *type, const char *json,
                    size_t size, struct json_list *list, struct strings *unknown,
                    struct error *err);
/* Properties come in the order of the table. Absent are: NULL, options that are not set, false, 0
 * and the fallback, unless the field is required. Text as spec/write.h says. */
int json_write(struct arena *arena, const struct json_type *type, const void *object,
               const char *indent, const char **ret, struct error *err);
