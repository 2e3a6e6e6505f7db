/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/integration/contract.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/terminal.h"

const char *const xdg_env[] = {"XDG_RUNTIME_DIR=/run/user/0", NULL};

/* ---- words ---- */

static const char *variable(const struct engine *engine, const char *name, size_t *length)
{
    const struct {
        const char *name, *value;
    } variables[] = {
        {"$ID", engine->bundle->id},
        {"$B", engine->bundle->path},
        {"$R", STATE},
        {"$P", text_format("%d", engine->pid)},
    };

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        *length = strlen(variables[i].name);
        if (strncmp(name, variables[i].name, *length) == 0)
            return variables[i].value;
    }
    return NULL;
}

const char *expand(const struct engine *engine, const char *words)
{
    struct text text = {0};

    while (*words != 0) {
        size_t length = 1;
        const char *value = *words == '$' ? variable(engine, words, &length) : NULL;

        if (value != NULL)
            text_add(&text, "%s", value);
        else
            text_add_bytes(&text, words, length = 1);
        words += length;
    }
    return text_string(&text);
}

/* What follows the name of the binary; words are parted by single spaces. */
static const char **arguments(const struct engine *engine, const char *words, bool bare)
{
    const char **argv = calloc(64, sizeof(*argv));
    char *line = strdup(expand(engine, bare || *engine->globals == 0
                                           ? words
                                           : text_format("%s %s", engine->globals, words)));
    size_t n = 0;

    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        cr_assert_lt(n, 63);
        argv[n++] = word;
    }
    return argv;
}

/* ---- stdio ---- */

static int pipe_ends[2]; /* of the container: what it reads from and writes to */

void engine_open_pipes(struct engine *engine)
{
    int in[2], out[2];

    cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    engine->in = in[1];
    pipe_ends[0] = in[0];
    engine->out = out[0];
    pipe_ends[1] = out[1];
    engine->said = (struct text){0};
}

/* A runtime dies with its engine. */
static void be_a_runtime(const void *data)
{
    const struct engine *engine = data;

    if (engine->caller != NULL)
        engine->caller(engine->caller_data);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void be_a_runtime_on_pipes(const void *data)
{
    be_a_runtime(data);
    dup2(pipe_ends[0], STDIN_FILENO);
    dup2(pipe_ends[1], STDOUT_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
}

void engine_begin(struct engine *engine)
{
    bundle_payload(engine->bundle, "trap 15 ; say ready ; wait 1 ; exit 4");
    bundle_write(engine->bundle);
    engine_open_pipes(engine);
}

/* Read some of what the container writes; false at the end. */
static bool read_some(struct engine *engine)
{
    struct pollfd poller = {.fd = engine->out, .events = POLLIN};
    char buffer[4096];
    ssize_t n;

    cr_assert_eq(poll(&poller, 1, 10000), 1, "the pipe is held open; it had: %s",
                 text_string(&engine->said));
    n = read(engine->out, buffer, sizeof(buffer));
    cr_assert_geq(n, 0);
    text_add_bytes(&engine->said, buffer, (size_t)n);
    return n > 0;
}

void engine_is_ready(struct engine *engine, const struct result *result)
{
    (void)result;
    while (!strstr(text_string(&engine->said), "say=ready\n") && read_some(engine))
        continue;
}

const char *engine_read_output(struct engine *engine)
{
    while (read_some(engine))
        continue;
    close(engine->out);
    close(engine->in);
    return text_string(&engine->said);
}

/* ---- the log ---- */

const char *log_message(const char *text)
{
    struct json *entry = json_try_parse(text);
    const char *message, *rest;
    struct tm tm;

    cr_assert_not_null(entry, "not one object: %s", text);
    cr_assert_eq(json_length(entry), 3, "%s", text);
    cr_assert_eq(strncmp(text, "{\"level\":\"error\",\"msg\":\"", 24), 0, "%s", text);
    message = json_text(entry, "/msg");
    cr_assert_not_null(message, "%s", text);
    rest = strptime(json_text(entry, "/time"), "%Y-%m-%dT%H:%M:%SZ", &tm);
    cr_assert(rest != NULL && *rest == 0, "%s", text);
    cr_assert_str_eq(strstr(text, ",\"time\":\""),
                     text_format(",\"time\":\"%s\"}\n", json_text(entry, "/time")));
    return message;
}

static void assert_logged(const char *added, const struct result *result, const struct step *step)
{
    const char *words = step->words;

    if (result->status == 0 || step->fails_quietly) {
        cr_assert_str_empty(added, "%s logged: %s", words, added);
        return;
    }
    cr_assert_str_eq(result->err, text_format("%s\n", log_message(added)), "%s: %s", words, added);
}

/* ---- calls ---- */

static struct setting setting_of(const struct engine *engine, const struct step *step)
{
    struct setting setting = engine->setting;

    setting.prepare = step->inherits ? be_a_runtime_on_pipes : be_a_runtime;
    setting.data = engine;
    setting.input = step->input;
    return setting;
}

pid_t start_call(struct engine *engine, const char *words, struct result **ret)
{
    const struct step step = {.words = words};
    struct setting setting = setting_of(engine, &step);

    return tare_start_list(&setting, ret, arguments(engine, words, false));
}

static void assert_output(const struct engine *engine, const struct step *step,
                          const struct result *result)
{
    const char *out = step->out == NULL ? "" : expand(engine, step->out);

    cr_assert_eq(result->status, step->status, "%s: status %d, not %d; out: %s err: %s",
                 step->words, result->status, step->status, result->out, result->err);
    if (strcmp(out, "*") != 0)
        cr_assert_str_eq(result->out, out, "%s: printed %s", step->words, result->out);
    if (step->err == NULL)
        cr_assert_str_empty(result->err, "%s: said %s", step->words, result->err);
    else
        cr_assert_not_null(strcasestr(result->err, step->err), "%s: no \"%s\" in %s", step->words,
                           step->err, result->err);
}

struct result *make_call(struct engine *engine, const struct step *step)
{
    const char *log = engine->log != NULL && !step->bare ? expand(engine, engine->log) : NULL;
    size_t before = log != NULL && file_exists(log) ? strlen(file_read(log)) : 0;
    struct setting setting = setting_of(engine, step);
    struct result *result;
    pid_t pid = tare_start_list(&setting, &result, arguments(engine, step->words, step->bare));

    tare_wait(pid, result);
    assert_output(engine, step, result);
    if (log != NULL)
        assert_logged(file_read(log) + before, result, step);
    if (step->inherits) {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
    }
    if (step->check != NULL)
        step->check(engine, result);
    if (step->leaves != NULL)
        bundle_await(engine->bundle, step->leaves);
    return result;
}

void play(struct engine *engine, const struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        make_call(engine, &steps[i]);
}

struct engine engine_running(const char *globals, const char *log, const char *payload)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID", .check = engine_has_init},
        {.words = "start $ID", .leaves = "running"},
    };
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = globals,
        .log = log,
        .pid_file = "$B/pidfile",
        .setting = {.env = xdg_env, .no_root = true, .cwd = "/"},
    };

    bundle_payload(engine.bundle, "%s", payload);
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    return engine;
}

