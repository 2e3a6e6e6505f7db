/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"

/* What surrounds a test of the cgroup room: a private mount namespace, and one directory of the
 * test's own in the machine's cgroup2 hierarchy, which must be empty again at the end. The rest of
 * the hierarchy is looked at and not changed. */

#define CGROUP_SUITE .init = set_up, .fini = tear_down, .timeout = 300

void set_up(void);
void tear_down(void);

extern struct cgroup_host host;
extern struct error err;
extern char base[64]; /* "/tare-test-PROGRAM-PID" */

/* Ends the test as skipped, with a line that is counted. */
#define SKIP(...)                                                                                  \
    do {                                                                                           \
        printf("SKIP: %s/%s: ", criterion_current_test->category, criterion_current_test->name);   \
        printf(__VA_ARGS__);                                                                       \
        printf("\n");                                                                              \
        fflush(stdout);                                                                            \
        /* Criterion does not do it for a skipped test. */                                         \
        tear_down();                                                                               \
        cr_skip_test(__VA_ARGS__);                                                                 \
    } while (0)

/* The path "BASE/name"; the last eight are kept. */
char *below(const char *name);
bool exists(const char *path);
void make_directory(const char *path);
void remove_directory(const char *path);
void write_file(const char *path, const char *file, const char *text);

struct plan_cgroup plan_at(const char *path);
/* cgroup_make and cgroup_remove, asserted to succeed. */
struct cgroup make(const char *path);
void destroy(struct cgroup *cgroup);

/* A child in the cgroup that runs `main`, and exits 0 when that returns. */
pid_t start_in(const struct cgroup *cgroup, void (*main)(void *), void *data);
void idle(void *unused);
int status_of(pid_t pid); /* waits */
void end(pid_t pid);      /* kills and waits */

void expect_text(const char *text, const char *part);
