/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

/* What a caller hands to a container and what it must not: descriptors, signals, children. */

TestSuite(foreground, TEST_SUITE);

/* ---- stdio ---- */

Test(foreground, stdio_is_inherited)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.input = "typed\n"};
    struct result *result;

    bundle_payload(bundle, "stdin ; complain oops ; fds");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "stdin", "typed\\n");
    assert_fact(result, "fds", "0,1,2");
    cr_assert_str_eq(result->err, "oops\n");
}

/* When the program ends, a reader of its output sees the end of file: nobody else holds the pipe. */
Test(foreground, nobody_holds_the_pipes_of_a_created_container)
{
    struct bundle *bundle = bundle_new();
    int ends[2];
    char buffer[256];
    ssize_t n, length = 0;
    pid_t pid;
    int status;

    bundle_payload(bundle, "say through-the-pipe");
    bundle_write(bundle);
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        execl(tare_binary(), "tare", "--root", STATE, "create", "--bundle", bundle->path,
              bundle->id, NULL);
        _exit(1);
    }
    close(ends[1]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0);
    bundle_start(bundle);
    while ((n = read(ends[0], buffer + length, sizeof(buffer) - 1 - (size_t)length)) > 0)
        length += n;
    buffer[length] = 0;
    cr_assert_str_eq(buffer, "say=through-the-pipe\n");
    close(ends[0]);
    bundle_delete(bundle);
}

static void open_77(const void *data)
{
    (void)data;
    dup2(open("/", O_RDONLY | O_DIRECTORY), 77);
}

static void open_many(const void *data)
{
    (void)data;
    for (int fd = 3; fd < 300; fd++)
        dup2(0, fd);
}

Test(foreground, the_callers_descriptors_do_not_leak, .description = "R073")
{
    void (*const prepares[])(const void *) = {open_77, open_many};

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_new();
        struct setting setting = {.prepare = prepares[i]};
        struct result *result;

        bundle_payload(bundle, "fds ; fds");
        result = bundle_run_with(bundle, &setting);
        assert_status(result, 0);
        assert_fact(result, "fds", "0,1,2");
    }
}

static void close_stdin(const void *data)
{
    (void)data;
    close(0);
}

static void close_all_stdio(const void *data)
{
    (void)data;
    close(0);
    close(1);
    close(2);
}

Test(foreground, closed_stdio_does_no_harm, .description = "R075")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = close_stdin};
    struct result *result;

    bundle_payload(bundle, "fds ; say hello");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "say", "hello");
    assert_lacks(fact(result, "fds"), "3");

    directory_make(WORK "/out");
    bundle_mount(bundle, "bind", WORK "/out", "/out", "\"bind\"");
    bundle_payload(bundle, "create /out/file done ; exit 5");
    setting.prepare = close_all_stdio;
    assert_status(bundle_run_with(bundle, &setting), 5);
    cr_assert_str_eq(file_read(WORK "/out/file"), "done");
}

/* ---- descriptors on purpose ---- */

static void open_3_and_4(const void *data)
{
    int fd = open(data, O_RDONLY);

    dup2(fd, 14);
    dup2(14, 3);
    dup2(14, 4);
    dup2(14, 5);
    fcntl(3, F_SETFD, 0);
}

Test(foreground, preserve_fds_hands_them_on, .description = "R074")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = open_3_and_4, .data = WORK "/given"};
    struct result *result;

    file_write(WORK "/given", "content");
    bundle_payload(bundle, "fds ; readfd 3");
    bundle_write(bundle);
    result = tare_with(&setting, "run", "--preserve-fds", "2", "--bundle", bundle->path, bundle->id,
                       NULL);
    assert_status(result, 0);
    assert_fact(result, "fds", "0,1,2,3,4");
    assert_fact(result, "readfd.3", "content");
}

static void listen_fds(const void *data)
{
    char pid[64];

    open_3_and_4(data);
    snprintf(pid, sizeof(pid), "LISTEN_PID=%d", getpid());
    putenv(strdup(pid));
    putenv(strdup("LISTEN_FDS=1"));
}

Test(foreground, socket_activation_is_handed_on, .description = "R074")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = listen_fds, .data = WORK "/given"};
    struct result *result;

    file_write(WORK "/given", "content");
    bundle_payload(bundle, "fds ; env LISTEN_FDS ; env LISTEN_PID ; readfd 3");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "fds", "0,1,2,3");
    assert_fact(result, "env.LISTEN_FDS", "1");
    assert_fact(result, "env.LISTEN_PID", "1");
    assert_fact(result, "readfd.3", "content");
}

