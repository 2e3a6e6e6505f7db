/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "verb.h"

/* Completion scripts, made from the same tables that parse the command line. Global options are taken before and after
 * the command, so each script looks for the command behind the values that options in front of it take. */

/* Options without a text are taken, but not offered. */
static const struct option_entry *next_offered(const struct option_entry *entry)
{
    while (entry && entry->kind && !entry->help)
        entry++;
    return entry && entry->kind ? entry : NULL;
}

static void print_option(const struct option_entry *entry)
{
    printf(" --%s", entry->name);
    if (entry->letter)
        printf(" -%c", entry->letter);
}

static void print_words(const struct option_entry *table)
{
    for (const struct option_entry *entry = next_offered(table); entry;
         entry = next_offered(entry + 1))
        print_option(entry);
}

static void print_options_with_values(const struct option_entry *table)
{
    for (const struct option_entry *entry = next_offered(table); entry;
         entry = next_offered(entry + 1))
        if (entry->argument)
            print_option(entry);
}

static void print_verb_names(void)
{
    for (const struct verb *verb = verbs; verb->name; verb++)
        printf("%s%s", verb == verbs ? "" : " ", verb->name);
}

/* Whether the first argument names a container that is there. */
static bool takes_container(const struct verb *verb)
{
    return strstr(verb->synopsis, "ID") && verb->run != cmd_plan && verb->run != cmd_run &&
           verb->run != cmd_create;
}

/* The words that the first argument can be, where they are known. */
static bool has_words(const struct verb *verb)
{
    return verb->words || verb->run == cmd_help;
}

static void print_argument_words(const struct verb *verb)
{
    if (verb->words)
        fputs(verb->words, stdout);
    else
        print_verb_names();
}

/* Text within single quotes of a shell; `escaped` are characters that get a backslash. */
static void print_quoted(const char *text, const char *escaped, const char *quote)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            fputs(quote, stdout);
        else
            printf(strchr(escaped, *p) ? "\\%c" : "%c", *p);
    }
}

static void complete_bash(void)
{
    /* Readline may have split --option=value into three words. */
    fputs("# bash completion for tare\n_tare()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= "
          "arguments=0 i\n"
          "    local values='",
          stdout);
    print_options_with_values(global_options);
    fputs(" ' options='", stdout);
    print_words(global_options);
    fputs("'\n"
          "    local -a choices\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        -*)\n"
          "            [[ ${COMP_WORDS[i+1]-} != = ]] || { ((i += 2)); continue; }\n"
          "            [[ $values != *\" ${COMP_WORDS[i]} \"* ]] || ((i++)) ;;\n"
          "        *)\n"
          "            [[ -z $verb ]] || { ((++arguments)); continue; }\n"
          "            verb=${COMP_WORDS[i]}\n"
          "            case $verb in\n",
          stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        printf("            %s) options+='", verb->name);
        print_words(verb->options);
        print_words(verb->more_options);
        fputs("' values+='", stdout);
        print_options_with_values(verb->options);
        print_options_with_values(verb->more_options);
        fputs(" '", stdout);
        fputs(" choices=(", stdout);
        if (has_words(verb)) {
            putchar('\'');
            print_argument_words(verb);
            fputs("' ", stdout);
        }
        fputs(takes_container(verb) ? "\"$(tare list --quiet 2>/dev/null)\")" : ")", stdout);
        fputs(" ;;\n", stdout);
    }
    fputs("            esac ;;\n        esac\n    done\n    COMPREPLY=()\n"
          "    [[ $word != = && $before != = && $values != *\" $before \"* ]] || return 0\n"
          "    [[ -n $verb ]] || choices=('",
          stdout);
    print_verb_names();
    fputs("')\n    local words=${choices[arguments]-}\n    [[ $word != -* ]] || words=$options\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
          "complete -o default -F _tare tare\n",
          stdout);
}

static void print_zsh_option(const struct option_entry *entry, const char *name, const char *equals)
{
    printf(" '");
    if (entry->letter)
        printf("(-%c --%s)", entry->letter, entry->name);
    printf("%s%s[", name, equals);
    print_quoted(entry->help, "[]\\", "'\\''");
    putchar(']');
    if (entry->argument) {
        putchar(':');
        print_quoted(entry->argument, ":\\", "'\\''");
        fputs(":_files", stdout);
    }
    putchar('\'');
}

