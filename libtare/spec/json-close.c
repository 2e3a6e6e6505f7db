/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-parser.h"
#include "spec/json-text.h"

/* An object or array ends: all that can be said only now. */

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
    if (frame->type->finish && parser->n_problems == frame->problems)
        frame->type->finish(frame->target);
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

int json_bracket_close(struct json_parser *parser)
{
    struct json_frame *frame = &parser->frames[parser->depth - 1];
    json_keys_check(parser, frame);
    if (frame->kind == FRAME_OBJECT)
        struct_close(parser, frame);
    else if (frame->kind != FRAME_SKIP)
        field_close(parser, frame);
    parser->depth--;
    return json_keep_going(parser);
}
