/* SPDX-License-Identifier: Apache-2.0 */
#include "base/phrases.h"

#include <criterion/criterion.h>

/* The left side is what other programs search for: it changes only with them. */
Test(phrases, are_what_engines_search_for)
{
    cr_expect_str_eq("container does not exist", PHRASE_NO_CONTAINER);
    cr_expect_str_eq("container with given ID already exists", PHRASE_EXISTS);
    cr_expect_str_eq("invalid container ID format", PHRASE_INVALID_ID);
    cr_expect_str_eq("container not running", PHRASE_NOT_RUNNING);
    cr_expect_str_eq("cannot start a container that has stopped", PHRASE_START_STOPPED);
    cr_expect_str_eq("cannot start an already running container", PHRASE_START_RUNNING);
    cr_expect_str_eq("cannot start a container in the %s state", PHRASE_START_OTHER);
    cr_expect_str_eq("cannot delete container %s that is not stopped: %s",
                     PHRASE_DELETE_NOT_STOPPED);
    cr_expect_str_eq("cannot exec in a stopped container", PHRASE_EXEC_STOPPED);
    cr_expect_str_eq("cannot exec in a paused container (use --ignore-paused to override)",
                     PHRASE_EXEC_PAUSED);
    cr_expect_str_eq("unknown signal \"%s\"", PHRASE_UNKNOWN_SIGNAL);
    cr_expect_str_eq("File config.json exists. Remove it first", PHRASE_CONFIG_EXISTS);
    cr_expect_str_eq("container init was OOM-killed (memory limit too low?)", PHRASE_INIT_OOM);
}
