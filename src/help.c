/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "verb.h"

static void print_options(const struct option_entry *table)
{
    for (const struct option_entry *entry = table; entry && entry->kind; entry++) {
        if (!entry->help)
            continue;
        char left[64];
        char letter[8] = "";
        if (entry->letter)
            snprintf(letter, sizeof(letter), "-%c, ", entry->letter);
        snprintf(left, sizeof(left), "%4s--%s%s%s", letter, entry->name, entry->argument ? " " : "",
                 entry->argument ? entry->argument : "");
        printf("  %-30s %s\n", left, entry->help);
    }
}

static void print_overview(void)
{
    fputs("tare runs OCI containers.\n\nUsage: tare [GLOBAL OPTIONS] COMMAND [OPTIONS] "
          "[ARGUMENTS]\n\n"
          "Commands:\n",
          stdout);
    for (const struct verb *verb = verbs; verb->name; verb++)
        printf("  %-12s %s\n", verb->name, verb->summary);
    fputs("\nGlobal options, before or after the command:\n", stdout);
    print_options(global_options);
    fputs("\nSee tare COMMAND --help.\n", stdout);
}

void print_help(const struct verb *verb)
{
    if (!verb) {
        print_overview();
        return;
    }
    printf("tare %s: %s\n\nUsage: tare [GLOBAL OPTIONS] %s%s%s\n", verb->name, verb->summary,
           verb->name, *verb->synopsis ? " " : "", verb->synopsis);
    if (verb->help)
        printf("\n%s", verb->help);
    if (verb->options || verb->more_options) {
        fputs("\nOptions:\n", stdout);
        print_options(verb->options);
        print_options(verb->more_options);
    }
}

void print_version(void)
{
    /* Docker takes every line with the word "version" for the name and version of the runtime, so
     * only the first has it. */
    printf("tare version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n", tare_version(), tare_commit(),
           tare_spec_version(), tare_libseccomp_version());
}
