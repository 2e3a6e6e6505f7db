/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "options.h"

static const char *next(void *data)
{
    const char *const **position = data;
    return **position ? *(*position)++ : NULL;
}

static const char *guess(const char *word)
{
    static const char *const names[] = {"create", "start", "state", "delete", "kill", NULL};
    const char *const *position = names;
    return suggestion(word, next, &position);
}

Test(suggestion, finds_what_was_meant)
{
    cr_assert_str_eq(guess("creat"), "create");
    cr_assert_str_eq(guess("strat"), "start");
    cr_assert_str_eq(guess("sate"), "state");
    cr_assert_str_eq(guess("delet"), "delete");
    cr_assert_str_eq(guess("kil"), "kill");
}

Test(suggestion, keeps_quiet_when_nothing_is_near)
{
    cr_assert_null(guess("checkpoint"));
    cr_assert_null(guess(""));
    cr_assert_null(guess("a word that is much longer than any name of a command could be"));
}
