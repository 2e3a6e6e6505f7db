/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

Test(error, system_call_failure_names_the_reason)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    char text[512];
    cr_assert(eq(int, error_sys(&err, EPERM, "mount %s", "proc"), -EPERM));
    error_format(&err, text, sizeof(text));
    cr_assert(eq(str, text, (char *)"mount proc: Operation not permitted"));
}

Test(error, all_parts_in_one_line)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    char text[512];
    error_sys(&err, ENOENT, "open %s", "/x");
    error_add_where(&err, "/mounts/%d", 3);
    error_add_where(&err, "/ignored");
    error_add_hint(&err, "make it");
    error_add_hint(&err, "ignored");
    cr_assert(eq(int, error_wrap(&err, "mount tmpfs"), -ENOENT));
    error_format(&err, text, sizeof(text));
    cr_assert(eq(str, text,
                 (char *)"/mounts/3: mount tmpfs: open /x: No such file or directory (make it)"));
}

Test(error, first_kind_stays)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    cr_assert(eq(int, error_config(&err, "/process/cwd", "not absolute"), -EINVAL));
    error_set_kind(&err, ERROR_USAGE);
    cr_assert(err.kind == ERROR_CONFIG);
    cr_assert(eq(str, err.where, (char *)"/process/cwd"));
}

Test(error, a_new_report_forgets_the_old_one)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    error_config(&err, "/a", "first");
    error_add_problem(&err, "/b: second");
    error_add_problem(&err, "/c: third");
    cr_assert(eq(str, err.also, (char *)"/b: second\n/c: third"));
    error_set(&err, EIO, "other");
    cr_assert(err.also == NULL && err.where[0] == '\0' && err.kind == ERROR_GENERAL);
}

Test(error, longest_texts_are_cut_not_broken)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    char *long_text = calloc(1, 5000);
    memset(long_text, 'x', 4999);
    error_set(&err, EIO, "%s", long_text);
    error_wrap(&err, "%s", long_text);
    cr_assert(eq(sz, strlen(err.text), sizeof(err.text) - 1));
    free(long_text);
}

Test(error, null_is_allowed_everywhere)
{
    cr_assert(eq(int, error_sys(NULL, EPERM, "x"), -EPERM));
    cr_assert(lt(int, error_wrap(NULL, "x"), 0));
    error_add_hint(NULL, "x");
    error_add_where(NULL, "x");
    error_add_problem(NULL, "x");
    error_release(NULL);
}

Test(error, move_leaves_nothing_behind)
{
    struct error from = ERROR_INIT;
    struct error to _cleanup_(error_release) = ERROR_INIT;
    error_set(&from, EIO, "text");
    error_add_problem(&from, "more");
    error_move(&to, &from);
    cr_assert(from.code == 0 && from.also == NULL);
    cr_assert(eq(str, to.also, (char *)"more"));
}
