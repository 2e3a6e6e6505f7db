/* SPDX-License-Identifier: Apache-2.0 */
#include "spec-fixture.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

static void expect_refusal(const struct refusal *refusal)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct spec *spec = NULL;
    int r = spec_parse(&arena, refusal->json, strlen(refusal->json), &spec, NULL, &err);
    cr_expect_eq(r, -EINVAL, "%s: returned %d", refusal->json, r);
    cr_expect_null(spec);
    if (r == 0)
        return;
    cr_expect_eq(err.kind, ERROR_CONFIG);
    cr_expect_str_eq(err.where, refusal->where, "%s: at \"%s\"", refusal->json, err.where);
    char *place = strstr(err.text, " (line ");
    cr_assert_not_null(place, "%s: \"%s\" has no line", refusal->json, err.text);
    *place = '\0';
    cr_expect_str_eq(err.text, refusal->text, "%s: \"%s\"", refusal->json, err.text);
    cr_expect_null(err.also, "%s: also \"%s\"", refusal->json, err.also);
}

void spec_expect_refusals(const struct refusal *refusals, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_refusal(&refusals[i]);
}

struct spec *spec_accept(struct arena *arena, const char *json)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct spec *spec = NULL;
    int r = spec_parse(arena, json, strlen(json), &spec, NULL, &err);
    cr_assert_eq(r, 0, "%s: %s: %s", json, err.where, err.text);
    return spec;
}

char *spec_data(const char *name, size_t *size)
{
    char *path = NULL, *text = NULL;
    cr_assert_gt(asprintf(&path, "%s/%s", TEST_DATA, name), 0);
    int r = file_read(AT_FDCWD, path, SPEC_SIZE_LIMIT, &text, size);
    cr_assert_eq(r, 0, "%s: %s", path, strerror(-r));
    free(path);
    return text;
}
