/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "spec/json-parser.h"
#include "spec/json-text.h"

/* How many names of an enumeration a message lists. */
#define NAMES_LISTED 16

bool json_string_check(struct json_parser *parser, const struct json_token *token)
{
    if (memchr(token->text, '\0', token->length)) {
        json_problem(parser, token, "expected a string without NUL, found %s",
                     json_token_found(parser, token));
        return false;
    }
    /* yajl decodes half a pair to something else in silence. Only a string with escapes lies
     * outside of the document, and has to be looked at again. */
    if (token->text < parser->json || token->text >= parser->json + parser->size) {
        size_t start = json_token_offset(parser, token);
        size_t end = yajl_get_bytes_consumed(parser->yajl);
        if (!json_text_surrogates_paired(parser->json + start, end - start)) {
            json_problem(parser, token, "expected surrogates in pairs, found half a pair");
            return false;
        }
    }
    if (!json_text_is_utf8(token->text, token->length)) {
        json_problem(parser, token, "expected valid UTF-8, found other bytes");
        return false;
    }
    return true;
}

const char *json_string_take(struct json_parser *parser, const struct json_token *token)
{
    if (!json_string_check(parser, token))
        return NULL;
    const char *copy = arena_strndup(parser->arena, token->text, token->length);
    if (!copy)
        parser->out_of_memory = true;
    return copy;
}

/* "one of "a", "b"" and so on, a name at a time. */
static const char *list_append(struct json_parser *parser, const char *text, size_t n,
                               const char *name)
{
    const char *longer = n == NAMES_LISTED
                             ? arena_printf(parser->arena, "%s, ...", text)
                             : arena_printf(parser->arena, "%s%s \"%s\"", text, n ? "," : "", name);
    return longer ? longer : text;
}

static const char *names_expected(struct json_parser *parser, const struct json_name *names)
{
    const char *text = "one of";
    for (size_t i = 0; i <= NAMES_LISTED && names[i].name; i++)
        text = list_append(parser, text, i, names[i].name);
    return text;
}

const char *json_properties_expected(struct json_parser *parser, const struct json_type *type)
{
    const char *text = "one of";
    for (size_t i = 0; i < type->n_fields && i <= NAMES_LISTED; i++)
        text = list_append(parser, text, i, type->fields[i].name);
    return text;
}

/* The bounds of the field, or else of its type. */
static void integer_bounds(const struct json_field *field, int64_t *min, uint64_t *max)
{
    const struct json_traits *traits = json_traits_of(field);
    bool bounded = field->min < field->max;
    *min = bounded ? field->min : traits->min;
    *max = bounded ? (uint64_t)field->max : traits->max;
}

/* The bounds say something to one who wrote a number. Those of 64 bits say nothing to others. */
static const char *integer_expected(struct json_parser *parser, const struct json_field *field,
                                    bool is_number)
{
    int64_t min;
    uint64_t max;
    integer_bounds(field, &min, &max);
    if (!is_number && max >= INT64_MAX)
        return "an integer";
    const char *text = arena_printf(parser->arena, "an integer from %lld to %llu", (long long)min,
                                    (unsigned long long)max);
    return text ? text : "an integer";
}

const char *json_field_expects(struct json_parser *parser, const struct json_field *field)
{
    const struct json_traits *traits = json_traits_of(field);
    if (traits->shape == SHAPE_INTEGER)
        return integer_expected(parser, field, false);
    return traits->expected;
}

/* A number without a fraction and an exponent. yajl has checked the grammar. */
static bool is_integer(const struct json_token *token)
{
    if (token->type != TOKEN_NUMBER)
        return false;
    for (size_t i = 0; i < token->length; i++)
        if (strchr(".eE", token->text[i]))
            return false;
    return true;
}

/* False when it has more than 64 bits. */
static bool integer_parse(const struct json_token *token, bool *negative, uint64_t *magnitude)
{
    const char *p = token->text, *end = token->text + token->length;
    *negative = *p == '-';
    *magnitude = 0;
    for (p += *negative; p < end; p++)
        if (__builtin_mul_overflow(*magnitude, (uint64_t)10, magnitude) ||
            __builtin_add_overflow(*magnitude, (uint64_t)(*p - '0'), magnitude))
            return false;
    return true;
}

static bool integer_in_range(bool negative, uint64_t magnitude, int64_t min, uint64_t max)
{
    if (!negative)
        return magnitude <= max && (min <= 0 || magnitude >= (uint64_t)min);
    if (magnitude == 0)
        return min <= 0;
    return min < 0 && magnitude <= 0 - (uint64_t)min;
}

/* False, with a problem, when the number is not what the field takes. */
static bool integer_take(struct json_parser *parser, const struct json_field *field,
                         const struct json_token *token, uint64_t *value)
{
    bool negative;
    uint64_t magnitude, max;
    int64_t min;
    integer_bounds(field, &min, &max);
    if (!is_integer(token) || !integer_parse(token, &negative, &magnitude) ||
        !integer_in_range(negative, magnitude, min, max)) {
        json_expected(parser, token, integer_expected(parser, field, is_integer(token)));
        return false;
    }
    *value = negative ? 0 - magnitude : magnitude;
    return true;
}

