/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <sys/types.h>

#include "tests/support/bundle.h"
#include "tests/support/host.h"

/* Calling tare, and what comes back. */

#define PID_FILE WORK "/pid"

struct result {
    int status;       /* exit status; 1000 + signal when tare itself was killed */
    int milliseconds; /* how long it took */
    char *out_path, *err_path;
    char *out, *err; /* stdout and stderr; result_read() reads again what a container adds later */
};

/* How to call; all zero is: nothing on stdin, an empty environment, the test's working directory.
 */
struct setting {
    const char *input;      /* on stdin */
    const char *const *env; /* NULL-terminated */
    const char *cwd;
    const char *binary;                /* in place of tare_binary() */
    bool no_root;                      /* no --root STATE */
    void (*prepare)(const void *data); /* in the child, just before exec; stdio is set up */
    const void *data;
};

/* $TARE_BINARY, or the one that was built with the tests. */
const char *tare_binary(void);

/* tare --root STATE ARGUMENT... NULL. A call that takes longer than 20 s ends the test. */
struct result *tare(const char *argument, ...) __attribute__((sentinel));
struct result *tare_with(const struct setting *setting, const char *argument, ...)
    __attribute__((sentinel));
/* The same without waiting: the pid, to be given to tare_wait. */
pid_t tare_start(const struct setting *setting, struct result **ret, const char *argument, ...)
    __attribute__((sentinel));
/* Arguments as a list that ends with NULL. */
pid_t tare_start_list(const struct setting *setting, struct result **ret,
                      const char *const *arguments);
void tare_wait(pid_t pid, struct result *result);
/* The same, while the signal is sent to it again and again. */
void tare_wait_under(int number, pid_t pid, struct result *result);
/* Another program, as it is. */
struct result *program_run(const struct setting *setting, const char *const *argv);
void result_read(struct result *result);
/* Read stdout until it has the text, for at most 10 s. */
void result_await(struct result *result, const char *text);

/* tare run; *_ok asserts success. */
struct result *bundle_run(const struct bundle *bundle);
struct result *bundle_run_ok(const struct bundle *bundle);
struct result *bundle_run_with(const struct bundle *bundle, const struct setting *setting);
/* tare create (with a pid file), start, and delete --force, all asserted to succeed. */
struct result *bundle_create(const struct bundle *bundle);
void bundle_start(const struct bundle *bundle);
void bundle_delete(const struct bundle *bundle);
/* A container that runs this, and has said "ready". */
struct bundle *bundle_ready(const char *payload);
/* What is in PID_FILE. */
pid_t bundle_pid(void);
/* The `status` of tare state, or "none". */
const char *bundle_status(const struct bundle *bundle);
/* Wait until tare state says so, at most 10 s. */
void bundle_await(const struct bundle *bundle, const char *status);

/* A fact that the payload printed: the value of the first line KEY=; "(no KEY)" when there is none.
 */
const char *fact(const struct result *result, const char *key);
/* The nth value of a key that was printed several times, from 0. */
const char *fact_nth(const struct result *result, const char *key, int n);

#define assert_status(result, expected)                                                            \
    cr_assert_eq((result)->status, expected, "status %d, not %d; out: %s err: %s",                 \
                 (result)->status, expected, (result)->out, (result)->err)
#define assert_fact(result, key, expected)                                                         \
    cr_assert_str_eq(fact(result, key), expected, "%s is %s, not %s; err: %s; out: %s", key,       \
                     fact(result, key), expected, (result)->err, (result)->out)
#define assert_contains(haystack, needle)                                                          \
    cr_assert_not_null(strstr(haystack, needle), "no \"%s\" in: %s", needle, haystack)
#define assert_lacks(haystack, needle)                                                             \
    cr_assert_null(strstr(haystack, needle), "there is \"%s\" in: %s", needle, haystack)

/* tare run fails with the status, each of the texts is in its message, and nothing is left behind.
 */
#define assert_run_fails(bundle, ...)                                                              \
    check_failure(bundle_run(bundle), 125, (const char *const[]){__VA_ARGS__, NULL}, __FILE__,     \
                  __LINE__)
#define assert_run_fails_with(status, bundle, ...)                                                 \
    check_failure(bundle_run(bundle), status, (const char *const[]){__VA_ARGS__, NULL}, __FILE__,  \
                  __LINE__)
/* The same of a call that was made. */
#define assert_failed(result, status, ...)                                                         \
    check_failure(result, status, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
void check_failure(const struct result *result, int status, const char *const *texts,
                   const char *file, int line);
