/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(sys_process);

#define REST " 1 7 7 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 "

static int parse(const char *text, struct process_stat *ret)
{
    char copy[256];

    snprintf(copy, sizeof(copy), "%s", text);
    return process_stat_parse(copy, ret);
}

Test(sys_process, a_command_may_be_named_like_the_rest_of_the_line)
{
    struct process_stat stat;

    cr_assert_eq(parse("7 (a) Z" REST "5 (b) S" REST "4711 0 0\n", &stat), 0);
    cr_assert_eq(stat.state, 'S');
    cr_assert_eq(stat.parent, 1);
    cr_assert_eq(stat.start_time, 4711);
}

Test(sys_process, what_is_cut_off_is_refused)
{
    static const char whole[] = "7 (sh) S" REST "4711";
    struct process_stat stat;

    for (size_t i = 0; i < sizeof(whole) - 5; i++) {
        char *cut = strndup(whole, i);

        cr_assert_eq(process_stat_parse(cut, &stat), -EIO, "%s", cut);
        free(cut);
    }
    cr_assert_eq(parse("", &stat), -EIO);
    cr_assert_eq(parse("7 (sh) S" REST "-1 0", &stat), -EIO);
}
