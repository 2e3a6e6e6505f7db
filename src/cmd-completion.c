/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "verb.h"

/* Completion scripts, made from the same tables that parse the command line. */

static void print_words(const struct option_entry *table)
{
    for (const struct option_entry *entry = table; entry && entry->kind; entry++) {
        if (!entry->help)
            continue;
        printf(" --%s", entry->name);
        if (entry->letter)
            printf(" -%c", entry->letter);
    }
}

static void print_verb_names(void)
{
    for (const struct verb *verb = verbs; verb->name; verb++)
        printf("%s%s", verb == verbs ? "" : " ", verb->name);
}

static bool takes_container(const struct verb *verb)
{
    return strncmp(verb->synopsis, "ID", 2) == 0 || strstr(verb->synopsis, "] ID ") ||
           verb->run == cmd_delete || verb->words;
}

static void complete_bash(void)
{
    fputs("# bash completion for tare\n_tare()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} verb= i\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        [[ ${COMP_WORDS[i]} == -* ]] || { verb=${COMP_WORDS[i]}; break; }\n"
          "    done\n    local options='",
          stdout);
    print_words(global_options);
    fputs("' words=\n    case $verb in\n    '') words='", stdout);
    print_verb_names();
    fputs("' ;;\n", stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        printf("    %s) options+='", verb->name);
        print_words(verb->options);
        print_words(verb->more_options);
        fputs("'", stdout);
        if (takes_container(verb))
            printf("; words=\"%s $(tare list --quiet 2>/dev/null)\"",
                   verb->words ? verb->words : "");
        fputs(" ;;\n", stdout);
    }
    fputs("    esac\n    [[ $word == -* ]] && words=$options\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
          "complete -o default -F _tare tare\n",
          stdout);
}

static void print_zsh_options(const struct option_entry *table)
{
    for (const struct option_entry *entry = table; entry && entry->kind; entry++)
        if (entry->help)
            printf(" '--%s%s'", entry->name, entry->argument ? "=:value:_files" : "");
}

static void complete_zsh(void)
{
    fputs("#compdef tare\n# zsh completion for tare\nlocal context state line\n_arguments -C",
          stdout);
    print_zsh_options(global_options);
    fputs(" '1:command:(", stdout);
    print_verb_names();
    fputs(")' '*::argument:->rest'\n[[ $state == rest ]] || return\ncase $words[1] in\n", stdout);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        printf("%s) _arguments", verb->name);
        print_zsh_options(verb->options);
        print_zsh_options(verb->more_options);
        if (verb->words)
            printf(" '1:what:(%s)'", verb->words);
        if (takes_container(verb))
            printf(" '%d:container:(${(f)\"$(tare list --quiet 2>/dev/null)\"})'",
                   verb->words ? 2 : 1);
        if (verb->words || !takes_container(verb))
            fputs(" '*: :_files'", stdout);
        fputs(" ;;\n", stdout);
    }
    fputs("esac\n", stdout);
}

static void print_fish_options(const char *condition, const struct option_entry *table)
{
    for (const struct option_entry *entry = table; entry && entry->kind; entry++) {
        if (!entry->help)
            continue;
        printf("complete -c tare%s -l %s", condition, entry->name);
        if (entry->letter)
            printf(" -s %c", entry->letter);
        printf("%s -d '", entry->argument ? " -r" : "");
        for (const char *p = entry->help; *p; p++)
            printf(*p == '\'' ? "\\'" : "%c", *p);
        fputs("'\n", stdout);
    }
}

static void complete_fish(void)
{
    fputs("# fish completion for tare\n", stdout);
    print_fish_options("", global_options);
    for (const struct verb *verb = verbs; verb->name; verb++) {
        char condition[80];
        printf("complete -c tare -n __fish_use_subcommand -f -a %s -d '%s'\n", verb->name, "");
        snprintf(condition, sizeof(condition), " -n '__fish_seen_subcommand_from %s'", verb->name);
        print_fish_options(condition, verb->options);
        print_fish_options(condition, verb->more_options);
        if (verb->words)
            printf("complete -c tare%s -f -a '%s'\n", condition, verb->words);
        if (takes_container(verb))
            printf("complete -c tare%s -f -a '(tare list --quiet 2>/dev/null)'\n", condition);
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
