/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec/json-parser.h"
#include "spec/json-text.h"

/* ---- where the next value goes ---- */

/* The field that takes the next value of a frame, and where it lies. NULL: the value is skipped, or
 * it is an element (FRAME_LIST, FRAME_KEYED, FRAME_ITEMS, FRAME_MAP) that the frame itself takes.
 */
static const struct json_field *frame_field(const struct json_frame *frame, unsigned char **target)
{
    if (frame->kind != FRAME_OBJECT || !frame->field)
        return NULL;
    *target = frame->target + frame->field->offset;
    return frame->field;
}

static bool keep_going(const struct json_parser *parser)
{
    return !parser->out_of_memory && !parser->stopped;
}

/* A value begins in the innermost frame. */
static struct json_frame *value_begin(struct json_parser *parser)
{
    struct json_frame *frame = json_top(parser);
    if (frame && frame->is_array)
        frame->n++;
    return frame;
}

static void map_store(struct json_parser *parser, struct json_frame *frame,
                      const struct json_token *token)
{
    if (token->type != TOKEN_STRING) {
        json_expected(parser, token, "a string");
        return;
    }
    struct string_map *map = (struct string_map *)frame->target;
    struct string_pair *items =
        arena_grow(parser->arena, map->items, map->n, &frame->capacity, sizeof(*items));
    const char *key = arena_strndup(parser->arena, frame->key, frame->key_length);
    if (!items || !key) {
        parser->out_of_memory = true;
        return;
    }
    map->items = items;
    const char *value = json_string_take(parser, token);
    if (value)
        items[map->n++] = (struct string_pair){.key = key, .value = value};
}

static int scalar(struct json_parser *parser, const struct json_token *token)
{
    struct json_frame *frame = value_begin(parser);
    if (!frame) {
        json_expected(parser, token, "an object");
        return keep_going(parser);
    }
    /* Go writes null for what it has not: for a property that is the same as being absent. */
    bool is_null = token->type == TOKEN_NULL;
    unsigned char *target;
    const struct json_field *field = frame_field(frame, &target);
    if (field) {
        if (!is_null) {
            frame->given |= UINT64_C(1) << (field - frame->type->fields);
            json_scalar_store(parser, field, target, token);
        }
    } else if (frame->kind == FRAME_ITEMS) {
        json_item_store(parser, frame, token);
    } else if (frame->kind == FRAME_MAP) {
        if (!is_null)
            map_store(parser, frame, token);
    } else if (frame->kind == FRAME_LIST || (frame->kind == FRAME_KEYED && !is_null)) {
        json_expected(parser, token, "an object");
    } else if (token->type == TOKEN_STRING) {
        json_string_check(parser, token);
    }
    return keep_going(parser);
}

/* ---- opening ---- */

/* A new innermost frame; NULL when it is one too many. */
static struct json_frame *frame_open(struct json_parser *parser, enum json_frame_kind kind,
                                     const struct json_token *bracket)
{
    if (parser->depth == SPEC_DEPTH_LIMIT) {
        json_problem(parser, bracket, "expected at most %d nested objects and arrays",
                     SPEC_DEPTH_LIMIT);
        parser->stopped = true;
        return NULL;
    }
    struct json_frame *frame = &parser->frames[parser->depth];
    *frame = (struct json_frame){
        .kind = kind,
        .is_array = bracket->type == TOKEN_ARRAY,
        .key = "",
        .offset = yajl_get_bytes_consumed(parser->yajl) - 1,
        .first_key = parser->n_keys,
        .first_item = parser->n_items,
        .problems = parser->n_problems,
    };
    parser->depth++;
    return frame;
}

static int skip_open(struct json_parser *parser, const struct json_token *bracket)
{
    frame_open(parser, FRAME_SKIP, bracket);
    return keep_going(parser);
}

static int struct_open(struct json_parser *parser, const struct json_type *type, void *object,
                       const struct json_token *bracket)
{
    struct json_frame *frame = frame_open(parser, FRAME_OBJECT, bracket);
    if (frame) {
        frame->type = type;
        frame->next = type->fields;
        frame->target = object;
    }
    return keep_going(parser);
}

