/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORDS 16

static struct {
    bool flag, other;
    const char *text, *root;
    unsigned number;
} got;

static const struct option_entry globals[] = {
    {OPTION_TEXT, "root", 0, &got.root, "DIR", "help"},
    {OPTION_IGNORED_TEXT, "rootless", 0, NULL, "BOOL", NULL},
    {0},
};

static const struct option_entry own[] = {
    {OPTION_FLAG, "flag", 'f', &got.flag, NULL, "help"},
    {OPTION_FLAG, "other", 'o', &got.other, NULL, "help"},
    {OPTION_TEXT, "text", 't', &got.text, "TEXT", "help"},
    {OPTION_NUMBER, "number", 'n', &got.number, "N", "help"},
    {OPTION_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL, NULL},
    {0},
};

static struct options tables = {.tables = {globals, own}};
static struct error err;
static char *words[WORDS];
static int n_positional;

/* Parse the words of a line that are parted by single spaces. */
static int parse(const char *line)
{
    static char copy[256];
    int argc = 0;
    memset(&got, 0, sizeof(got));
    error_release(&err);
    snprintf(copy, sizeof(copy), "%s", line);
    char *rest = copy;
    for (char *word; argc < WORDS && (word = strsep(&rest, " "));) {
        words[argc++] = word;
    }
    return options_parse(&tables, argc, words, 0, &n_positional, &err);
}

Test(options, accepts_every_form_of_a_value)
{
    static const char *const lines[] = {"--text=v", "--text v", "-text v", "-text=v",
                                        "-t v",     "-tv",      "-t=v",    "--text x --text v"};
    for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
        cr_assert_eq(parse(lines[i]), 0, "%s", lines[i]);
        cr_assert_str_eq(got.text, "v", "%s", lines[i]);
        cr_assert_eq(n_positional, 0);
    }
}

Test(options, accepts_every_form_of_a_flag)
{
    static const struct {
        const char *line;
        bool flag, other;
    } cases[] = {
        {"--flag", true, false},
        {"-f", true, false},
        {"-flag", true, false},
        {"-fo", true, true},
        {"--flag=true", true, false},
        {"--flag=1", true, false},
        {"--flag=false", false, false},
        {"--flag --flag=false", false, false},
        {"-f=false -o", false, true},
        {"--no-subreaper -o", false, true},
        {"-no-subreaper -o", false, true},
    };
    for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
        cr_assert_eq(parse(cases[i].line), 0, "%s", cases[i].line);
        cr_assert_eq(got.flag, cases[i].flag, "%s", cases[i].line);
        cr_assert_eq(got.other, cases[i].other, "%s", cases[i].line);
    }
}

Test(options, sorts_options_from_arguments)
{
    cr_assert_eq(parse("one -f two --root /r three -n 7"), 0);
    cr_assert_eq(n_positional, 3);
    cr_assert_str_eq(words[0], "one");
    cr_assert_str_eq(words[1], "two");
    cr_assert_str_eq(words[2], "three");
    cr_assert(got.flag);
    cr_assert_str_eq(got.root, "/r");
    cr_assert_eq(got.number, 7);
}

Test(options, double_dash_ends_them)
{
    cr_assert_eq(parse("-f -- -o --text"), 0);
    cr_assert_eq(n_positional, 2);
    cr_assert(got.flag && !got.other);
    cr_assert_str_eq(words[0], "-o");
}

Test(options, a_lone_dash_is_an_argument_and_a_value)
{
    cr_assert_eq(parse("- -t -"), 0);
    cr_assert_eq(n_positional, 1);
    cr_assert_str_eq(got.text, "-");
}

Test(options, the_first_argument_ends_them_where_asked)
{
    tables.stop_at_positional = true;
    int r = parse("-f id -o --text");
    tables.stop_at_positional = false;
    cr_assert_eq(r, 0);
    cr_assert_eq(n_positional, 3);
    cr_assert(got.flag && !got.other);
}

Test(options, an_empty_argument_is_one)
{
    cr_assert_eq(parse(" -f"), 0);
    cr_assert_eq(n_positional, 1);
    cr_assert_str_eq(words[0], "");
}

Test(options, ignored_ones_take_their_value)
{
    cr_assert_eq(parse("--rootless true id"), 0);
    cr_assert_eq(n_positional, 1);
    cr_assert_str_eq(words[0], "id");
}

Test(options, wrong_ones_are_refused)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        /* The phrase that Podman probes for. */
        {"--text", "requires an argument"},
        {"id -t", "requires an argument"},
        {"--number", "requires an argument"},
        {"--number x", "\"x\""},
        {"--number=-1", "\"-1\""},
        {"--number=4294967296", "\"4294967296\""},
        {"-n ", "\"\""},
        {"--flag=maybe", "\"maybe\""},
        {"--no-subreaper=maybe", "\"maybe\""},
        {"--txt=1", "unknown option \"--txt=1\""},
        {"-fx", "unknown option \"-fx\""},
        {"--f", "unknown option \"--f\""},
    };
    for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
        cr_assert_eq(parse(cases[i].line), -EINVAL, "%s", cases[i].line);
        cr_assert_eq(err.kind, ERROR_USAGE);
        cr_assert(strstr(err.text, cases[i].says), "%s: %s", cases[i].line, err.text);
    }
}

Test(options, an_unknown_one_is_met_with_a_guess)
{
    cr_assert_lt(parse("--nummer=1"), 0);
    cr_assert_str_eq(err.hint, "did you mean --number?");
    cr_assert_lt(parse("--something-else"), 0);
    cr_assert_str_eq(err.hint, "");
}
