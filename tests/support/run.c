/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/run.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/text.h"

enum { CALL_LIMIT_MS = 20000, MAX_ARGUMENTS = 64 };

static const struct setting no_setting;

const char *tare_binary(void)
{
    const char *path = getenv("TARE_BINARY");

    return path != NULL ? path : TEST_BUILDDIR "/tare";
}

static int now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* ---- starting a process ---- */

static void replace_fd(int fd, const char *path, int flags)
{
    int opened = open(path, flags, 0666);

    if (opened < 0 || (opened != fd && dup2(opened, fd) < 0))
        _exit(200);
    if (opened != fd)
        close(opened);
}

/* Sanitizers and coverage are told by the environment where to write. */
static void keep_environment(const char *const *env)
{
    static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "GCOV_PREFIX",
                                       "GCOV_PREFIX_STRIP"};
    const char *values[4];

    for (size_t i = 0; i < 4; i++)
        values[i] = getenv(kept[i]);
    clearenv();
    for (size_t i = 0; i < 4; i++) {
        if (values[i] != NULL)
            setenv(kept[i], values[i], 1);
    }
    for (; env != NULL && *env != NULL; env++)
        putenv((char *)*env);
}

static pid_t process_start(const struct setting *setting, const char *const *argv,
                           struct result **ret)
{
    static int serial;
    struct result *result = calloc(1, sizeof(*result));
    const char *input = "/dev/null";
    pid_t pid;

    serial++;
    result->out_path = text_format(WORK "/.out.%d", serial);
    result->err_path = text_format(WORK "/.err.%d", serial);
    file_write(result->out_path, "%s", "");
    file_write(result->err_path, "%s", "");
    if (setting->input != NULL) {
        input = text_format(WORK "/.in.%d", serial);
        file_write(input, "%s", setting->input);
    }
    result->milliseconds = now_ms();
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        replace_fd(0, input, O_RDONLY);
        replace_fd(1, result->out_path, O_WRONLY | O_CREAT | O_APPEND);
        replace_fd(2, result->err_path, O_WRONLY | O_CREAT | O_APPEND);
        keep_environment(setting->env);
        if (setting->cwd != NULL && chdir(setting->cwd) < 0)
            _exit(201);
        if (setting->prepare != NULL)
            setting->prepare(setting->data);
        execv(argv[0], (char *const *)argv);
        _exit(202);
    }
    *ret = result;
    return pid;
}

void result_read(struct result *result)
{
    result->out = file_read(result->out_path);
    result->err = file_read(result->err_path);
}

void result_await(struct result *result, const char *text)
{
    for (int i = 0; i < 2000; i++) {
        result_read(result);
        if (strstr(result->out, text) != NULL)
            return;
        usleep(5000);
    }
    cr_assert_fail("no \"%s\" came: %s err: %s", text, result->out, result->err);
}

