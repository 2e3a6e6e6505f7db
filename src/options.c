/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>

#include "base/parse.h"

/* The text of one option argument, taken apart. */
struct word {
    const char *name;  /* behind the dashes */
    size_t length;     /* of the name: up to '=' or the end */
    const char *value; /* behind '=', or NULL */
    bool two_dashes;
};

static struct word word_split(const char *argument)
{
    struct word word = {.name = argument + 1};
    if (*word.name == '-') {
        word.two_dashes = true;
        word.name++;
    }
    word.length = strcspn(word.name, "=");
    if (word.name[word.length] == '=')
        word.value = word.name + word.length + 1;
    return word;
}

/* The command's own options come first: --rootless is another thing to `spec` than in front of it. */
static const struct option_entry *find_name(const struct options *options, const char *name,
                                            size_t length)
{
    for (size_t t = OPTION_TABLES; t-- > 0;)
        for (const struct option_entry *entry = options->tables[t]; entry && entry->kind; entry++)
            if (strlen(entry->name) == length && memcmp(entry->name, name, length) == 0)
                return entry;
    return NULL;
}

static const struct option_entry *find_letter(const struct options *options, char letter)
{
    for (size_t t = OPTION_TABLES; t-- > 0;)
        for (const struct option_entry *entry = options->tables[t]; entry && entry->kind; entry++)
            if (letter && entry->letter == letter)
                return entry;
    return NULL;
}

struct walk {
    const struct options *options;
    size_t table, position;
};

static const char *next_option_name(void *data)
{
    struct walk *walk = data;
    for (; walk->table < OPTION_TABLES; walk->table++, walk->position = 0) {
        const struct option_entry *table = walk->options->tables[walk->table];
        if (table && table[walk->position].kind)
            return table[walk->position++].name;
    }
    return NULL;
}

static int unknown_option(const struct options *options, const char *argument,
                          const struct word *word, struct error *err)
{
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)word->length, word->name);
    struct walk walk = {.options = options};
    const char *meant = suggestion(name, next_option_name, &walk);

    int r = error_set(err, EINVAL, "unknown option \"%s\"", argument);
    error_set_kind(err, ERROR_USAGE);
    if (meant)
        error_add_hint(err, "did you mean --%s?", meant);
    return r;
}

static bool takes_argument(const struct option_entry *entry)
{
    return entry->kind == OPTION_TEXT || entry->kind == OPTION_NUMBER ||
           entry->kind == OPTION_LIST || entry->kind == OPTION_IGNORED_TEXT;
}

static int flag_value(const char *text, bool *ret)
{
    static const char *const yes[] = {"true", "TRUE", "True", "1", "t", "T", "yes"};
    static const char *const no[] = {"false", "FALSE", "False", "0", "f", "F", "no"};
    for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
        if (strcmp(text, yes[i]) == 0) {
            *ret = true;
            return 0;
        }
        if (strcmp(text, no[i]) == 0) {
            *ret = false;
            return 0;
        }
    }
    return -EINVAL;
}

static int bad_value(const struct option_entry *entry, const char *value, const char *expected,
                     struct error *err)
{
    int r = error_set(err, EINVAL, "invalid value \"%s\" of option --%s: %s expected", value,
                      entry->name, expected);
    error_set_kind(err, ERROR_USAGE);
    return r;
}

static int append(struct option_list *list, const char *value, struct error *err)
{
    const char **items = reallocarray(list->items, list->n + 2, sizeof(*items));
    if (!items)
        return error_sys(err, ENOMEM, "read the command line");
    items[list->n++] = value;
    items[list->n] = NULL;
    list->items = items;
    return 0;
}

static int store(const struct option_entry *entry, const char *value, struct error *err)
{
    bool flag = true;
    switch (entry->kind) {
    case OPTION_FLAG:
    case OPTION_IGNORED_FLAG:
        if (value && flag_value(value, &flag) < 0)
            return bad_value(entry, value, "true or false", err);
        if (entry->kind == OPTION_FLAG)
            *(bool *)entry->value = flag;
        return 0;
    case OPTION_TEXT:
        *(const char **)entry->value = value;
        return 0;
    case OPTION_NUMBER: {
        uint32_t number;
        if (parse_u32(value, &number) < 0)
            return bad_value(entry, value, "a number", err);
        *(unsigned *)entry->value = number;
        return 0;
    }
    case OPTION_LIST:
        return append(entry->value, value, err);
    case OPTION_IGNORED_TEXT:
    case OPTION_END:
        return 0;
    }
    return 0;
}

static int needs_argument(const struct option_entry *entry, struct error *err)
{
    int r = error_set(err, EINVAL, "option --%s requires an argument: %s", entry->name,
                      entry->argument ? entry->argument : "VALUE");
    error_set_kind(err, ERROR_USAGE);
    return r;
}

/* `entry` with the value written to it, or the next argument when it needs one. */
static int take_value(const struct option_entry *entry, const char *value, int argc, char **argv,
                      int *index, struct error *err)
{
    if (!value && takes_argument(entry)) {
        if (*index >= argc)
            return needs_argument(entry, err);
        value = argv[(*index)++];
    }
    return store(entry, value, err);
}

int options_take(const struct options *options, int argc, char **argv, int *index,
                 struct error *err)
{
    const char *argument = argv[(*index)++];
    struct word word = word_split(argument);

    const struct option_entry *entry = find_name(options, word.name, word.length);
    if (entry)
        return take_value(entry, word.value, argc, argv, index, err);
    if (word.two_dashes)
        return unknown_option(options, argument, &word, err);

    /* Letters: flags may share a dash; the first that takes a value takes the rest of the word. */
    for (const char *p = word.name; *p; p++) {
        entry = find_letter(options, *p);
        if (!entry)
            return unknown_option(options, argument, &word, err);
        const char *value = NULL;
        if (p[1] == '=')
            value = p + 2;
        else if (p[1] && takes_argument(entry))
            value = p + 1;
        int r = take_value(entry, value, argc, argv, index, err);
        if (r < 0 || value)
            return r;
    }
    return 0;
}

int options_parse(const struct options *options, int argc, char **argv, int index, int *ret_n,
                  struct error *err)
{
    int first = index;
    int n = 0;
    bool only_positional = false;
    while (index < argc) {
        const char *argument = argv[index];
        if (only_positional || argument[0] != '-' || argument[1] == '\0') {
            argv[first + n++] = argv[index++];
            only_positional = only_positional || options->stop_at_positional;
        } else if (strcmp(argument, "--") == 0) {
            only_positional = true;
            index++;
        } else {
            int r = options_take(options, argc, argv, &index, err);
            if (r < 0)
                return r;
        }
    }
    *ret_n = n;
    return 0;
}
