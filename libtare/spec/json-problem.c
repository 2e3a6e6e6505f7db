/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "spec/json-parser.h"
#include "spec/json-text.h"

/* A document can be wrong in a million places; nobody reads more than these. */
#define PROBLEM_LIMIT 50
#define FOUND_LIMIT   80

static size_t escaped_length(const char *key, size_t length)
{
    size_t escaped = length;
    for (size_t i = 0; i < length; i++)
        escaped += key[i] == '~' || key[i] == '/';
    return escaped;
}

/* RFC 6901: "~" is written "~0", "/" is written "~1". A pointer is a line of a message: control
 * characters do not get there. */
static char *append_escaped(char *p, const char *key, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (key[i] == '~' || key[i] == '/') {
            *p++ = '~';
            *p++ = key[i] == '~' ? '0' : '1';
        } else {
            *p++ = iscntrl((unsigned char)key[i]) ? '?' : key[i];
        }
    }
    return p;
}

const char *json_pointer(struct json_parser *parser, size_t depth, const char *suffix)
{
    size_t length = suffix ? strlen(suffix) + 2 : 1;
    for (size_t i = 0; i < depth; i++) {
        const struct json_frame *frame = &parser->frames[i];
        length += frame->is_array ? 24 : 1 + escaped_length(frame->key, frame->key_length);
    }
    char *pointer = arena_alloc(parser->arena, length);
    if (!pointer) {
        parser->out_of_memory = true;
        return NULL;
    }
    char *p = pointer;
    for (size_t i = 0; i < depth; i++) {
        const struct json_frame *frame = &parser->frames[i];
        if (frame->is_array) {
            p += snprintf(p, 24, "/%zu", frame->n ? frame->n - 1 : 0);
        } else {
            *p++ = '/';
            p = append_escaped(p, frame->key, frame->key_length);
        }
    }
    if (suffix)
        snprintf(p, strlen(suffix) + 2, "/%s", suffix);
    return pointer;
}

static bool is_in_document(const struct json_parser *parser, const char *text)
{
    return text >= parser->json && text < parser->json + parser->size;
}

size_t json_token_offset(const struct json_parser *parser, const struct json_token *token)
{
    size_t end = yajl_get_bytes_consumed(parser->yajl);
    switch (token->type) {
    case TOKEN_STRING:
        /* A string with escapes was decoded elsewhere; its end is where the lexer stands. */
        return is_in_document(parser, token->text) ? (size_t)(token->text - parser->json) - 1
                                                   : json_text_string_start(parser->json, end);
    case TOKEN_NUMBER:
        /* yajl keeps a number that the end of the document cuts off, to see whether it goes on. */
        return is_in_document(parser, token->text) ? (size_t)(token->text - parser->json)
                                                   : parser->size - token->length;
    case TOKEN_BOOL:
        return end - (token->truth ? strlen("true") : strlen("false"));
    case TOKEN_NULL:
        return end - strlen("null");
    case TOKEN_OBJECT:
    case TOKEN_ARRAY:
        break;
    }
    return end - 1;
}

const char *json_token_found(struct json_parser *parser, const struct json_token *token)
{
    if (token->type == TOKEN_OBJECT)
        return "an object";
    if (token->type == TOKEN_ARRAY)
        return "an array";
    size_t start = json_token_offset(parser, token);
    size_t end = yajl_get_bytes_consumed(parser->yajl);
    if (token->type == TOKEN_NUMBER)
        end = start + token->length;
    const char *literal = parser->json + start;
    size_t length = json_text_cut(literal, end - start, FOUND_LIMIT);
    const char *found = arena_printf(parser->arena, "%.*s%s", (int)length, literal,
                                     length < end - start ? "..." : "");
    return found ? found : "it";
}

static void problem_add(struct json_parser *parser, const char *where, size_t offset,
                        const char *format, va_list args) _printf_(4, 0);

static void problem_add(struct json_parser *parser, const char *where, size_t offset,
                        const char *format, va_list args)
{
    struct json_problem *problems = arena_grow(parser->arena, parser->problems, parser->n_problems,
                                               &parser->problems_capacity, sizeof(*problems));
    const char *text = arena_vprintf(parser->arena, format, args);
    if (!problems || !text || !where) {
        parser->out_of_memory = true;
        return;
    }
    parser->problems = problems;
    problems[parser->n_problems++] =
        (struct json_problem){.where = where, .text = text, .offset = offset};
    if (parser->n_problems >= PROBLEM_LIMIT)
        parser->stopped = true;
}

void json_problem_at(struct json_parser *parser, const char *where, size_t offset,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    problem_add(parser, where, offset, format, args);
    va_end(args);
}

void json_problem(struct json_parser *parser, const struct json_token *token, const char *format,
                  ...)
{
    va_list args;
    va_start(args, format);
    problem_add(parser, json_pointer(parser, parser->depth, NULL), json_token_offset(parser, token),
                format, args);
    va_end(args);
}

void json_expected(struct json_parser *parser, const struct json_token *token, const char *expected)
{
    json_problem(parser, token, "expected %s, found %s", expected, json_token_found(parser, token));
}

static int problem_compare(const void *a, const void *b)
{
    const struct json_problem *one = a, *other = b;
    return (one->offset > other->offset) - (one->offset < other->offset);
}

int json_problems_report(struct json_parser *parser, struct error *err)
{
    /* glibc's qsort keeps the order of equals when it has memory, and nothing breaks when it has
     * not. */
    qsort(parser->problems, parser->n_problems, sizeof(*parser->problems), problem_compare);
    for (size_t i = 0; i < parser->n_problems; i++) {
        const struct json_problem *problem = &parser->problems[i];
        unsigned line, column;
        json_text_position(parser->json, parser->size, problem->offset, &line, &column);
        if (i == 0) {
            error_config(err, problem->where, "%s (line %u, column %u)", problem->text, line,
                         column);
            continue;
        }
        const char *also =
            arena_printf(parser->arena, "%s%s%s (line %u, column %u)", problem->where,
                         *problem->where ? ": " : "", problem->text, line, column);
        if (also)
            error_add_problem(err, also);
    }
    if (parser->n_problems >= PROBLEM_LIMIT)
        error_add_problem(err, "and more; reading stopped here");
    return -EINVAL;
}
