/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/variant.h"

#include <errno.h>
#include <string.h>

#include "base/macros.h"

#define NUMBERS "ynqiuxt"
#define TEXTS   "sog"
#define BASIC   "bd" NUMBERS TEXTS
#define NESTING 8

struct variant variant_text(const char *text)
{
    return (struct variant){.type = "s", .text = text};
}

struct variant variant_bool(bool value)
{
    return (struct variant){.type = "b", .number = value};
}

struct variant variant_u64(uint64_t value)
{
    return (struct variant){.type = "t", .number = value};
}

static size_t type_length(const char *type, unsigned depth)
{
    if (!*type || depth > NESTING)
        return 0;
    if (strchr(BASIC, *type))
        return 1;
    if (*type == 'a') {
        size_t length = type_length(type + 1, depth + 1);
        return length ? length + 1 : 0;
    }
    if (*type != '(' || type[1] == ')')
        return 0;
    size_t length = 1;
    while (type[length] != ')') {
        size_t member = type_length(type + length, depth + 1);
        if (!member)
            return 0;
        length += member;
    }
    return length + 1;
}

size_t variant_type_length(const char *signature)
{
    return type_length(signature, 0);
}

/* ---- printing ---- */

static const struct {
    const char *name;
    char type;
    int64_t min;
    uint64_t max;
} keywords[] = {
    {"boolean", 'b', 0, 1},
    {"byte", 'y', 0, UINT8_MAX},
    {"int16", 'n', INT16_MIN, INT16_MAX},
    {"uint16", 'q', 0, UINT16_MAX},
    {"int32", 'i', INT32_MIN, INT32_MAX},
    {"uint32", 'u', 0, UINT32_MAX},
    {"int64", 'x', INT64_MIN, INT64_MAX},
    {"uint64", 't', 0, UINT64_MAX},
    {"double", 'd', 0, 0},
    {"string", 's', 0, 0},
    {"objectpath", 'o', 0, 0},
    {"signature", 'g', 0, 0},
};

static const char *keyword_of(char type)
{
    for (size_t i = 0; i < ELEMENTSOF(keywords); i++)
        if (keywords[i].type == type)
            return keywords[i].name;
    return "";
}

static void print_text(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void print(FILE *out, const struct variant *variant, bool with_type)
{
    char type = *variant->type;
    bool array = type == 'a';
    if (with_type && !strchr("absid(", type))
        fprintf(out, "%s ", keyword_of(type));
    if (array || type == '(') {
        if (array && variant->n == 0 && with_type)
            fprintf(out, "@%s ", variant->type);
        fputc(array ? '[' : '(', out);
        for (size_t i = 0; i < variant->n; i++) {
            fputs(i ? ", " : "", out);
            /* The first element gives the type to all. */
            print(out, &variant->items[i], with_type && (!array || i == 0));
        }
        fputs(array ? "]" : variant->n == 1 ? ",)" : ")", out);
    } else if (strchr(TEXTS, type)) {
        print_text(out, variant->text);
    } else if (type == 'd') {
        fprintf(out, "%g", variant->real);
    } else if (type == 'b') {
        fputs(variant->number ? "true" : "false", out);
    } else if (strchr("nix", type)) {
        fprintf(out, "%lld", (long long)variant->number);
    } else {
        fprintf(out, "%llu", (unsigned long long)variant->number);
    }
}

const char *variant_print(struct arena *arena, const struct variant *variant)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    print(out, variant, true);
    const char *copy = fclose(out) == 0 ? arena_strdup(arena, text) : NULL;
    free(text);
    return copy;
}

/* ---- reading ---- */

struct reader {
    struct arena *arena;
    const char *start, *at;
    unsigned depth;
    struct error *err;
};

static int wrong(struct reader *reader, const char *expected)
{
    error_set(reader->err, EINVAL, "%s expected at character %zu of \"%s\"", expected,
              (size_t)(reader->at - reader->start) + 1, reader->start);
    error_set_kind(reader->err, ERROR_CONFIG);
    return -EINVAL;
}

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\n");
}

static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (*reader->at != c)
        return false;
    reader->at++;
    return true;
}

static int read_value(struct reader *reader, const char *wanted, struct variant *ret);

/* `wanted` is NULL or begins with the type that must come. */
static bool fits(const char *wanted, const char *types)
{
    return !wanted || (*wanted && strchr(types, *wanted));
}

static int read_boolean(struct reader *reader, const char *wanted, struct variant *ret)
{
    if (!fits(wanted, "b"))
        return wrong(reader, keyword_of(*wanted));
    bool value = *reader->at == 't';
    *ret = variant_bool(value);
    reader->at += value ? strlen("true") : strlen("false");
    return 0;
}

