/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/json.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/text.h"

enum json_type { JSON_ATOM, JSON_STRING, JSON_LIST, JSON_OBJECT };

struct json {
    enum json_type type;
    char *text;  /* of an atom (null, true, 12) or a string, unescaped */
    char **keys; /* of an object, parallel to items */
    struct json **items;
    size_t length;
};

struct parser {
    const char *at;
    bool failed;
};

static struct json *value_new(enum json_type type)
{
    struct json *value = calloc(1, sizeof(*value));

    cr_assert_not_null(value);
    value->type = type;
    return value;
}

static void value_add(struct json *value, char *key, struct json *item)
{
    value->keys = realloc(value->keys, (value->length + 1) * sizeof(*value->keys));
    value->items = realloc(value->items, (value->length + 1) * sizeof(*value->items));
    value->keys[value->length] = key;
    value->items[value->length++] = item;
}

static void skip_space(struct parser *parser)
{
    parser->at += strspn(parser->at, " \t\r\n");
}

static void text_add_utf8(struct text *text, unsigned code)
{
    if (code < 0x80) {
        text_add(text, "%c", (char)code);
    } else if (code < 0x800) {
        text_add(text, "%c%c", (char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)));
    } else {
        text_add(text, "%c%c%c", (char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                 (char)(0x80 | (code & 0x3f)));
    }
}

static char *parse_string(struct parser *parser)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    struct text text = {0};

    for (parser->at++; *parser->at != '"'; parser->at++) {
        const char *escape;

        if (*parser->at == 0) {
            parser->failed = true;
            break;
        }
        if (*parser->at != '\\') {
            text_add(&text, "%c", *parser->at);
            continue;
        }
        parser->at++;
        if (*parser->at == 'u') {
            char digits[5] = {0};

            memcpy(digits, parser->at + 1, strnlen(parser->at + 1, 4));
            text_add_utf8(&text, (unsigned)strtoul(digits, NULL, 16));
            parser->at += 4;
        } else if (*parser->at != 0 && (escape = strchr(from, *parser->at)) != NULL) {
            text_add(&text, "%c", to[escape - from]);
        } else {
            parser->failed = true;
            break;
        }
    }
    if (!parser->failed)
        parser->at++;
    return text_string(&text);
}

static struct json *parse_value(struct parser *parser);

static struct json *parse_members(struct parser *parser, enum json_type type, char end)
{
    struct json *value = value_new(type);

    parser->at++;
    skip_space(parser);
    while (!parser->failed && *parser->at != end) {
        char *key = NULL;

        if (type == JSON_OBJECT) {
            if (*parser->at != '"')
                break;
            key = parse_string(parser);
            skip_space(parser);
            if (*parser->at != ':')
                break;
            parser->at++;
        }
        value_add(value, key, parse_value(parser));
        skip_space(parser);
        if (*parser->at != ',')
            break;
        parser->at++;
        skip_space(parser);
    }
    if (*parser->at == end)
        parser->at++;
    else
        parser->failed = true;
    return value;
}

static struct json *parse_value(struct parser *parser)
{
    struct json *value;
    size_t length;

    skip_space(parser);
    if (*parser->at == '{')
        return parse_members(parser, JSON_OBJECT, '}');
    if (*parser->at == '[')
        return parse_members(parser, JSON_LIST, ']');
    if (*parser->at == '"') {
        value = value_new(JSON_STRING);
        value->text = parse_string(parser);
        return value;
    }
    length = strspn(parser->at, "-+.0123456789abcdefghijklmnopqrstuvwxyzE");
    if (length == 0)
        parser->failed = true;
    value = value_new(JSON_ATOM);
    value->text = strndup(parser->at, length);
    parser->at += length;
    return value;
}

struct json *json_try_parse(const char *text)
{
    struct parser parser = {.at = text};
    struct json *value = parse_value(&parser);

    skip_space(&parser);
    return parser.failed || *parser.at != 0 ? NULL : value;
}

struct json *json_parse(const char *text)
{
    struct json *value = json_try_parse(text);

    cr_assert_not_null(value, "this is no JSON: %s", text);
    return value;
}