static void listen_fds_of_another(const void *data)
{
    open_3_and_4(data);
    putenv(strdup("LISTEN_PID=1"));
    putenv(strdup("LISTEN_FDS=1"));
}

Test(foreground, socket_activation_of_another_process_is_not)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = listen_fds_of_another, .data = WORK "/given"};
    struct result *result;

    file_write(WORK "/given", "content");
    bundle_payload(bundle, "fds ; env LISTEN_FDS");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "fds", "0,1,2");
    assert_fact(result, "env.LISTEN_FDS", "(unset)");
}

Test(foreground, preserved_descriptors_must_be_a_number)
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    assert_failed(tare("run", "--preserve-fds", "many", "--bundle", bundle->path, bundle->id, NULL),
                  125, "many");
    assert_failed(tare("run", "--preserve-fds=-1", "--bundle", bundle->path, bundle->id, NULL), 125,
                  "-1");
}

/* ---- signals ---- */

Test(foreground, signals_are_forwarded)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT, SIGCONT, 36};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;
        pid_t pid;

        bundle_payload(bundle, "trap %d ; say ready ; wait 1", numbers[i]);
        bundle_write(bundle);
        pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
        result_await(result, "say=ready");
        kill(pid, numbers[i]);
        tare_wait(pid, result);
        assert_status(result, 0);
        assert_fact(result, "signal", text_format("%d", numbers[i]));
    }
}

/* It comes when the program has ended, and its container is taken apart. */
Test(foreground, a_signal_too_late_changes_nothing)
{
    static const char *const names[] = {"TERM", "INT", "USR1"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/hooks/poststop",
                   "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"kill -%s $PPID\"]}]",
                   names[i]);
        bundle_payload(bundle, "exit 7");
        assert_status(bundle_run(bundle), 7);
        cr_assert_str_eq(bundle_status(bundle), "none");
    }
}

Test(foreground, a_signal_that_ends_the_program_is_told)
{
    struct bundle *bundle = bundle_new();
    struct result *result;
    pid_t pid;

    bundle_remove_namespace(bundle, "pid");
    bundle_payload(bundle, "say ready ; pause");
    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    result_await(result, "say=ready");
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_status(result, 143);
}

static void ignore_signals(const void *data)
{
    sigset_t all;

    (void)data;
    for (int i = 1; i < 65; i++)
        sigaction(i, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}

/* SIGCHLD ignored, everything blocked: neither stops tare from noticing the end nor reaches the program. */
Test(foreground, ignored_and_blocked_signals_do_no_harm)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = ignore_signals};
    struct result *result;

    bundle_payload(bundle, "status SigBlk ; status SigIgn ; exit 9");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 9);
    assert_fact(result, "status.SigBlk", "0000000000000000");
    assert_fact(result, "status.SigIgn", "0000000000000000");
}

/* ---- children ---- */

Test(foreground, a_created_container_belongs_to_the_subreaper)
{
    struct bundle *bundle = bundle_new();
    char *children;

    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    children = file_read("/proc/thread-self/children");
    assert_contains(children, file_read(PID_FILE));
    cr_assert_eq(strchr(children, ' ') - children + 1, (long)strlen(children),
                 "more than the init is left: %s", children);
    bundle_delete(bundle);
}

Test(foreground, orphans_of_the_program_do_not_hold_run)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "child 60000 ; exit 6");
    result = bundle_run(bundle);
    assert_status(result, 6);
}

/* The engine dies: the container does not, unless it was asked to. */
static void die_with_parent(const void *data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

Test(foreground, a_parent_death_signal_is_not_handed_on)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = die_with_parent};
    struct result *result;

    bundle_payload(bundle, "say ready ; pause");
    bundle_write(bundle);
    result = tare_with(&setting, "run", "--detach", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    result_await(result, "say=ready");
    usleep(50000);
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(foreground, run_killed_leaves_a_container_that_can_be_deleted)
{
    struct bundle *bundle = bundle_new();
    struct result *result;
    pid_t pid;

    bundle_payload(bundle, "say ready ; pause");
    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    result_await(result, "say=ready");
    kill(pid, SIGKILL);
    tare_wait(pid, result);
    assert_status(result, 1000 + SIGKILL);
    bundle_delete(bundle);
    assert_nothing_left();
}

/* ---- what others do meanwhile ---- */

Test(foreground, others_may_work_on_its_container)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "say ready ; pause");
    bundle_write(bundle);
    pid_t pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    result_await(result, "say=ready");
    assert_status(tare("pause", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    assert_status(tare("resume", bundle->id, NULL), 0);
    assert_status(tare("delete", "--force", bundle->id, NULL), 0);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
    cr_assert_str_eq(result->err, "");
    assert_nothing_left();
}