static int read_real(struct reader *reader, const char *token, struct variant *ret)
{
    char *end;
    errno = 0;
    double value = strtod(token, &end);
    if (*end || end == token || errno != 0)
        return wrong(reader, "a number");
    *ret = (struct variant){.type = "d", .real = value};
    return 0;
}

static int read_integer(struct reader *reader, const char *token, char type, struct variant *ret)
{
    bool negative = *token == '-';
    const char *digits = token + (*token == '-' || *token == '+');
    char *end;
    errno = 0;
    uint64_t value = strtoull(digits, &end, 0);
    if (*digits < '0' || *digits > '9' || *end)
        return wrong(reader, "a number");
    for (size_t i = 0; i < ELEMENTSOF(keywords); i++) {
        if (keywords[i].type != type)
            continue;
        uint64_t limit = negative ? -(uint64_t)keywords[i].min : keywords[i].max;
        if (errno != 0 || value > limit)
            return wrong(reader, arena_printf(reader->arena, "a number in the range of %s",
                                              keywords[i].name));
    }
    *ret = (struct variant){.type = arena_strndup(reader->arena, &type, 1),
                            .number = negative ? -value : value};
    return ret->type ? 0 : -ENOMEM;
}

static int read_number(struct reader *reader, const char *wanted, struct variant *ret)
{
    if (!fits(wanted, NUMBERS "d"))
        return wrong(reader, *wanted == 'a' ? "an array" : keyword_of(*wanted));
    size_t length = strcspn(reader->at, " \t\n,])");
    const char *token = arena_strndup(reader->arena, reader->at, length);
    if (!token)
        return -ENOMEM;
    bool hexadecimal = strchr(token, 'x') || strchr(token, 'X');
    char type = wanted ? *wanted : !hexadecimal && strpbrk(token, ".eEnN") ? 'd' : 'i';
    int r = type == 'd' ? read_real(reader, token, ret) : read_integer(reader, token, type, ret);
    if (r == 0)
        reader->at += length;
    return r;
}

/* The character that an escape stands for, 0 for one that is not known. */
static char unescape(char c)
{
    static const char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
    const char *found = c ? strchr(from, c) : NULL;
    return found ? to[found - from] : '\0';
}

static int read_quoted(struct reader *reader, char **ret)
{
    char quote = *reader->at++;
    char *text = arena_alloc(reader->arena, strlen(reader->at) + 1);
    if (!text)
        return -ENOMEM;
    *ret = text;
    for (; *reader->at != quote; reader->at++) {
        char c = *reader->at;
        if (!c)
            return wrong(reader, "the closing quote");
        if (c == '\\') {
            reader->at++;
            c = unescape(*reader->at);
            if (!c)
                return wrong(reader, "a known escape");
        }
        *text++ = c;
    }
    reader->at++;
    return 0;
}

static int read_text(struct reader *reader, const char *wanted, struct variant *ret)
{
    if (!fits(wanted, TEXTS))
        return wrong(reader, *wanted == 'a' ? "an array" : keyword_of(*wanted));
    char *text = NULL;
    int r = read_quoted(reader, &text);
    if (r < 0)
        return r;
    const char *type = wanted ? arena_strndup(reader->arena, wanted, 1) : "s";
    *ret = (struct variant){.type = type, .text = text};
    return type ? 0 : -ENOMEM;
}

/* b'text': an array of bytes that ends with a NUL. */
static int read_bytes(struct reader *reader, const char *wanted, struct variant *ret)
{
    if (wanted && strncmp(wanted, "ay", 2) != 0)
        return wrong(reader, keyword_of(*wanted));
    reader->at++;
    char *text = NULL;
    int r = read_quoted(reader, &text);
    if (r < 0)
        return r;
    size_t n = strlen(text) + 1;
    struct variant *items = arena_array(reader->arena, n, sizeof(*items));
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        items[i] = (struct variant){.type = "y", .number = (unsigned char)text[i]};
    *ret = (struct variant){.type = "ay", .items = items, .n = n};
    return 0;
}

static int add_item(struct reader *reader, struct variant *list, size_t *capacity,
                    const char *wanted)
{
    struct variant item;
    int r = read_value(reader, wanted, &item);
    if (r < 0)
        return r;
    struct variant *items =
        arena_grow(reader->arena, (struct variant *)list->items, list->n, capacity, sizeof(*items));
    if (!items)
        return -ENOMEM;
    items[list->n++] = item;
    list->items = items;
    return 0;
}

