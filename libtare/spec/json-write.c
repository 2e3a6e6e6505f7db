/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "base/macros.h"
#include "spec/json-kind.h"
#include "spec/json-text.h"
#include "spec/json.h"

struct writer {
    yajl_gen gen;
    const char *refused; /* the string that was not UTF-8: yajl forgets it */
    bool failed;
};

static void write_struct(struct writer *writer, const struct json_type *type,
                         const unsigned char *object);

static void write_string(struct writer *writer, const char *text)
{
    if (yajl_gen_string(writer->gen, (const unsigned char *)text, strlen(text)) !=
        yajl_gen_status_ok)
        writer->refused = text;
}

/* yajl would put a line break between the brackets of an empty array or object. */
static void write_raw(struct writer *writer, const char *text)
{
    yajl_gen_number(writer->gen, text, strlen(text));
}

static bool struct_is_absent(const struct json_type *type, const unsigned char *object);

static bool is_absent(const struct json_field *field, const unsigned char *value)
{
    const struct json_traits *traits = json_traits_of(field);
    switch (traits->shape) {
    case SHAPE_STRING:
    case SHAPE_OBJECT:
        return !*(void *const *)(const void *)value;
    case SHAPE_BOOL:
    case SHAPE_INTEGER:
    case SHAPE_ENUM: {
        if (traits->optional)
            return !*(const bool *)value;
        uint64_t number = json_integer_load(value, traits);
        return number == 0 || (field->fallback && number == field->fallback);
    }
    case SHAPE_EMBEDDED:
        return struct_is_absent(field->type, value);
    case SHAPE_STRINGS:
    case SHAPE_NUMBERS:
    case SHAPE_FLAGS:
    case SHAPE_MAP:
    case SHAPE_LIST:
    case SHAPE_KEYED_LIST:
        break;
    }
    return !*(const bool *)value;
}

static bool is_written(const struct json_field *field, const unsigned char *value)
{
    if (field->alias)
        return false;
    /* What is behind a pointer cannot be written when the pointer is NULL. */
    bool by_value = json_traits_of(field)->shape != SHAPE_STRING &&
                    json_traits_of(field)->shape != SHAPE_OBJECT;
    return (field->required && by_value) || !is_absent(field, value);
}

static bool struct_is_absent(const struct json_type *type, const unsigned char *object)
{
    for (size_t i = 0; i < type->n_fields; i++)
        if (is_written(&type->fields[i], object + type->fields[i].offset))
            return false;
    return true;
}

static void write_integer(struct writer *writer, const struct json_traits *traits, uint64_t value)
{
    char text[24];
    if (traits->min < 0)
        snprintf(text, sizeof(text), "%lld", (long long)value);
    else
        snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    write_raw(writer, text);
}

static void write_strings(struct writer *writer, const struct strings *strings)
{
    if (strings->n == 0) {
        write_raw(writer, "[]");
        return;
    }
    yajl_gen_array_open(writer->gen);
    for (size_t i = 0; i < strings->n; i++)
        write_string(writer, strings->items[i]);
    yajl_gen_array_close(writer->gen);
}

static void write_numbers(struct writer *writer, const struct json_field *field,
                          const struct numbers_u32 *numbers)
{
    if (numbers->n == 0) {
        write_raw(writer, "[]");
        return;
    }
    yajl_gen_array_open(writer->gen);
    for (size_t i = 0; i < numbers->n; i++)
        write_integer(writer, json_traits_of(field), numbers->items[i]);
    yajl_gen_array_close(writer->gen);
}

static void write_flags(struct writer *writer, const struct json_field *field,
                        const struct flag_set *flags)
{
    if (flags->mask == 0) {
        write_raw(writer, "[]");
        return;
    }
    yajl_gen_array_open(writer->gen);
    for (const struct json_name *name = field->names; name->name; name++)
        if (flags->mask & name->value)
            write_string(writer, name->name);
    yajl_gen_array_close(writer->gen);
}

static void write_map(struct writer *writer, const struct string_map *map)
{
    if (map->n == 0) {
        write_raw(writer, "{}");
        return;
    }
    yajl_gen_map_open(writer->gen);
    for (size_t i = 0; i < map->n; i++) {
        write_string(writer, map->items[i].key);
        write_string(writer, map->items[i].value);
    }
    yajl_gen_map_close(writer->gen);
}

