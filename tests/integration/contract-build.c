/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/contract.h"
#include "tests/support/terminal.h"

/* BuildKit, which waits for its containers in the foreground, and Buildah. */

TestSuite(buildkit, TEST_SUITE);
TestSuite(buildah, TEST_SUITE);

/* ---- BuildKit ---- */

/* go-runc makes each runtime the leader of a process group. */
static void be_a_leader(const void *data)
{
    (void)data;
    setpgid(0, 0);
}

static struct engine buildkit_new(void)
{
    return (struct engine){
        .bundle = bundle_new(),
        .globals = "--root $R --log $B/runc-log.json --log-format json",
        .log = "$B/runc-log.json",
        .caller = be_a_leader,
        .setting = {.no_root = true, .cwd = "/"},
    };
}

static void remember_pid(struct engine *engine, const struct result *result)
{
    engine->pid = (pid_t)strtol(json_text(json_parse(result->out), "/pid"), NULL, 10);
    assert_state(engine, result->out, "running");
}

Test(buildkit, a_step_of_a_build, .description = "R038")
{
    static const struct step state = {.words = "state $ID", .out = "*", .check = remember_pid};
    static const struct step stopped = {.words = "state $ID", .out = "*"};
    static const struct step end[] = {
        {.words = "kill $ID 9", .status = 1, .err = "container not running"},
        {.words = "delete $ID"},
    };
    struct engine engine = buildkit_new();
    struct result *result;
    char *cgroup;
    pid_t pid;

    bundle_payload(engine.bundle, "trap 10 ; say ready ; wait 1 ; exit 42");
    bundle_write(engine.bundle);
    pid = start_call(&engine, "run --bundle $B --keep $ID", &result);
    result_await(result, "say=ready");
    bundle_await(engine.bundle, "running");
    make_call(&engine, &state);
    cgroup = engine_cgroup(&engine);
    /* All signals but SIGKILL are sent to the runtime. */
    kill(pid, SIGUSR1);
    tare_wait(pid, result);
    assert_status(result, 42);
    cr_assert_str_eq(result->out, "say=ready\nsignal=10\n");
    cr_assert_str_empty(result->err);
    /* It looks for processes that were killed for want of memory. */
    cr_assert(file_exists(cgroup), "%s", cgroup);
    if (host_has_controller("memory"))
        assert_contains(file_read(text_format("%s/memory.events", cgroup)), "oom_kill ");
    assert_state(&engine, make_call(&engine, &stopped)->out, "stopped");
    PLAY(&engine, end);
    assert_nothing_left();
}

/* Killing is tried until it succeeds, from before there is a container. */
Test(buildkit, a_step_is_cancelled)
{
    static const struct step early[] = {
        {.words = "kill $ID 9", .status = 1, .err = "does not exist"},
        {.words = "state $ID", .status = 1, .err = "does not exist"},
    };
    static const struct step end[] = {
        {.words = "kill $ID 9"},
        {.words = "delete $ID", .check = NULL},
    };
    struct engine engine = buildkit_new();
    struct result *result;
    pid_t pid;

    bundle_payload(engine.bundle, "say ready ; pause");
    bundle_write(engine.bundle);
    PLAY(&engine, early);
    pid = start_call(&engine, "run --bundle $B --no-pivot --keep $ID", &result);
    result_await(result, "say=ready");
    make_call(&engine, &end[0]);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
    make_call(&engine, &end[1]);
    assert_nothing_left();
}

/* A terminal that BuildKit made is the runtime's; the container has one of its own. */
Test(buildkit, a_step_on_a_terminal, .description = "R119")
{
    static const struct step end[] = {
        {.words = "state $ID", .out = "*"},
        {.words = "delete $ID"},
    };
    struct engine engine = buildkit_new();

    bundle_set(engine.bundle, "/process/terminal", "true");
    bundle_payload(engine.bundle, TERMINAL_WORDS);
    bundle_write(engine.bundle);
    engine_follow_terminal(&engine, "run --bundle $B --keep $ID");
    PLAY(&engine, end);
    assert_nothing_left();
}

