/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* Each property of config.json with wrong values: one error that names the place, what was expected and what was
 * found; nothing is left. The rows are in tests/data/negative.tsv, the configuration that they change is
 * complete.json beside it. tests/unit/spec-negative.c looks that no property is missing. */

TestSuite(negative, TEST_SUITE);

#define DATA TEST_SRCDIR "/tests/data"

struct row {
    char *pointer, *value, *error;
};

/* The next row of the file, or false. */
static bool row_next(char **rest, struct row *row)
{
    char *line;

    while ((line = strsep(rest, "\n")) != NULL) {
        if (*line != '/')
            continue;
        row->pointer = strsep(&line, "\t");
        row->value = strsep(&line, "\t");
        row->error = line;
        return true;
    }
    return false;
}

/* Without " (line L, column C)", each of which has to be there at most once in a line. */
static void positions_remove(char *text)
{
    char *from, *end;

    while ((from = strstr(text, " (line ")) != NULL) {
        end = strchr(from, ')');
        cr_assert_not_null(end, "%s", from);
        memmove(from, end + 1, strlen(end + 1) + 1);
    }
}

/* "\n" of the file to a line break. */
static void breaks_insert(char *text)
{
    char *at;

    while ((at = strstr(text, "\\n/")) != NULL) {
        *at = '\n';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
}

static void try_row(struct bundle *bundle, struct row *row)
{
    struct result *result;
    char *expected, *found;
    size_t length;

    bundle->config = json_parse(file_read(DATA "/complete.json"));
    bundle_set(bundle, "/process/terminal", "false");
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s\"", bundle->id);
    if (strcmp(row->value, "-") == 0)
        bundle_remove(bundle, row->pointer);
    else
        bundle_set(bundle, row->pointer, "%s", row->value);
    bundle_write(bundle);

    result = tare("create", "--bundle", bundle->path, "--pid-file", PID_FILE, bundle->id, NULL);
    breaks_insert(row->error);
    expected = text_format("tare create: %s", row->error);
    found = strdup(result->err);
    positions_remove(found);
    length = strlen(found);
    if (length > 0 && found[length - 1] == '\n')
        found[length - 1] = '\0';
    cr_expect_str_eq(found, expected, "%s = %s: %s", row->pointer, row->value, result->err);
    cr_expect_eq(result->status, 1, "%s = %s: status %d", row->pointer, row->value, result->status);
    cr_expect_str_empty(result->out);
    assert_nothing_left();
}

Test(negative, every_property,
     .description = "what each property demands: a wrong value is an error, and nothing is left")
{
    struct bundle *bundle = bundle_new();
    char *rest = file_read(DATA "/negative.tsv");
    struct row row;
    size_t n = 0;

    while (row_next(&rest, &row)) {
        try_row(bundle, &row);
        n++;
    }
    cr_expect_gt(n, 300);
}

/* The rows mean nothing when the configuration is wrong without them. */
Test(negative, complete_configuration_is_fine)
{
    struct bundle *bundle = bundle_new();

    bundle->config = json_parse(file_read(DATA "/complete.json"));
    bundle_write(bundle);
    assert_status(tare("check", "--bundle", bundle->path, NULL), 0);
    assert_nothing_left();
}