static int allocated_struct_open(struct json_parser *parser, const struct json_type *type,
                                 void **slot, const struct json_token *bracket)
{
    *slot = arena_alloc(parser->arena, type->size);
    if (!*slot) {
        parser->out_of_memory = true;
        return 0;
    }
    return struct_open(parser, type, *slot, bracket);
}

/* One more struct at the end of a list. */
static int element_open(struct json_parser *parser, struct json_frame *frame,
                        const struct json_token *bracket)
{
    const struct json_type *type = frame->field->type;
    struct json_list *list = (struct json_list *)frame->target;
    void *items = arena_grow(parser->arena, list->items, list->n, &frame->capacity, type->size);
    if (!items) {
        parser->out_of_memory = true;
        return 0;
    }
    list->items = items;
    unsigned char *element = (unsigned char *)items + list->n++ * type->size;
    if (frame->kind == FRAME_KEYED) {
        const char *key = arena_strndup(parser->arena, frame->key, frame->key_length);
        if (!key) {
            parser->out_of_memory = true;
            return 0;
        }
        *(const char **)(void *)element = key;
    }
    return struct_open(parser, type, element, bracket);
}

static int field_open(struct json_parser *parser, enum json_frame_kind kind,
                      const struct json_field *field, unsigned char *target,
                      const struct json_token *bracket)
{
    struct json_frame *frame = frame_open(parser, kind, bracket);
    if (frame) {
        frame->field = field;
        frame->target = target;
    }
    return keep_going(parser);
}

static int array_for_field(struct json_parser *parser, const struct json_field *field,
                           unsigned char *target, const struct json_token *bracket)
{
    enum json_shape shape = json_traits_of(field)->shape;
    if (shape == SHAPE_LIST)
        return field_open(parser, FRAME_LIST, field, target, bracket);
    if (shape == SHAPE_STRINGS || shape == SHAPE_NUMBERS || shape == SHAPE_FLAGS) {
        parser->flags = 0;
        return field_open(parser, FRAME_ITEMS, field, target, bracket);
    }
    json_expected(parser, bracket, json_field_expects(parser, field));
    return skip_open(parser, bracket);
}

static int object_for_field(struct json_parser *parser, const struct json_field *field,
                            unsigned char *target, const struct json_token *bracket)
{
    enum json_shape shape = json_traits_of(field)->shape;
    if (shape == SHAPE_OBJECT)
        return allocated_struct_open(parser, field->type, (void **)(void *)target, bracket);
    if (shape == SHAPE_EMBEDDED)
        return struct_open(parser, field->type, target, bracket);
    if (shape == SHAPE_KEYED_LIST)
        return field_open(parser, FRAME_KEYED, field, target, bracket);
    if (shape == SHAPE_MAP)
        return field_open(parser, FRAME_MAP, field, target, bracket);
    json_expected(parser, bracket, json_field_expects(parser, field));
    return skip_open(parser, bracket);
}

static int bracket_open(struct json_parser *parser, enum json_token_type type)
{
    struct json_token bracket = {.type = type};
    struct json_frame *frame = value_begin(parser);
    if (!frame) {
        if (type == TOKEN_OBJECT)
            return allocated_struct_open(parser, parser->type, &parser->root, &bracket);
        json_expected(parser, &bracket, "an object");
        return skip_open(parser, &bracket);
    }
    unsigned char *target;
    const struct json_field *field = frame_field(frame, &target);
    if (field) {
        frame->given |= UINT64_C(1) << (field - frame->type->fields);
        return type == TOKEN_OBJECT ? object_for_field(parser, field, target, &bracket)
                                    : array_for_field(parser, field, target, &bracket);
    }
    if (frame->kind == FRAME_LIST || frame->kind == FRAME_KEYED) {
        if (type == TOKEN_OBJECT)
            return element_open(parser, frame, &bracket);
        json_expected(parser, &bracket, "an object");
    } else if (frame->kind == FRAME_ITEMS || frame->kind == FRAME_MAP) {
        bool numbers = json_traits_of(frame->field)->shape == SHAPE_NUMBERS;
        json_expected(parser, &bracket, numbers ? "an integer" : "a string");
    }
    return skip_open(parser, &bracket);
}