static int read_array(struct reader *reader, const char *wanted, struct variant *ret)
{
    if (!fits(wanted, "a"))
        return wrong(reader, keyword_of(*wanted));
    const char *element = wanted ? wanted + 1 : NULL;
    struct variant list = {0};
    size_t capacity = 0;
    reader->at++;
    while (!take(reader, ']')) {
        if (list.n > 0 && !take(reader, ','))
            return wrong(reader, "\",\" or \"]\"");
        int r = add_item(reader, &list, &capacity, element);
        if (r < 0)
            return r;
        element = element ? element : list.items[0].type;
    }
    if (!element)
        return wrong(reader, "a type in front of the empty array, such as @as");
    list.type = arena_printf(reader->arena, "a%.*s", (int)variant_type_length(element), element);
    *ret = list;
    return list.type ? 0 : -ENOMEM;
}

static int read_tuple(struct reader *reader, const char *wanted, struct variant *ret)
{
    if (!fits(wanted, "("))
        return wrong(reader, keyword_of(*wanted));
    const char *member = wanted ? wanted + 1 : NULL;
    struct variant list = {.type = "("};
    size_t capacity = 0;
    reader->at++;
    while (!take(reader, ')')) {
        if (list.n > 0 && !take(reader, ','))
            return wrong(reader, "\",\" or \")\"");
        if (list.n == 1 && take(reader, ')'))
            break;
        if (member && *member == ')')
            return wrong(reader, "\")\"");
        int r = add_item(reader, &list, &capacity, member);
        if (r < 0)
            return r;
        list.type = arena_printf(reader->arena, "%s%s", list.type, list.items[list.n - 1].type);
        if (!list.type)
            return -ENOMEM;
        member += member ? variant_type_length(member) : 0;
    }
    if (list.n == 0 || (member && *member != ')'))
        return wrong(reader, "a further member");
    list.type = arena_printf(reader->arena, "%s)", list.type);
    *ret = list;
    return list.type ? 0 : -ENOMEM;
}

/* "uint64 5", "@as []": the type of what follows. */
static int read_typed(struct reader *reader, const char *wanted, struct variant *ret)
{
    const char *type = NULL;
    if (*reader->at == '@') {
        size_t length = variant_type_length(++reader->at);
        if (length == 0)
            return wrong(reader, "a type");
        type = arena_strndup(reader->arena, reader->at, length);
        if (!type)
            return -ENOMEM;
        reader->at += length;
    } else {
        size_t length = strspn(reader->at, "abcdefghijklmnopqrstuvwxyz0123456789");
        for (size_t i = 0; i < ELEMENTSOF(keywords) && !type; i++)
            if (strlen(keywords[i].name) == length &&
                strncmp(reader->at, keywords[i].name, length) == 0)
                type = arena_strndup(reader->arena, &keywords[i].type, 1);
        if (!type)
            return wrong(reader, "a value (text stands in quotes)");
        reader->at += length;
    }
    if (wanted && strncmp(wanted, type, strlen(type)) != 0)
        return wrong(reader, *wanted == 'a' ? "an array" : keyword_of(*wanted));
    return read_value(reader, type, ret);
}

static int read_any(struct reader *reader, const char *wanted, struct variant *ret)
{
    const char *at = reader->at;
    if (strncmp(at, "true", 4) == 0 || strncmp(at, "false", 5) == 0)
        return read_boolean(reader, wanted, ret);
    if (strncmp(at, "b'", 2) == 0 || strncmp(at, "b\"", 2) == 0)
        return read_bytes(reader, wanted, ret);
    if (*at == '\'' || *at == '"')
        return read_text(reader, wanted, ret);
    if (*at == '[')
        return read_array(reader, wanted, ret);
    if (*at == '(')
        return read_tuple(reader, wanted, ret);
    if (*at == '@' || (*at >= 'a' && *at <= 'z'))
        return read_typed(reader, wanted, ret);
    if (*at == '-' || *at == '+' || (*at >= '0' && *at <= '9'))
        return read_number(reader, wanted, ret);
    return wrong(reader, "a value");
}

static int read_value(struct reader *reader, const char *wanted, struct variant *ret)
{
    skip_blanks(reader);
    if (++reader->depth > NESTING)
        return wrong(reader, "less nesting");
    int r = read_any(reader, wanted, ret);
    reader->depth--;
    return r;
}

int variant_parse(struct arena *arena, const char *text, struct variant *ret, struct error *err)
{
    struct reader reader = {.arena = arena, .start = text, .at = text, .err = err};
    struct variant value;
    int r = read_value(&reader, NULL, &value);
    if (r == -ENOMEM)
        return error_sys(err, ENOMEM, "read \"%s\"", text);
    if (r < 0)
        return r;
    skip_blanks(&reader);
    if (*reader.at)
        return wrong(&reader, "the end");
    *ret = value;
    return 0;
}
