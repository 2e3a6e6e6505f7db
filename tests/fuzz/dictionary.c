/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "container/state.h"
#include "plan/mount-options.h"
#include "seccomp/architecture.h"
#include "spec/tables.h"

/* Prints a dictionary for fuzzers: every property and every name of an enumeration that the tables have,
 * quoted as JSON has them. */

#define MAX_TYPES 128
#define MAX_WORDS 4096

static const struct json_type *types[MAX_TYPES];
static const char *words[MAX_WORDS];
static size_t n_types, n_words;

static void add_word(const char *word)
{
    for (size_t i = 0; i < n_words; i++)
        if (strcmp(words[i], word) == 0)
            return;
    if (n_words < MAX_WORDS)
        words[n_words++] = word;
}

static void add_type(const struct json_type *type)
{
    for (size_t i = 0; i < n_types; i++)
        if (types[i] == type)
            return;
    if (n_types == MAX_TYPES)
        return;
    types[n_types++] = type;
    for (size_t i = 0; i < type->n_fields; i++) {
        const struct json_field *field = &type->fields[i];
        add_word(field->name);
        for (const struct json_name *name = field->names; name && name->name; name++)
            add_word(name->name);
        if (field->type)
            add_type(field->type);
    }
}

int main(void)
{
    add_type(&config_type);
    add_type(&state_type);
    for (size_t i = 0; mount_option_name(i); i++)
        add_word(mount_option_name(i));
    for (size_t i = 0; i < SECCOMP_ARCHES; i++)
        add_word(architectures[i].name);
    for (size_t i = 0; i < n_words; i++)
        printf("\"\\\"%s\\\"\"\n", words[i]);
    puts("\"{\"\n\"}\"\n\"[\"\n\"]\"\n\":\"\n\",\"\n\"null\"\n\"true\"\n\"false\"\n\"-1\"\n"
         "\"18446744073709551615\"\n\"9223372036854775808\"\n\"\\\\u0000\"\n\"\\\\ud800\"");
    return 0;
}