/* The name, or NULL with a problem. */
static const struct json_name *name_take(struct json_parser *parser, const struct json_field *field,
                                         const struct json_token *token)
{
    if (token->type != TOKEN_STRING) {
        json_expected(parser, token, "a string");
        return NULL;
    }
    if (!json_string_check(parser, token))
        return NULL;
    const struct json_name *name = json_name_find(field->names, token->text, token->length);
    if (!name)
        json_expected(parser, token, names_expected(parser, field->names));
    return name;
}

static bool string_store(struct json_parser *parser, const struct json_field *field, void *target,
                         const struct json_token *token)
{
    const char *text;
    if (token->type != TOKEN_STRING) {
        json_expected(parser, token, "a string");
        return false;
    }
    /* Entries of a list are no place to say nothing in. */
    bool may_be_empty = field->kind == JSON_NAME && !field->required;
    if (may_be_empty && token->length == 0) {
        text = "";
    } else if (field->names) {
        const struct json_name *name = name_take(parser, field, token);
        text = name ? name->name : NULL;
    } else {
        text = json_string_take(parser, token);
    }
    if (!text)
        return false;
    *(const char **)target = text;
    return true;
}

static bool bool_store(struct json_parser *parser, const struct json_field *field, void *target,
                       const struct json_token *token)
{
    if (token->type != TOKEN_BOOL) {
        json_expected(parser, token, json_traits_of(field)->expected);
        return false;
    }
    json_integer_store(target, json_traits_of(field), token->truth);
    return true;
}

static bool integer_store(struct json_parser *parser, const struct json_field *field, void *target,
                          const struct json_token *token)
{
    uint64_t value;
    if (!integer_take(parser, field, token, &value))
        return false;
    json_integer_store(target, json_traits_of(field), value);
    return true;
}

static bool enum_store(struct json_parser *parser, const struct json_field *field, void *target,
                       const struct json_token *token)
{
    const struct json_name *name = name_take(parser, field, token);
    if (!name)
        return false;
    json_integer_store(target, json_traits_of(field), name->value);
    return true;
}

void json_scalar_store(struct json_parser *parser, const struct json_field *field, void *target,
                       const struct json_token *token)
{
    static bool (*const stores[])(struct json_parser *, const struct json_field *, void *,
                                  const struct json_token *) = {
        [SHAPE_STRING] = string_store,
        [SHAPE_BOOL] = bool_store,
        [SHAPE_INTEGER] = integer_store,
        [SHAPE_ENUM] = enum_store,
    };
    enum json_shape shape = json_traits_of(field)->shape;
    if (shape >= ELEMENTSOF(stores)) {
        json_expected(parser, token, json_field_expects(parser, field));
        return;
    }
    if (!stores[shape](parser, field, target, token) || !field->check)
        return;
    const char *expected = field->check(target);
    if (expected)
        json_expected(parser, token, expected);
}

static bool item_append(struct json_parser *parser, const char *text)
{
    const char **items = arena_grow(parser->arena, parser->items, parser->n_items,
                                    &parser->items_capacity, sizeof(*items));
    if (!items) {
        parser->out_of_memory = true;
        return false;
    }
    parser->items = items;
    items[parser->n_items++] = text;
    return true;
}

static void number_append(struct json_parser *parser, struct json_frame *frame, uint32_t value)
{
    struct numbers_u32 *numbers = (struct numbers_u32 *)frame->target;
    uint32_t *items =
        arena_grow(parser->arena, numbers->items, numbers->n, &frame->capacity, sizeof(*items));
    if (!items) {
        parser->out_of_memory = true;
        return;
    }
    numbers->items = items;
    items[numbers->n++] = value;
}

void json_item_store(struct json_parser *parser, struct json_frame *frame,
                     const struct json_token *token)
{
    const struct json_field *field = frame->field;
    enum json_shape shape = json_traits_of(field)->shape;
    if (shape == SHAPE_NUMBERS) {
        uint64_t number;
        if (integer_take(parser, field, token, &number))
            number_append(parser, frame, (uint32_t)number);
        return;
    }
    if (shape == SHAPE_FLAGS) {
        const struct json_name *name = name_take(parser, field, token);
        if (name)
            parser->flags |= name->value;
        return;
    }
    const char *text;
    if (!string_store(parser, field, &text, token) || !item_append(parser, text))
        return;
    const char *expected = field->check_item ? field->check_item(text) : NULL;
    if (expected)
        json_expected(parser, token, expected);
}

static void strings_finish(struct json_parser *parser, struct json_frame *frame)
{
    struct strings *strings = (struct strings *)frame->target;
    size_t n = parser->n_items - frame->first_item;
    const char **items = arena_array(parser->arena, n + 1, sizeof(*items));
    if (!items) {
        parser->out_of_memory = true;
        return;
    }
    if (n > 0)
        memcpy(items, parser->items + frame->first_item, n * sizeof(*items));
    parser->n_items = frame->first_item;
    *strings = (struct strings){.set = true, .n = n, .items = items};
}

void json_items_finish(struct json_parser *parser, struct json_frame *frame)
{
    enum json_shape shape = json_traits_of(frame->field)->shape;
    if (shape == SHAPE_STRINGS)
        strings_finish(parser, frame);
    else if (shape == SHAPE_NUMBERS)
        ((struct numbers_u32 *)frame->target)->set = true;
    else
        *(struct flag_set *)frame->target = (struct flag_set){.set = true, .mask = parser->flags};
}