static void write_list(struct writer *writer, const struct json_type *type,
                       const struct json_list *list)
{
    if (list->n == 0) {
        write_raw(writer, "[]");
        return;
    }
    yajl_gen_array_open(writer->gen);
    for (size_t i = 0; i < list->n; i++)
        write_struct(writer, type, (const unsigned char *)list->items + i * type->size);
    yajl_gen_array_close(writer->gen);
}

static void write_keyed_list(struct writer *writer, const struct json_type *type,
                             const struct json_list *list)
{
    if (list->n == 0) {
        write_raw(writer, "{}");
        return;
    }
    yajl_gen_map_open(writer->gen);
    for (size_t i = 0; i < list->n; i++) {
        const unsigned char *element = (const unsigned char *)list->items + i * type->size;
        write_string(writer, *(const char *const *)(const void *)element);
        write_struct(writer, type, element);
    }
    yajl_gen_map_close(writer->gen);
}

static void write_value(struct writer *writer, const struct json_field *field,
                        const unsigned char *bytes)
{
    const struct json_traits *traits = json_traits_of(field);
    const void *value = bytes;
    switch (traits->shape) {
    case SHAPE_STRING:
        write_string(writer, *(const char *const *)value);
        break;
    case SHAPE_BOOL:
        yajl_gen_bool(writer->gen, json_integer_load(value, traits) != 0);
        break;
    case SHAPE_INTEGER:
        write_integer(writer, traits, json_integer_load(value, traits));
        break;
    case SHAPE_ENUM: {
        const struct json_name *name = json_name_of(field->names, json_integer_load(value, traits));
        if (name)
            write_string(writer, name->name);
        else
            writer->failed = true;
        break;
    }
    case SHAPE_STRINGS:
        write_strings(writer, value);
        break;
    case SHAPE_NUMBERS:
        write_numbers(writer, field, value);
        break;
    case SHAPE_FLAGS:
        write_flags(writer, field, value);
        break;
    case SHAPE_MAP:
        write_map(writer, value);
        break;
    case SHAPE_OBJECT:
        write_struct(writer, field->type, *(const unsigned char *const *)value);
        break;
    case SHAPE_EMBEDDED:
        write_struct(writer, field->type, value);
        break;
    case SHAPE_LIST:
        write_list(writer, field->type, value);
        break;
    case SHAPE_KEYED_LIST:
        write_keyed_list(writer, field->type, value);
        break;
    }
}

static void write_struct(struct writer *writer, const struct json_type *type,
                         const unsigned char *object)
{
    if (struct_is_absent(type, object)) {
        write_raw(writer, "{}");
        return;
    }
    yajl_gen_map_open(writer->gen);
    for (size_t i = 0; i < type->n_fields; i++) {
        const struct json_field *field = &type->fields[i];
        const unsigned char *value = object + field->offset;
        if (!is_written(field, value))
            continue;
        write_string(writer, field->name);
        write_value(writer, field, value);
    }
    yajl_gen_map_close(writer->gen);
}

int json_write(struct arena *arena, const struct json_type *type, const void *object,
               const char *indent, const char **ret, struct error *err)
{
    yajl_alloc_funcs allocator = json_text_allocator(arena);
    yajl_gen gen = yajl_gen_alloc(&allocator);
    struct writer writer = {.gen = gen};
    if (!gen)
        return error_sys(err, ENOMEM, "write a JSON document");
    yajl_gen_config(gen, yajl_gen_validate_utf8, 1);
    if (*indent) {
        yajl_gen_config(gen, yajl_gen_beautify, 1);
        yajl_gen_config(gen, yajl_gen_indent_string, indent);
    }
    write_struct(&writer, type, object);

    const unsigned char *text;
    size_t length;
    if (writer.refused)
        return error_set(err, EINVAL, "cannot write a %s as JSON: \"%s\" is not UTF-8", type->name,
                         writer.refused);
    if (writer.failed || yajl_gen_get_buf(gen, &text, &length) != yajl_gen_status_ok || length == 0)
        return error_set(err, EINVAL, "cannot write a %s as JSON", type->name);
    if (text[length - 1] == '\n')
        length--;
    const char *copy = arena_strndup(arena, (const char *)text, length);
    if (!copy)
        return error_sys(err, ENOMEM, "write a JSON document");
    *ret = copy;
    return 0;
}
