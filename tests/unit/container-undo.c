/* SPDX-License-Identifier: Apache-2.0 */
#include "container/undo.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char order[8];
static char step1[] = "1", step2[] = "2", step3[] = "3";

static void note(void *data)
{
    snprintf(order + strlen(order), sizeof(order) - strlen(order), "%s", (const char *)data);
}

Test(undo, takes_the_last_step_back_first)
{
    struct undo undo = UNDO_INIT;
    undo_push(&undo, note, step1);
    undo_push(&undo, note, step2);
    undo_push(&undo, note, step3);
    undo_run(&undo);
    cr_assert_str_eq(order, "321");
    undo_run(&undo);
    cr_assert_str_eq(order, "321", "a step is taken once");
}

Test(undo, does_nothing_when_disarmed)
{
    struct undo undo = UNDO_INIT;
    undo_push(&undo, note, step1);
    undo_disarm(&undo);
    undo_run(&undo);
    cr_assert_str_eq(order, "");
}
