/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <fnmatch.h>

#include "base/fd.h"
#include "spec-fixture.h"
#include "spec/tables.h"

/* tests/data/negative.tsv, which tests/integration/negative.c gives to tare, has a wrong value for each
 * property of the tables. */

/* Where the errors are. */
static const char *const *places;
static size_t n_places;

static void places_read(struct arena *arena)
{
    char *text;
    size_t size;
    cr_assert_eq(file_read(AT_FDCWD, TEST_DATA "/../../data/negative.tsv", 1 << 20, &text, &size),
                 0);
    const char **items = arena_array(arena, size, sizeof(*items));
    char *rest = arena_strndup(arena, text, size), *line;
    free(text);
    while ((line = strsep(&rest, "\n"))) {
        char *place = *line == '/' ? strrchr(line, '\t') : NULL;
        if (!place)
            continue;
        place[strcspn(place, ":")] = '\0';
        items[n_places++] = place + 1;
    }
    places = items;
}

static void expect_row(const char *pattern)
{
    for (size_t i = 0; i < n_places; i++)
        if (!fnmatch(pattern, places[i], FNM_PATHNAME))
            return;
    cr_expect_fail("negative.tsv has no wrong value for %s", pattern);
}

static void expect_rows(struct arena *arena, const struct json_type *type, const char *pointer)
{
    for (size_t i = 0; i < type->n_fields; i++) {
        const struct json_field *field = &type->fields[i];
        if (field->alias)
            continue;
        const char *place = arena_printf(arena, "%s/%s", pointer, field->name);
        expect_row(place);
        bool has_elements = field->kind == JSON_LIST || field->kind == JSON_KEYED_LIST ||
                            field->kind == JSON_STRINGS || field->kind == JSON_NUMBERS_U32 ||
                            field->kind == JSON_FLAGS || field->kind == JSON_STRING_MAP;
        const char *below = has_elements ? arena_printf(arena, "%s/*", place) : place;
        if (field->type)
            expect_rows(arena, field->type, below);
        else if (has_elements)
            expect_row(below);
    }
}

Test(spec_negative, every_property_has_a_wrong_value)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    places_read(&arena);
    cr_assert_gt(n_places, 300);
    expect_rows(&arena, &config_type, "");
}
