/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <yajl/yajl_tree.h>

#include "base/macros.h"
#include "sandbox/hook.h"
#include "tests/fuzz/fuzz.h"

/* The state document for hooks, of an id, a bundle's path and annotations: lines of the input. Whatever is in
 * them, hooks read it as JSON and find it. */

#define MAX_PAIRS 16

static void expect_string(yajl_val tree, const char *key, const char *expected)
{
    const char *path[] = {key, NULL};
    yajl_val value = yajl_tree_get(tree, path, yajl_t_string);
    FUZZ_CHECK(value && strcmp(value->u.string, expected) == 0, "%s is %s", key,
               value ? value->u.string : "missing");
}

static void check_document(const char *document, const char *id, const char *bundle,
                           const struct string_map *annotations)
{
    char problem[256] = "";
    yajl_val tree = yajl_tree_parse(document, problem, sizeof(problem));
    FUZZ_CHECK(tree, "%s: %s", problem, document);
    FUZZ_CHECK(!strchr(document, '\n'), "more than one line: %s", document);
    expect_string(tree, "id", id);
    expect_string(tree, "bundle", bundle);
    const char *path[] = {"annotations", NULL};
    yajl_val map = yajl_tree_get(tree, path, yajl_t_object);
    FUZZ_CHECK((map ? map->u.object.len : 0) == annotations->n, "annotations are missing");
    for (size_t i = 0; i < annotations->n; i++) {
        FUZZ_CHECK(strcmp(map->u.object.keys[i], annotations->items[i].key) == 0, "keys");
        FUZZ_CHECK(strcmp(map->u.object.values[i]->u.string, annotations->items[i].value) == 0,
                   "values");
    }
    yajl_tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    const char *fields[2 + 2 * MAX_PAIRS] = {"", ""};
    size_t n = 0;
    char *rest = arena_strndup(&arena, (const char *)data, size);
    for (char *line; n < ELEMENTSOF(fields) && (line = strsep(&rest, "\n"));)
        fields[n++] = line;

    struct string_pair pairs[MAX_PAIRS];
    struct string_map annotations = {.items = pairs};
    for (size_t i = 2; i + 1 < n; i += 2)
        pairs[annotations.n++] = (struct string_pair){fields[i], fields[i + 1]};
    annotations.set = annotations.n > 0;

    const char *document = NULL;
    int r = hook_state_write(&arena, fields[0], "created", 42, fields[1], &annotations, &document,
                             &err);
    if (r < 0)
        fuzz_check_error(r, &err);
    else
        check_document(document, fields[0], fields[1], &annotations);
    return 0;
}
