/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "spec/json-parser.h"
#include "spec/json-text.h"

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

int json_property(struct json_parser *parser, const char *text, size_t length)
{
    struct json_frame *frame = &parser->frames[parser->depth - 1];
    struct json_token key = {.type = TOKEN_STRING, .text = text, .length = length};
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
        return json_keep_going(parser);
    }
    if (frame->kind == FRAME_OBJECT) {
        property_of_struct(parser, frame, &key);
        return json_keep_going(parser);
    }
    key_remember(parser, frame->key, length, json_token_offset(parser, &key));
    if ((frame->kind == FRAME_MAP || frame->kind == FRAME_KEYED) && frame->field->check_item) {
        const char *copy = arena_strndup(parser->arena, frame->key, length);
        const char *expected = copy ? frame->field->check_item(copy) : NULL;
        if (expected)
            json_expected(parser, &key, expected);
    }
    return json_keep_going(parser);
}

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
void json_keys_check(struct json_parser *parser, struct json_frame *frame)
{
    size_t n = parser->n_keys - frame->first_key;
    parser->n_keys = frame->first_key;
    if (n < 2)
        return;
    struct json_key *keys = parser->keys + frame->first_key;
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
