/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-parser.h"

/* An object or array begins: find out what it is to fill. */

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
    return json_keep_going(parser);
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
    return json_keep_going(parser);
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
    return json_keep_going(parser);
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

int json_bracket_open(struct json_parser *parser, enum json_token_type type)
{
    struct json_token bracket = {.type = type};
    struct json_frame *frame = json_value_begin(parser);
    if (!frame) {
        if (type == TOKEN_OBJECT && parser->type)
            return allocated_struct_open(parser, parser->type, &parser->root, &bracket);
        if (type == TOKEN_ARRAY && parser->list)
            return field_open(parser, FRAME_LIST, parser->list, parser->root, &bracket);
        json_expected(parser, &bracket, json_root_expected(parser));
        return skip_open(parser, &bracket);
    }
    unsigned char *target;
    const struct json_field *field = json_frame_field(frame, &target);
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
