/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/macros.h"

uint64_t fuzz_hash(const uint8_t *data, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32;
}

void fuzz_check_error(int r, const struct error *err)
{
    char line[4096];
    FUZZ_CHECK(r < 0, "returned %d", r);
    FUZZ_CHECK(err->code == -r, "returned %d and set %d", r, err->code);
    FUZZ_CHECK(err->text[0], "an error without a text");
    FUZZ_CHECK(memchr(err->text, 0, sizeof(err->text)), "a text without an end");
    FUZZ_CHECK(memchr(err->where, 0, sizeof(err->where)), "a place without an end");
    error_format(err, line, sizeof(line));
}

void fuzz_round_trip(struct arena *arena, const struct json_type *type, const void *object)
{
    _cleanup_(error_release) struct error err = ERROR_INIT;
    const char *first = NULL, *indented = NULL, *second = NULL;
    void *again = NULL;
    int r = json_write(arena, type, object, "", &first, &err);
    FUZZ_CHECK(r == 0, "cannot be written: %s", err.text);
    r = json_write(arena, type, object, "  ", &indented, &err);
    FUZZ_CHECK(r == 0, "cannot be written: %s", err.text);
    r = json_parse(arena, type, indented, strlen(indented), &again, NULL, &err);
    FUZZ_CHECK(r == 0, "cannot be read again: %s: %s: %s", err.where, err.text, indented);
    r = json_write(arena, type, again, "", &second, &err);
    FUZZ_CHECK(r == 0, "cannot be written again: %s", err.text);
    FUZZ_CHECK(strcmp(first, second) == 0, "not the same:\n%s\n%s", first, second);
}