static void print_zsh_options(const struct option_entry *table)
{
    for (const struct option_entry *entry = next_offered(table); entry;
         entry = next_offered(entry + 1)) {
        char name[64];
        snprintf(name, sizeof(name), "--%s", entry->name);
        print_zsh_option(entry, name, entry->argument ? "=" : "");
        if (!entry->letter)
            continue;
        snprintf(name, sizeof(name), "-%c", entry->letter);
        print_zsh_option(entry, name, entry->argument ? "+" : "");
    }
}

static void complete_zsh(void)
{
    fputs("#compdef tare\n# zsh completion for tare\nlocal context state line\nlocal -a "
          "global\nglobal=(",
          stdout);
    print_zsh_options(global_options);
    fputs(")\n_arguments -C $global '1:command:(", stdout);
    print_verb_names();
    fputs(")' '*::argument:->rest'\n[[ $state == rest ]] || return\ncase $words[1] in\n", stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        printf("%s) _arguments $global", verb->name);
        print_zsh_options(verb->options);
        print_zsh_options(verb->more_options);
        if (has_words(verb)) {
            fputs(" '1:argument:(", stdout);
            print_argument_words(verb);
            fputs(")'", stdout);
        }
        if (takes_container(verb))
            printf(" '%d:container:(${(f)\"$(tare list --quiet 2>/dev/null)\"})'",
                   has_words(verb) ? 2 : 1);
        if (has_words(verb) == takes_container(verb))
            fputs(" '*: :_files'", stdout);
        fputs(" ;;\n", stdout);
    }
    fputs("esac\n", stdout);
}

static void print_fish_options(const char *condition, const struct option_entry *table)
{
    for (const struct option_entry *entry = next_offered(table); entry;
         entry = next_offered(entry + 1)) {
        printf("complete -c tare%s -l %s", condition, entry->name);
        if (entry->letter)
            printf(" -s %c", entry->letter);
        printf("%s -d '", entry->argument ? " -r" : "");
        print_quoted(entry->help, "\\", "\\'");
        fputs("'\n", stdout);
    }
}

static void complete_fish(void)
{
    fputs("# fish completion for tare\n"
          "function __tare_verb_is\n"
          "    set -l tokens (commandline -opc)\n"
          "    set -l verb ''\n"
          "    set -l value 0\n"
          "    for token in $tokens[2..-1]\n"
          "        if test $value = 1\n"
          "            set value 0\n"
          "        else if contains -- $token",
          stdout);
    print_options_with_values(global_options);
    fputs("\n            set value 1\n"
          "        else if not string match -q -- '-*' $token\n"
          "            set verb $token\n"
          "            break\n"
          "        end\n"
          "    end\n"
          "    test \"$verb\" = \"$argv[1]\"\n"
          "end\n",
          stdout);
    print_fish_options("", global_options);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        char condition[80];
        printf("complete -c tare -n \"__tare_verb_is ''\" -f -a %s -d '", verb->name);
        print_quoted(verb->summary, "\\", "\\'");
        fputs("'\n", stdout);
        snprintf(condition, sizeof(condition), " -n '__tare_verb_is %s'", verb->name);
        print_fish_options(condition, verb->options);
        print_fish_options(condition, verb->more_options);
        if (takes_container(verb))
            printf("complete -c tare%s -f -a '(tare list --quiet 2>/dev/null)'\n", condition);
        if (has_words(verb)) {
            printf("complete -c tare%s -f -a '", condition);
            print_argument_words(verb);
            fputs("'\n", stdout);
        }
    }
}

int cmd_completion(struct call *call)
{
    const char *shell = call->args[0];
    if (strcmp(shell, "bash") == 0)
        complete_bash();
    else if (strcmp(shell, "zsh") == 0)
        complete_zsh();
    else if (strcmp(shell, "fish") == 0)
        complete_fish();
    else
        return fail(call, EINVAL, "no completion for \"%s\": bash, zsh or fish", shell);
    return STATUS_OK;
}