/* ---- properties ---- */

/* Engines write properties in the order of the tables: the search goes on where the last one ended.
 */
static const struct json_field *field_find(struct json_frame *frame, const char *key, size_t length)
{
    const struct json_field *fields = frame->type->fields, *end = fields + frame->type->n_fields;
    const struct json_field *field = frame->next;
    for (size_t i = 0; i < frame->type->n_fields; i++, field++) {
        if (field == end)
            field = fields;
        if (field->name[0] == key[0] && !strncmp(field->name, key, length) &&
            !field->name[length]) {
            frame->next = field + 1;
            return field;
        }
    }
    return NULL;
}

static void key_remember(struct json_parser *parser, const char *text, size_t length, size_t offset)
{
    struct json_key *keys = arena_grow(parser->arena, parser->keys, parser->n_keys,
                                       &parser->keys_capacity, sizeof(*keys));
    if (!keys) {
        parser->out_of_memory = true;
        return;
    }
    parser->keys = keys;
    keys[parser->n_keys++] = (struct json_key){.text = text, .length = length, .offset = offset};
}

static void unknown_remember(struct json_parser *parser)
{
    struct strings *unknown = parser->unknown;
    if (!unknown)
        return;
    size_t used = unknown->n ? unknown->n + 1 : 0; /* with the NULL behind the last */
    const char **items =
        arena_grow(parser->arena, unknown->items, used, &parser->unknown_capacity, sizeof(*items));
    const char *pointer = json_pointer(parser, parser->depth, NULL);
    if (!items || !pointer) {
        parser->out_of_memory = true;
        return;
    }
    items[unknown->n++] = pointer;
    items[unknown->n] = NULL;
    unknown->items = items;
    unknown->set = true;
}

static void property_of_struct(struct json_parser *parser, struct json_frame *frame,
                               const struct json_token *key)
{
    frame->field = field_find(frame, frame->key, frame->key_length);
    if (!frame->field) {
        key_remember(parser, frame->key, frame->key_length, json_token_offset(parser, key));
        if (frame->type->closed)
            json_expected(parser, key, json_properties_expected(parser, frame->type));
        unknown_remember(parser);
        return;
    }
    uint64_t bit = UINT64_C(1) << (frame->field - frame->type->fields);
    if (frame->seen & bit) {
        json_problem(parser, key, "expected each property once, found it again");
        frame->field = NULL; /* the first value stays */
    }
    frame->seen |= bit;
}

static int property(void *context, const unsigned char *text, size_t length)
{
    struct json_parser *parser = context;
    struct json_frame *frame = &parser->frames[parser->depth - 1];
    struct json_token key = {.type = TOKEN_STRING, .text = (const char *)text, .length = length};
    bool in_document = key.text >= parser->json && key.text < parser->json + parser->size;
    frame->key = in_document ? key.text : arena_strndup(parser->arena, key.text, length);
    frame->key_length = length;
    if (!frame->key) {
        parser->out_of_memory = true;
        return 0;
    }
    if (frame->kind == FRAME_OBJECT)
        frame->field = NULL;
    if (!json_string_check(parser, &key)) {
        frame->key = "?";
        frame->key_length = 1;
        return keep_going(parser);
    }
    if (frame->kind == FRAME_OBJECT) {
        property_of_struct(parser, frame, &key);
        return keep_going(parser);
    }
    key_remember(parser, frame->key, length, json_token_offset(parser, &key));
    if ((frame->kind == FRAME_MAP || frame->kind == FRAME_KEYED) && frame->field->check_item) {
        const char *copy = arena_strndup(parser->arena, frame->key, length);
        const char *expected = copy ? frame->field->check_item(copy) : NULL;
        if (expected)
            json_expected(parser, &key, expected);
    }
    return keep_going(parser);
}

/* ---- closing ---- */

static int key_compare(const void *a, const void *b)
{
    const struct json_key *one = a, *other = b;
    size_t shorter = one->length < other->length ? one->length : other->length;
    int order = memcmp(one->text, other->text, shorter);
    if (order)
        return order;
    if (one->length != other->length)
        return one->length < other->length ? -1 : 1;
    return one->offset < other->offset ? -1 : one->offset > other->offset;
}