void engine_delete(struct engine *engine)
{
    static const struct step delete = {.words = "delete --force $ID"};

    make_call(engine, &delete);
    engine_ends_by_kill(engine, NULL);
    assert_nothing_left();
}

/* ---- what engines read ---- */

pid_t engine_pid_in(const struct engine *engine, const char *path)
{
    const char *text = file_read(expand(engine, path));

    cr_assert_str_not_empty(text);
    for (const char *p = text; *p != 0; p++)
        cr_assert(isdigit(*p), "not a number alone: \"%s\"", text);
    return (pid_t)strtol(text, NULL, 10);
}

void engine_read_pid(struct engine *engine)
{
    engine->pid = engine_pid_in(engine, engine->pid_file);
}

char *engine_cgroup(const struct engine *engine)
{
    const char *text = file_read(expand(engine, "/proc/$P/cgroup"));
    const char *line = strstr(text, "0::");

    cr_assert_not_null(line, "%s", text);
    return text_format("/sys/fs/cgroup%.*s", (int)strcspn(line + 3, "\n"), line + 3);
}

void engine_has_init(struct engine *engine, const struct result *result)
{
    (void)result;
    engine_read_pid(engine);
    assert_contains(engine_cgroup(engine), engine->bundle->id);
}

int engine_wait(struct engine *engine)
{
    int status;

    for (int i = 0; i < 2000; i++) {
        pid_t pid = waitpid(engine->pid, &status, WNOHANG);

        cr_assert_neq(pid, -1, "the init is not our child");
        if (pid > 0)
            return status;
        usleep(5000);
    }
    cr_assert_fail("the init does not end");
    return -1;
}

void engine_follow_terminal(struct engine *engine, const char *words)
{
    const struct engine before = *engine;
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    terminal_resize(master, 33, 77);
    engine->caller = terminal_enter;
    engine->caller_data = name;
    pid = start_call(engine, words, &result);
    terminal_follow(master);
    tare_wait(pid, result);
    assert_status(result, 42);
    close(master);
    *engine = before;
}

void engine_ends_by_term(struct engine *engine, const struct result *result)
{
    int status = engine_wait(engine);

    (void)result;
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 4, "wait status %x", (unsigned)status);
    cr_assert_str_eq(engine_read_output(engine), "say=ready\nsignal=15\n");
}

void engine_ends_by_kill(struct engine *engine, const struct result *result)
{
    int status = engine_wait(engine);

    (void)result;
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "wait status %x",
              (unsigned)status);
}

void engine_runs(struct engine *engine, const struct result *result)
{
    assert_state(engine, result->out, "running");
}

void engine_has_stopped(struct engine *engine, const struct result *result)
{
    assert_state(engine, result->out, "stopped");
}

void engine_cover_run(void)
{
    int work = open(WORK, O_PATH | O_DIRECTORY | O_CLOEXEC);

    cr_assert_geq(work, 0);
    cr_assert_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=755"), 0);
    directory_make(WORK);
    cr_assert_eq(mount(text_format("/proc/self/fd/%d", work), WORK, NULL, MS_BIND, NULL), 0);
    close(work);
    host_snapshot();
}

pid_t engine_pid_of(int pidfd)
{
    const char *info = file_read(text_format("/proc/self/fdinfo/%d", pidfd));
    const char *line = strstr(info, "Pid:");

    cr_assert_not_null(line, "no pidfd: %s", info);
    return (pid_t)strtol(line + 4, NULL, 10);
}

void assert_state(const struct engine *engine, const char *text, const char *status)
{
    struct json *state = json_parse(text);
    const char *created = json_text(state, "/created");
    bool lives = strcmp(status, "stopped") != 0;

    cr_assert_not_null(created, "%s", text);
    cr_assert_str_eq(text, text_format("{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"%s\",\n"
                                       "  \"pid\": %d,\n  \"status\": \"%s\",\n"
                                       "  \"bundle\": \"%s\",\n  \"rootfs\": \"%s\",\n"
                                       "  \"created\": \"%s\",\n  \"owner\": \"\"\n}",
                                       engine->bundle->id, lives ? engine->pid : 0, status,
                                       engine->bundle->path, engine->bundle->rootfs, created));
}
