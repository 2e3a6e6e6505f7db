/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"

/* Tens of thousands of mounts. */
#define TABLE_LIMIT ((size_t)1 << 24)

static bool is_octal(const char *p)
{
    return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
}

/* Blanks, tabs, line breaks and backslashes are "\040" and their like. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        const bool is_escape = from[0] == '\\' && is_octal(from + 1);
        *to = is_escape ? (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'))
                        : *from;
        from += is_escape ? 4 : 1;
    }
    *to = '\0';
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        if (n == length && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

/* ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [TAG...] - TYPE SOURCE OPTIONS */
static bool parse_line(char *line, struct mount_entry *ret)
{
    char *words[6];
    for (size_t i = 0; i < ELEMENTSOF(words); i++)
        if (!(words[i] = strsep(&line, " ")))
            return false;
    const char *word;
    do
        word = strsep(&line, " ");
    while (word && strcmp(word, "-") != 0);
    ret->fstype = word ? strsep(&line, " ") : NULL;
    if (!ret->fstype || sscanf(words[2], "%u:%u", &ret->major, &ret->minor) != 2)
        return false;
    unescape(words[3]);
    unescape(words[4]);
    ret->root = words[3];
    ret->place = words[4];
    ret->is_idmapped = has_word(words[5], "idmapped");
    return true;
}

int mount_table_parse(struct arena *arena, char *text, struct mount_table *ret)
{
    size_t capacity = 0;
    char *line;
    *ret = (struct mount_table){0};
    while ((line = strsep(&text, "\n"))) {
        struct mount_entry entry;
        if (!parse_line(line, &entry))
            continue;
        struct mount_entry *items =
            arena_grow(arena, ret->items, ret->n, &capacity, sizeof(*ret->items));
        if (!items)
            return -ENOMEM;
        ret->items = items;
        ret->items[ret->n++] = entry;
    }
    return 0;
}

int mount_table_read(struct arena *arena, const char *path, struct mount_table *ret)
{
    _cleanup_(free_ptr) char *text = NULL;
    size_t size;
    int r = file_read(AT_FDCWD, path, TABLE_LIMIT, &text, &size);
    if (r < 0)
        return r;
    char *copy = arena_strndup(arena, text, size);
    return copy ? mount_table_parse(arena, copy, ret) : -ENOMEM;
}
