/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* Command lines as engines write them: the union of what runc and crun accept.
 *
 *     --opt=value  --opt value  -opt value  -o value  -ovalue  -o=value  --flag  --flag=false  -ab
 *
 * in any order with the positional arguments, `--` ends the options, a later option wins over an
 * earlier one, and global options are known before and after the verb. */

enum option_kind {
    OPTION_END,          /* ends a table */
    OPTION_FLAG,         /* bool */
    OPTION_TEXT,         /* const char * */
    OPTION_NUMBER,       /* unsigned */
    OPTION_LIST,         /* struct option_list: may be given several times */
    OPTION_IGNORED_FLAG, /* accepted for the sake of engines; no value */
    OPTION_IGNORED_TEXT,
};

struct option_list {
    const char **items; /* NULL-terminated; NULL: none was given */
    size_t n;
};

/* Tables are data: help, man page and shell completion are made from them too. */
struct option_entry {
    enum option_kind kind;
    const char *name;     /* long name, without dashes */
    char letter;          /* short name, or 0 */
    void *value;          /* where the value goes */
    const char *argument; /* "FILE", for help; NULL for flags */
    const char *help;     /* NULL: not shown */
};

#define OPTION_TABLES 3 /* global options, and two of the verb */

struct options {
    const struct option_entry *tables[OPTION_TABLES]; /* NULL: no table */
    /* The first positional argument ends the options, for verbs that take a command line. */
    bool stop_at_positional;
};

/* Take one argument of argv[*index], which must begin with '-' and be longer than that, and its
 * value; *index is moved behind them. */
int options_take(const struct options *options, int argc, char **argv, int *index,
                 struct error *err);

/* Sort argv[index..argc-1] into options, which are stored, and positional arguments, which are
 * moved together to argv[index..]; their number goes to *ret_n. */
int options_parse(const struct options *options, int argc, char **argv, int index, int *ret_n,
                  struct error *err);

/* The candidate that `word` was probably meant to be, or NULL. `next` yields candidates until NULL.
 */
const char *suggestion(const char *word, const char *(*next)(void *data), void *data);
