/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/exec.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/text.h"

#define MAX_WORDS 64

struct bundle *bundle_running(void)
{
    struct bundle *bundle = bundle_new();

    bundle_run_paused(bundle);
    return bundle;
}

void bundle_run_paused(struct bundle *bundle)
{
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    bundle_start(bundle);
}

pid_t exec_payload_start(const struct setting *setting, struct result **ret,
                         const struct bundle *bundle, const char *options, const char *words)
{
    const char *argv[MAX_WORDS] = {"exec"};
    size_t n = words_split(argv, 1, MAX_WORDS, options);

    argv[n++] = bundle->id;
    if (words != NULL)
        argv[n++] = "/payload";
    n = words_split(argv, n, MAX_WORDS, words);
    argv[n] = NULL;
    return tare_start_list(setting, ret, argv);
}

struct result *exec_payload_with(const struct setting *setting, const struct bundle *bundle,
                                 const char *options, const char *words)
{
    struct result *result;
    pid_t pid = exec_payload_start(setting, &result, bundle, options, words);

    tare_wait(pid, result);
    return result;
}

struct result *exec_payload(const struct bundle *bundle, const char *options, const char *words,
                            ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, words);
    cr_assert_geq(vasprintf(&text, words, arguments), 0);
    va_end(arguments);
    return exec_payload_with(NULL, bundle, options, text);
}

struct result *exec_document(const struct bundle *bundle, const char *options, const char *members,
                             const char *words)
{
    struct text text = {0};
    char *copy = strdup(words);

    text_add(&text, "{\"cwd\":\"/\"%s,\"args\":[\"/payload\"", members);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        text_add(&text, ",%s", json_quote(word));
    text_add(&text, "]}");
    file_write(WORK "/process.json", "%s", text_string(&text));
    return exec_payload_with(
        NULL, bundle,
        text_format("%s --process %s", options == NULL ? "" : options, WORK "/process.json"), NULL);
}

void exec_end(void)
{
    pid_t pid = (pid_t)strtol(file_read(EXEC_PID), NULL, 10);

    cr_assert_gt(pid, 1);
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert_eq(unlink(EXEC_PID), 0);
}

void check_exec_failure(const struct result *result, int status, const char *const *texts,
                        const struct bundle *bundle, const char *file, int line)
{
    char *init = text_format("%d ", (int)bundle_pid());

    cr_assert_eq(result->status, status, "%s:%d: status %d, not %d; out: %s err: %s", file, line,
                 result->status, status, result->out, result->err);
    for (; *texts != NULL; texts++)
        cr_assert_not_null(strstr(result->err, *texts), "%s:%d: no \"%s\" in the message: %s", file,
                           line, *texts, result->err);
    cr_assert_not(file_exists(EXEC_PID), "%s:%d: a pid file is left", file, line);
    /* Orphans become ours. */
    for (int i = 0; i < 2000 && strcmp(file_read("/proc/thread-self/children"), init) != 0; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        usleep(5000);
    }
    cr_assert_str_eq(file_read("/proc/thread-self/children"), init, "%s:%d: a process is left",
                     file, line);
    cr_assert_str_neq(bundle_status(bundle), "stopped", "%s:%d: the container has stopped", file,
                      line);
}
