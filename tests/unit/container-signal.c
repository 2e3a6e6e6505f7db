/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "container/signal_name.h"

Test(signal, is_read_in_every_form)
{
    static const struct {
        const char *text;
        int number;
    } cases[] = {
        {"TERM", SIGTERM},    {"SIGTERM", SIGTERM}, {"term", SIGTERM},
        {"sigKill", SIGKILL}, {"9", SIGKILL},       {"0", 0},
        {"1", SIGHUP},        {"64", 64},           {"HUP", SIGHUP},
        {"USR1", SIGUSR1},    {"WINCH", SIGWINCH},  {"CHLD", SIGCHLD},
        {"CLD", SIGCHLD},     {"IOT", SIGABRT},     {"POLL", SIGIO},
        {"IO", SIGIO},        {"PWR", SIGPWR},      {"STKFLT", SIGSTKFLT},
        {"SYS", SIGSYS},      {"RTMIN", 34},        {"SIGRTMIN+3", 37},
        {"rtmin+0", 34},      {"RTMAX", 64},        {"SIGRTMAX-1", 63},
        {"RTMAX-30", 34},     {"RTMIN+30", 64},
    };
    for (size_t i = 0; i < ELEMENTSOF(cases); i++)
        cr_assert_eq(signal_parse(cases[i].text, NULL), cases[i].number, "%s", cases[i].text);
}

Test(signal, is_refused_otherwise)
{
    static const char *const texts[] = {"",           "65",      "-1",      "FOO",    "SIG",
                                        "SIGSIGTERM", "TERM ",   " TERM",   "9x",     "RTMIN+31",
                                        "RTMAX-31",   "RTMIN-1", "RTMAX+1", "RTMIN+", "4294967305"};
    for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
        struct error err = ERROR_INIT;
        cr_assert_eq(signal_parse(texts[i], &err), -EINVAL, "%s", texts[i]);
        char expected[64];
        snprintf(expected, sizeof(expected), "unknown signal \"%s\"", texts[i]);
        cr_assert_str_eq(err.text, expected);
        error_release(&err);
    }
}
