/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "spec/json-parser.h"
#include "spec/json-text.h"

/* The document goes through yajl in one piece; its events drive the stack of frames. */

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
    struct json_frame *frame = json_value_begin(parser);
    if (!frame) {
        json_expected(parser, token, json_root_expected(parser));
        return json_keep_going(parser);
    }
    /* Go writes null for what it has not: for a property that is the same as being absent. */
    bool is_null = token->type == TOKEN_NULL;
    unsigned char *target;
    const struct json_field *field = json_frame_field(frame, &target);
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
    return json_keep_going(parser);
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
    return json_bracket_open(context, TOKEN_OBJECT);
}

static int on_array(void *context)
{
    return json_bracket_open(context, TOKEN_ARRAY);
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
    return json_property(context, (const char *)text, length);
}

static int on_end(void *context)
{
    return json_bracket_close(context);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
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

static int parse(struct json_parser *parser, const char *json, size_t size, struct error *err)
{
    if (size > SPEC_SIZE_LIMIT)
        return error_config(err, "", "the document has %zu bytes; %zu is the limit", size,
                            SPEC_SIZE_LIMIT);
    if (is_blank(json, size))
        return error_config(err, "", "expected %s, found an empty document",
                            json_root_expected(parser));
    parser->json = json;
    parser->size = size;
    if (parser->unknown)
        *parser->unknown = (struct strings){0};

    yajl_alloc_funcs allocator = json_text_allocator(parser->arena);
    parser->yajl = yajl_alloc(&callbacks, &allocator, parser);
    if (!parser->yajl)
        return error_sys(err, ENOMEM, "read a JSON document");
    /* json_string_check() is stricter, and lets reading go on. */
    yajl_config(parser->yajl, yajl_dont_validate_strings, 1);

    document_read(parser);
    yajl_free(parser->yajl);
    if (parser->out_of_memory)
        return error_sys(err, ENOMEM, "read a JSON document");
    return parser->n_problems > 0 ? json_problems_report(parser, err) : 0;
}

int json_parse(struct arena *arena, const struct json_type *type, const char *json, size_t size,
               void **ret, struct strings *unknown, struct error *err)
{
    struct json_parser *parser = ARENA_NEW(arena, struct json_parser);
    if (!parser)
        return error_sys(err, ENOMEM, "read a JSON document");
    parser->arena = arena;
    parser->type = type;
    parser->unknown = unknown;
    int r = parse(parser, json, size, err);
    if (r == 0)
        *ret = parser->root;
    return r;
}

int json_parse_list(struct arena *arena, const struct json_type *type, const char *json,
                    size_t size, struct json_list *list, struct strings *unknown, struct error *err)
{
    const struct json_field elements = {.name = "", .kind = JSON_LIST, .type = type};
    struct json_parser *parser = ARENA_NEW(arena, struct json_parser);
    if (!parser)
        return error_sys(err, ENOMEM, "read a JSON document");
    parser->arena = arena;
    parser->list = &elements;
    parser->root = list;
    parser->unknown = unknown;
    *list = (struct json_list){0};
    return parse(parser, json, size, err);
}