/* The keys that the frame remembered, in search of twins. Forgets them. */
static void keys_check(struct json_parser *parser, struct json_frame *frame)
{
    struct json_key *keys = parser->keys + frame->first_key;
    size_t n = parser->n_keys - frame->first_key;
    parser->n_keys = frame->first_key;
    if (n < 2)
        return;
    qsort(keys, n, sizeof(*keys), key_compare);
    for (size_t i = 1; i < n; i++) {
        if (keys[i].length != keys[i - 1].length ||
            memcmp(keys[i].text, keys[i - 1].text, keys[i].length) != 0)
            continue;
        frame->key = keys[i].text;
        frame->key_length = keys[i].length;
        json_problem_at(parser, json_pointer(parser, parser->depth, NULL), keys[i].offset,
                        "expected each property once, found it again");
    }
}

static void required_check(struct json_parser *parser, struct json_frame *frame)
{
    const struct json_field *fields = frame->type->fields;
    for (size_t i = 0; i < frame->type->n_fields; i++) {
        if (frame->given & UINT64_C(1) << i)
            continue;
        if (fields[i].required)
            json_problem_at(parser, json_pointer(parser, parser->depth - 1, fields[i].name),
                            frame->offset, "this property is required, and missing");
        else if (fields[i].fallback)
            json_integer_store(frame->target + fields[i].offset, json_traits_of(&fields[i]),
                               fields[i].fallback);
    }
}

/* Where a property of the object that just ended begins. */
static size_t property_offset(struct json_parser *parser, const struct json_frame *frame,
                              const char *pointer)
{
    size_t offset;
    if (!pointer || json_text_find(parser->json, parser->size, pointer, &offset) < 0)
        return frame->offset;
    return offset;
}

static void struct_check(struct json_parser *parser, struct json_frame *frame)
{
    const char *property = NULL;
    const char *wrong = frame->type->check ? frame->type->check(frame->target, &property) : NULL;
    if (!wrong)
        return;
    const char *pointer = json_pointer(parser, parser->depth - 1, property);
    json_problem_at(parser, pointer, property_offset(parser, frame, pointer), "%s", wrong);
}

/* The struct that just ended is an element of a list whose elements differ in one field. */
static void unique_check(struct json_parser *parser, struct json_frame *frame)
{
    const struct json_field *unique = frame->type->unique;
    if (!unique || parser->depth < 2)
        return;
    struct json_frame *list = frame - 1;
    uint64_t value = json_integer_load(frame->target + unique->offset, json_traits_of(unique));
    uint64_t bit = UINT64_C(1) << value;
    if (list->taken & bit) {
        const char *pointer = json_pointer(parser, parser->depth - 1, unique->name);
        const struct json_name *name = json_name_of(unique->names, value);
        json_problem_at(parser, pointer, property_offset(parser, frame, pointer),
                        "expected each %s once, found \"%s\" again", unique->name,
                        name ? name->name : "");
    }
    list->taken |= bit;
}

static void struct_close(struct json_parser *parser, struct json_frame *frame)
{
    required_check(parser, frame);
    /* A check over several properties means something only when each of them is sound. */
    if (parser->n_problems > frame->problems)
        return;
    unique_check(parser, frame);
    struct_check(parser, frame);
}

/* The array or map that just ended was the value of a field. */
static void field_close(struct json_parser *parser, struct json_frame *frame)
{
    const struct json_field *field = frame->field;
    size_t n = frame->n;
    if (frame->kind == FRAME_ITEMS) {
        json_items_finish(parser, frame);
    } else {
        struct json_list *list = (struct json_list *)frame->target;
        list->set = true;
        n = list->n;
    }
    if (!field->check || parser->n_problems > frame->problems)
        return;
    const char *expected = field->check(frame->target);
    const char *noun = frame->is_array ? "array" : "object";
    if (expected && n == 0)
        json_problem_at(parser, json_pointer(parser, parser->depth - 1, NULL), frame->offset,
                        "expected %s, found an empty %s", expected, noun);
    else if (expected)
        json_problem_at(parser, json_pointer(parser, parser->depth - 1, NULL), frame->offset,
                        "expected %s, found an %s of %zu", expected, noun, n);
}