char *json_quote(const char *text)
{
    struct text quoted = {0};

    text_add(&quoted, "\"");
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\')
            text_add(&quoted, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            text_add(&quoted, "\\u%04x", (unsigned)*text);
        else
            text_add(&quoted, "%c", *text);
    }
    text_add(&quoted, "\"");
    return text_string(&quoted);
}

static void write_value(struct text *text, const struct json *value, int depth)
{
    const char *ends = value->type == JSON_OBJECT ? "{}" : "[]";

    if (value->type == JSON_ATOM || value->type == JSON_STRING) {
        text_add(text, "%s", value->type == JSON_ATOM ? value->text : json_quote(value->text));
        return;
    }
    text_add(text, "%c", ends[0]);
    for (size_t i = 0; i < value->length; i++) {
        text_add(text, "%s\n%*s", i == 0 ? "" : ",", 2 * (depth + 1), "");
        if (value->type == JSON_OBJECT)
            text_add(text, "%s: ", json_quote(value->keys[i]));
        write_value(text, value->items[i], depth + 1);
    }
    if (value->length > 0)
        text_add(text, "\n%*s", 2 * depth, "");
    text_add(text, "%c", ends[1]);
}

char *json_write(const struct json *value)
{
    struct text text = {0};

    write_value(&text, value, 0);
    text_add(&text, "\n");
    return text_string(&text);
}

/* Cut the next part off a pointer: "/a~1b/c" yields "a/b" and leaves "/c". */
static char *pointer_part(const char **pointer)
{
    struct text part = {0};

    cr_assert_eq(**pointer, '/', "a JSON pointer begins with a slash: %s", *pointer);
    for ((*pointer)++; **pointer != 0 && **pointer != '/'; (*pointer)++) {
        if (**pointer == '~') {
            (*pointer)++;
            text_add(&part, "%c", **pointer == '1' ? '/' : '~');
        } else {
            text_add(&part, "%c", **pointer);
        }
    }
    return text_string(&part);
}

/* Index of a member, or the length when there is none. */
static size_t member_find(const struct json *value, const char *part)
{
    if (value->type == JSON_LIST) {
        char *end;
        size_t index = strtoul(part, &end, 10);

        return *part != 0 && *end == 0 && index < value->length ? index : value->length;
    }
    if (value->type == JSON_OBJECT) {
        for (size_t i = 0; i < value->length; i++) {
            if (strcmp(value->keys[i], part) == 0)
                return i;
        }
    }
    return value->length;
}

struct json *json_at(const struct json *root, const char *pointer)
{
    struct json *value = (struct json *)root;

    while (*pointer != 0) {
        size_t index = member_find(value, pointer_part(&pointer));

        if (index == value->length)
            return NULL;
        value = value->items[index];
    }
    return value;
}

void json_set(struct json *root, const char *pointer, const char *text)
{
    struct json *value = root;

    cr_assert_str_not_empty(pointer);
    for (;;) {
        char *part = pointer_part(&pointer);
        size_t index = member_find(value, part);
        bool last = *pointer == 0;

        if (index == value->length) {
            cr_assert(value->type == JSON_OBJECT ||
                          (value->type == JSON_LIST && strcmp(part, "-") == 0),
                      "no \"%s\" to set in a list or a plain value", part);
            value_add(value, value->type == JSON_OBJECT ? part : NULL, value_new(JSON_OBJECT));
        }
        if (last) {
            value->items[index] = json_parse(text);
            return;
        }
        value = value->items[index];
    }
}

void json_remove(struct json *root, const char *pointer)
{
    struct json *value = root;

    for (;;) {
        size_t index = member_find(value, pointer_part(&pointer));

        if (index == value->length)
            return;
        if (*pointer == 0) {
            value->length--;
            for (; index < value->length; index++) {
                value->keys[index] = value->keys[index + 1];
                value->items[index] = value->items[index + 1];
            }
            return;
        }
        value = value->items[index];
    }
}

size_t json_length(const struct json *value)
{
    return value == NULL ? 0 : value->length;
}

const char *json_text(const struct json *root, const char *pointer)
{
    const struct json *value = json_at(root, pointer);

    return value == NULL ? NULL : value->text;
}