/* BuildKit names no root. It is not that of XDG_RUNTIME_DIR for somebody who is root. */
Test(buildkit, the_default_root_is_run_tare)
{
    static const char *const env[] = {"XDG_RUNTIME_DIR=" WORK "/xdg", NULL};
    static const struct step steps[] = {
        {.words = "kill $ID 9"},
        {.words = "delete $ID"},
        {.words = "state $ID", .status = 1, .err = "does not exist"},
        {.words = "list --format json", .out = "null\n"},
    };
    struct engine engine;
    struct result *result;
    struct stat st;
    pid_t pid;

    engine_cover_run();
    engine = buildkit_new();
    engine.globals = "--log $B/runc-log.json --log-format json";
    engine.setting.env = env;
    directory_make(WORK "/xdg");
    bundle_payload(engine.bundle, "say ready ; pause");
    bundle_write(engine.bundle);
    pid = start_call(&engine, "run --bundle $B --keep $ID", &result);
    result_await(result, "say=ready");
    make_call(&engine, &(struct step){.words = "state $ID", .out = "*", .check = remember_pid});
    cr_assert_eq(stat("/run/tare", &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0700u);
    cr_assert(file_exists(expand(&engine, "/run/tare/$ID/state.json")));
    cr_assert_not(file_exists(WORK "/xdg/tare"));
    make_call(&engine, &steps[0]);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
    for (size_t i = 1; i < sizeof(steps) / sizeof(steps[0]); i++)
        make_call(&engine, &steps[i]);
    assert_nothing_left();
}

Test(buildkit, a_log_that_cannot_be_written_is_an_error)
{
    static const struct step step = {
        .words = "run --bundle $B --keep $ID", .status = 125, .err = "/gone/log.json"};
    struct engine engine = buildkit_new();

    engine.globals = "--root $R --log $B/gone/log.json --log-format json";
    engine.log = NULL;
    bundle_write(engine.bundle);
    make_call(&engine, &step);
    assert_nothing_left();
}

/* What runs in the foreground gets every signal but those that are about tare itself: its children, its
 * terminal and its reading from it. */
Test(buildkit, every_signal_is_forwarded)
{
    struct engine engine = buildkit_new();
    struct text words = {0};
    struct result *result;
    int n = 0;
    pid_t pid;

    for (int number = 1; number < 65; number++) {
        if (number == SIGKILL || number == SIGSTOP || number == SIGCHLD || number == SIGWINCH ||
            number == SIGURG || number == SIGTTIN || number == SIGTTOU || number == 32 ||
            number == 33)
            continue;
        text_add(&words, "trap %d ; ", number);
        n++;
    }
    bundle_payload(engine.bundle, "%s say ready ; wait %d", text_string(&words), n);
    bundle_write(engine.bundle);
    pid = start_call(&engine, "run --bundle $B $ID", &result);
    result_await(result, "say=ready");
    for (int number = 1; number < 65; number++) {
        if (strstr(text_string(&words), text_format("trap %d ;", number)) == NULL)
            continue;
        kill(pid, number);
        result_await(result, text_format("signal=%d\n", number));
    }
    tare_wait(pid, result);
    assert_status(result, 0);
}

/* ---- Buildah ---- */

static struct engine buildah_new(void)
{
    return (struct engine){
        .bundle = bundle_new(),
        .globals = "--root=$R",
        .pid_file = "$B/pid",
        .setting = {.env = xdg_env, .no_root = true, .cwd = "/"},
    };
}

Test(buildah, a_step_of_a_build, .description = "R043 R047 R053 R062 R066 R069")
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pid --no-pivot $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "state $ID", .out = "*", .check = engine_runs},
        {.words = "kill $ID", .check = engine_ends_by_term, .leaves = "stopped"},
        {.words = "state $ID", .out = "*", .check = engine_has_stopped},
        {.words = "delete $ID"},
        {.words = "create --bundle $B --pid-file $B/pid $ID", .check = engine_has_init},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "kill $ID SIGKILL", .check = engine_ends_by_kill, .leaves = "stopped"},
        {.words = "delete $ID"},
    };
    struct engine engine = buildah_new();

    engine_begin(&engine);
    PLAY(&engine, steps);
    assert_nothing_left();
}