static int bracket_close(void *context)
{
    struct json_parser *parser = context;
    struct json_frame *frame = &parser->frames[parser->depth - 1];
    keys_check(parser, frame);
    if (frame->kind == FRAME_OBJECT)
        struct_close(parser, frame);
    else if (frame->kind != FRAME_SKIP)
        field_close(parser, frame);
    parser->depth--;
    return keep_going(parser);
}

/* ---- yajl ---- */

static int on_null(void *context)
{
    return scalar(context, &(struct json_token){.type = TOKEN_NULL});
}

static int on_boolean(void *context, int truth)
{
    return scalar(context, &(struct json_token){.type = TOKEN_BOOL, .truth = truth});
}

static int on_number(void *context, const char *text, size_t length)
{
    return scalar(context,
                  &(struct json_token){.type = TOKEN_NUMBER, .text = text, .length = length});
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
    return scalar(context, &(struct json_token){
                               .type = TOKEN_STRING, .text = (const char *)text, .length = length});
}

static int on_object(void *context)
{
    return bracket_open(context, TOKEN_OBJECT);
}

static int on_array(void *context)
{
    return bracket_open(context, TOKEN_ARRAY);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = property,
    .yajl_end_map = bracket_close,
    .yajl_start_array = on_array,
    .yajl_end_array = bracket_close,
};

/* yajl found that the text is not JSON. The lexer stands behind what it could not take. */
static void syntax_problem(struct json_parser *parser)
{
    size_t offset = yajl_get_bytes_consumed(parser->yajl);
    /* yajl says "parse error: trailing garbage\n". */
    const char *said = (const char *)yajl_get_error(parser->yajl, 0, NULL, 0);
    const char *colon = said ? strstr(said, ": ") : NULL;
    said = colon ? colon + 2 : "this is not JSON";
    json_problem_at(parser, "", offset ? offset - 1 : 0, "not JSON: %.*s",
                    (int)strcspn(said, ".\n"), said);
}

static bool is_blank(const char *json, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (json[i] != ' ' && json[i] != '\t' && json[i] != '\n' && json[i] != '\r')
            return false;
    return true;
}

static void document_read(struct json_parser *parser)
{
    const unsigned char *json = (const unsigned char *)parser->json;
    yajl_status status = yajl_parse(parser->yajl, json, parser->size);
    if (status == yajl_status_error)
        syntax_problem(parser);
    else if (status == yajl_status_ok && yajl_complete_parse(parser->yajl) == yajl_status_error)
        json_problem_at(parser, "", parser->size, "not JSON: the document ends too early");
}

int json_parse(struct arena *arena, const struct json_type *type, const char *json, size_t size,
               void **ret, struct strings *unknown, struct error *err)
{
    if (size > SPEC_SIZE_LIMIT)
        return error_config(err, "", "the document has %zu bytes; %zu is the limit", size,
                            SPEC_SIZE_LIMIT);
    if (is_blank(json, size))
        return error_config(err, "", "expected an object, found an empty document");

    struct json_parser *parser = ARENA_NEW(arena, struct json_parser);
    if (!parser)
        return error_sys(err, ENOMEM, "read a JSON document");
    parser->arena = arena;
    parser->json = json;
    parser->size = size;
    parser->type = type;
    parser->unknown = unknown;
    if (unknown)
        *unknown = (struct strings){0};

    yajl_alloc_funcs allocator = json_text_allocator(arena);
    parser->yajl = yajl_alloc(&callbacks, &allocator, parser);
    if (!parser->yajl)
        return error_sys(err, ENOMEM, "read a JSON document");
    /* json_string_check() is stricter, and lets reading go on. */
    yajl_config(parser->yajl, yajl_dont_validate_strings, 1);

    document_read(parser);
    yajl_free(parser->yajl);
    if (parser->out_of_memory)
        return error_sys(err, ENOMEM, "read a JSON document");
    if (parser->n_problems > 0)
        return json_problems_report(parser, err);
    *ret = parser->root;
    return 0;
}
