/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

/* A configuration that plans without a problem, to be bent by each test: root, a process, all
 * namespaces but user and time, the facts of a privileged caller. */

struct plan_fixture {
    struct arena arena;
    struct spec spec;
    struct root root;
    struct process process;
    struct linux_section section;
    struct plan_options options;
    struct host_facts facts;
    struct plan *plan;
    struct error err;
};

extern struct plan_fixture f;

void fixture_set_up(void);
void fixture_tear_down(void);

#define PLAN_SUITE(name) TestSuite(name, .init = fixture_set_up, .fini = fixture_tear_down)

/* A struct strings of literals. */
#define STRINGS(...)                                                                               \
    ((struct strings){true, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),          \
                      (const char *[]){__VA_ARGS__, NULL}})

/* Fill a LIST_OF() or a string map with elements of the caller's block. */
#define SET_LIST(list, ...)                                                                        \
    do {                                                                                           \
        static __typeof__(*(list).items) items_[] = {__VA_ARGS__};                                 \
        (list).set = true;                                                                         \
        (list).items = items_;                                                                     \
        (list).n = sizeof(items_) / sizeof(items_[0]);                                             \
    } while (0)

#define SET(number)                                                                                \
    {                                                                                              \
        .set = true, .value = (number)                                                             \
    }
#define ALL_NAMESPACES 6

/* The namespaces of the configuration, all of them new. */
void fixture_namespaces(size_t n, const enum namespace_type *types);
#define NAMESPACES(...)                                                                            \
    fixture_namespaces(sizeof((enum namespace_type[]){__VA_ARGS__}) / sizeof(enum namespace_type), \
                       (enum namespace_type[]){__VA_ARGS__})

/* Plan, and what must come out: a plan; or one problem and no other. */
void plan_well(void);
void plan_badly(const char *where, const char *text);
void plan_unsupported(const char *where, const char *text);
/* Exactly this warning is in the plan. */
void expect_warning(const char *text);