void tare_wait(pid_t pid, struct result *result)
{
    struct pollfd poller = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    int status, ready = poll(&poller, 1, CALL_LIMIT_MS);

    close(poller.fd);
    if (ready == 0) {
        kill(pid, SIGKILL);
        result_read(result);
        cr_assert_fail("the call took longer than %d ms; out: %s err: %s", CALL_LIMIT_MS,
                       result->out, result->err);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    result->milliseconds = now_ms() - result->milliseconds;
    result_read(result);
}

void tare_wait_under(int number, pid_t pid, struct result *result)
{
    siginfo_t end;
    pid_t sender = fork();

    cr_assert_geq(sender, 0);
    while (sender == 0) {
        kill(pid, number);
        usleep(20);
    }
    /* Until it is reaped the pid is nobody else's. */
    alarm(CALL_LIMIT_MS / 1000);
    cr_assert_eq(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
    alarm(0);
    kill(sender, SIGKILL);
    cr_assert_eq(waitpid(sender, NULL, 0), sender);
    tare_wait(pid, result);
}

struct result *program_run(const struct setting *setting, const char *const *argv)
{
    struct result *result;
    pid_t pid = process_start(setting == NULL ? &no_setting : setting, argv, &result);

    tare_wait(pid, result);
    return result;
}

pid_t tare_start_list(const struct setting *setting, struct result **ret,
                      const char *const *arguments)
{
    const char *argv[MAX_ARGUMENTS];
    size_t n = 1;

    setting = setting == NULL ? &no_setting : setting;
    argv[0] = setting->binary == NULL ? tare_binary() : setting->binary;
    if (!setting->no_root) {
        argv[n++] = "--root";
        argv[n++] = STATE;
    }
    for (; *arguments != NULL; arguments++) {
        cr_assert_lt(n, MAX_ARGUMENTS - 1);
        argv[n++] = *arguments;
    }
    argv[n] = NULL;
    return process_start(setting, argv, ret);
}

static pid_t start_arguments(const struct setting *setting, struct result **ret,
                             const char *argument, va_list arguments)
{
    const char *list[MAX_ARGUMENTS];
    size_t n = 0;

    for (; argument != NULL; argument = va_arg(arguments, const char *)) {
        cr_assert_lt(n, MAX_ARGUMENTS - 1);
        list[n++] = argument;
    }
    list[n] = NULL;
    return tare_start_list(setting, ret, list);
}

struct result *tare(const char *argument, ...)
{
    struct result *result;
    va_list arguments;
    pid_t pid;

    va_start(arguments, argument);
    pid = start_arguments(&no_setting, &result, argument, arguments);
    va_end(arguments);
    tare_wait(pid, result);
    return result;
}

struct result *tare_with(const struct setting *setting, const char *argument, ...)
{
    struct result *result;
    va_list arguments;
    pid_t pid;

    va_start(arguments, argument);
    pid = start_arguments(setting, &result, argument, arguments);
    va_end(arguments);
    tare_wait(pid, result);
    return result;
}

pid_t tare_start(const struct setting *setting, struct result **ret, const char *argument, ...)
{
    va_list arguments;
    pid_t pid;

    va_start(arguments, argument);
    pid = start_arguments(setting == NULL ? &no_setting : setting, ret, argument, arguments);
    va_end(arguments);
    return pid;
}

/* ---- bundles ---- */

struct result *bundle_run_with(const struct bundle *bundle, const struct setting *setting)
{
    bundle_write(bundle);
    return tare_with(setting, "run", "--bundle", bundle->path, bundle->id, NULL);
}

struct result *bundle_run(const struct bundle *bundle)
{
    return bundle_run_with(bundle, &no_setting);
}

struct result *bundle_run_ok(const struct bundle *bundle)
{
    struct result *result = bundle_run(bundle);

    assert_status(result, 0);
    return result;
}

struct result *bundle_create(const struct bundle *bundle)
{
    struct result *result;

    bundle_write(bundle);
    result = tare("create", "--bundle", bundle->path, "--pid-file", PID_FILE, bundle->id, NULL);
    assert_status(result, 0);
    return result;
}

void bundle_start(const struct bundle *bundle)
{
    struct result *result = tare("start", bundle->id, NULL);

    assert_status(result, 0);
}

struct bundle *bundle_ready(const char *payload)
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    bundle_payload(bundle, "%s", payload);
    created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    return bundle;
}

void bundle_delete(const struct bundle *bundle)
{
    struct result *result = tare("delete", "--force", bundle->id, NULL);

    assert_status(result, 0);
    unlink(PID_FILE);
}

pid_t bundle_pid(void)
{
    return (pid_t)strtol(file_read(PID_FILE), NULL, 10);
}

const char *bundle_status(const struct bundle *bundle)
{
    struct result *result = tare("state", bundle->id, NULL);
    const char *status;

    if (result->status != 0)
        return "none";
    status = json_text(json_parse(result->out), "/status");
    return status == NULL ? "none" : status;
}

void bundle_await(const struct bundle *bundle, const char *status)
{
    for (int i = 0; i < 1000; i++) {
        if (strcmp(bundle_status(bundle), status) == 0)
            return;
        usleep(10000);
    }
    cr_assert_fail("%s is %s, not %s", bundle->id, bundle_status(bundle), status);
}

/* ---- what came out ---- */

const char *fact_nth(const struct result *result, const char *key, int n)
{
    size_t length = strlen(key);

    for (const char *line = result->out; *line != 0;) {
        size_t line_length = strcspn(line, "\n");

        if (strncmp(line, key, length) == 0 && line[length] == '=' && n-- == 0)
            return strndup(line + length + 1, line_length - length - 1);
        line += line_length + (line[line_length] == '\n');
    }
    return text_format("(no %s)", key);
}

const char *fact(const struct result *result, const char *key)
{
    return fact_nth(result, key, 0);
}

/* Are all words there, in whatever case? */
static bool has_text(const char *message, const char *text)
{
    return strcasestr(message, text) != NULL;
}

void check_failure(const struct result *result, int status, const char *const *texts,
                   const char *file, int line)
{
    if (!binary_is_tare()) {
        cr_assert_neq(result->status, 0, "%s:%d: it succeeded: %s", file, line, result->out);
        return;
    }
    cr_assert_eq(result->status, status, "%s:%d: status %d, not %d for %s; out: %s err: %s", file,
                 line, result->status, status, texts[0], result->out, result->err);
    for (; *texts != NULL; texts++) {
        cr_assert(has_text(result->err, *texts), "%s:%d: no \"%s\" in the message: %s", file, line,
                  *texts, result->err);
    }
    assert_nothing_left();
}
