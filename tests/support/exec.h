/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/support/run.h"

/* A container whose program waits, and processes that are put into it. */

#define EXEC_PID WORK "/exec.pid"

/* The same as bundle_new(), running: its program pauses. */
struct bundle *bundle_running(void);
/* Create and start this one, with a program that pauses. */
void bundle_run_paused(struct bundle *bundle);

/* tare exec OPTIONS ID /payload WORDS; both are split at blanks. NULL options: none. */
struct result *exec_payload(const struct bundle *bundle, const char *options, const char *words,
                            ...) __attribute__((format(printf, 3, 4)));
struct result *exec_payload_with(const struct setting *setting, const struct bundle *bundle,
                                 const char *options, const char *words);
/* The same without waiting. */
pid_t exec_payload_start(const struct setting *setting, struct result **ret,
                         const struct bundle *bundle, const char *options, const char *words);
/* tare exec OPTIONS --process FILE ID, FILE being {"args":["/payload", WORDS],"cwd":"/"MEMBERS}. */
struct result *exec_document(const struct bundle *bundle, const char *options, const char *members,
                             const char *words);

/* End the process that EXEC_PID names, and reap it: the container's first process cannot end before. */
void exec_end(void);

/* tare exec fails with the status, each of the texts is in its message; the container is as it was, without
 * another process, and there is no EXEC_PID. */
#define assert_exec_fails(status_, bundle, options, words, ...)                                    \
    check_exec_failure(exec_payload(bundle, options, words), status_,                              \
                       (const char *const[]){__VA_ARGS__, NULL}, bundle, __FILE__, __LINE__)
#define assert_exec_failed(result, status_, bundle, ...)                                           \
    check_exec_failure(result, status_, (const char *const[]){__VA_ARGS__, NULL}, bundle,          \
                       __FILE__, __LINE__)
void check_exec_failure(const struct result *result, int status, const char *const *texts,
                        const struct bundle *bundle, const char *file, int line);
