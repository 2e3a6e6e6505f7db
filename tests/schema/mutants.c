/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "plan/plan.h"
#include "spec/parse.h"
#include "tare.h"

/* The JSON schema of the runtime-spec as an oracle: documents that differ from good ones in one place, as
 * mutants.py makes and judges them, are judged by the parser and the planner, too. Where the two disagree,
 * a line of rules.tsv has to say why, and each of its lines has to be needed. */

#define SCHEMA   TEST_SRCDIR "/tests/data/schema"
#define EXAMPLES TEST_SRCDIR "/tests/unit/data/schema/good"
#define BUNDLES  TEST_SRCDIR "/tests/data/bundles"
#define MUTANTS                                                                                    \
    " -B " TEST_SRCDIR "/tests/schema/mutants.py " SCHEMA " " TEST_SRCDIR                          \
    "/tests/data/complete.json " EXAMPLES "/*.json " BUNDLES "/*/config.json "

/* ---- rules.tsv: VERDICT \t WHERE \t WHAT \t reason ---- */

struct rule {
    char *
        verdict; /* "refuse": WHAT is the text of the error; "accept": WHAT is the kind of change */
    char *where, *what;
    size_t used;
};

#define RULES_LIMIT 200

struct rules {
    char *text;
    struct rule items[RULES_LIMIT];
    size_t n;
};

static void rules_read(struct rules *rules)
{
    size_t size;
    int r =
        file_read(AT_FDCWD, TEST_SRCDIR "/tests/schema/rules.tsv", 1 << 20, &rules->text, &size);
    cr_assert_eq(r, 0, "rules.tsv: %s", strerror(-r));
    char *rest = rules->text, *line;
    while ((line = strsep(&rest, "\n"))) {
        if (!*line || *line == '#')
            continue;
        cr_assert_lt(rules->n, (size_t)RULES_LIMIT);
        struct rule *rule = &rules->items[rules->n++];
        rule->verdict = strsep(&line, "\t");
        rule->where = strsep(&line, "\t");
        rule->what = strsep(&line, "\t");
        cr_assert(rule->what && line && *line, "rules.tsv: a line without a reason: %s",
                  rule->where);
    }
}

static bool rules_excuse(struct rules *rules, const char *verdict, const char *where,
                         const char *what)
{
    for (size_t i = 0; i < rules->n; i++) {
        struct rule *rule = &rules->items[i];
        if (!strcmp(rule->verdict, verdict) && !fnmatch(rule->where, where, 0) &&
            !fnmatch(rule->what, what, 0)) {
            rule->used++;
            return true;
        }
    }
    return false;
}

/* ---- judging ---- */

struct mutant {
    const char *verdict, *change, *pointer, *document;
};

static int judge(const char *document, struct error *err)
{
    static const struct plan_options options = {
        .id = "c1", .bundle = "/bundle", .foreground = true};
    static const struct host_facts facts = {.cap_effective = UINT64_C(0x1ffffffffff),
                                            .cap_bounding = UINT64_C(0x1ffffffffff),
                                            .last_cap = 40,
                                            .umask = 0022,
                                            .apparmor = true,
                                            .selinux = true};
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct spec *spec;
    struct plan *plan;
    int r = spec_parse(&arena, document, strlen(document), &spec, NULL, err);
    return r < 0 ? r : plan_make(&arena, spec, &options, &facts, &plan, err);
}

/* Both judge alike, or a rule says why not. A text that is no excuse is printed with the mutant. */
static bool agree(struct rules *rules, const struct mutant *mutant)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    bool valid = !strcmp(mutant->verdict, "valid");
    bool accepted = judge(mutant->document, &err) == 0;
    if (valid == accepted)
        return true;
    if (valid ? rules_excuse(rules, "refuse", err.where, err.text)
              : rules_excuse(rules, "accept", mutant->pointer, mutant->change))
        return true;
    if (valid)
        fprintf(stderr, "valid, and refused (%s %s): %s: %s\n", mutant->change, mutant->pointer,
                err.where, err.text);
    else
        fprintf(stderr, "invalid, and accepted (%s %s)\n", mutant->change, mutant->pointer);
    return false;
}

/* What `tare spec` writes, in a file. */
static void default_write(char *path)
{
    char *json = NULL;
    cr_assert_eq(tare_spec_default(false, &json, NULL), 0);
    int fd _cleanup_(close_fd) = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(fd_write_all(fd, json, strlen(json)), 0);
    free(json);
}

static size_t mutants_judge(FILE *mutants, struct rules *rules, size_t *n)
{
    size_t disagreements = 0, capacity = 0;
    char *line = NULL;
    while (getline(&line, &capacity, mutants) > 0) {
        char *rest = line;
        struct mutant mutant;
        mutant.verdict = strsep(&rest, "\t");
        mutant.change = strsep(&rest, "\t");
        mutant.pointer = strsep(&rest, "\t");
        mutant.document = rest;
        cr_assert_not_null(rest);
        disagreements += !agree(rules, &mutant);
        ++*n;
    }
    free(line);
    return disagreements;
}

Test(schema, mutants, .timeout = 300,
     .description = "what the schema of the runtime-spec refuses is refused, what it allows is not")
{
    static struct rules rules;
    rules_read(&rules);
    char path[] = "/tmp/tare-spec-XXXXXX", command[8192];
    default_write(path);
    snprintf(command, sizeof(command),
             "python3" MUTANTS "%s || { [ $? = 77 ] && /usr/bin/python3" MUTANTS "%s; }", path,
             path);
    FILE *mutants = popen(command, "r");
    cr_assert_not_null(mutants);
    size_t n = 0, disagreements = mutants_judge(mutants, &rules, &n);
    int status = pclose(mutants);
    unlink(path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        printf("SKIP: schema/mutants: needs python3-jsonschema\n");
        fflush(stdout);
        free(rules.text);
        return;
    }
    cr_expect_eq(status, 0, "mutants.py ended with %d", status);
    cr_expect_eq(disagreements, 0, "%zu of %zu documents are judged differently", disagreements, n);
    cr_expect_gt(n, 5000, "only %zu documents", n);
    for (size_t i = 0; i < rules.n; i++)
        cr_expect_gt(rules.items[i].used, 0, "rules.tsv: nobody needs %s %s: %s",
                     rules.items[i].verdict, rules.items[i].where, rules.items[i].what);
    free(rules.text);
}
