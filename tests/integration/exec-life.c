/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/exec.h"
#include "tests/support/text.h"

/* When tare exec works, how it ends, and what it leaves behind. */

TestSuite(exec_life, TEST_SUITE);

/* ---- states ---- */

Test(exec_life, an_unknown_container)
{
    struct result *result = tare("exec", "nobody", "true", NULL);

    assert_failed(result, 255, "container does not exist");
}

Test(exec_life, a_created_container_takes_processes)
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    assert_status(exec_payload(bundle, NULL, "exit 3"), 3);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_start(bundle);
    bundle_delete(bundle);
}

Test(exec_life, a_stopped_container_does_not)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    result = exec_payload(bundle, "--pid-file " EXEC_PID, "exit 3");
    assert_status(result, 255);
    assert_contains(result->err, "cannot exec in a stopped container");
    cr_assert_not(file_exists(EXEC_PID));
    bundle_delete(bundle);
}

Test(exec_life, a_paused_container_only_when_asked_to)
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    pid_t pid;

    assert_status(tare("pause", bundle->id, NULL), 0);
    assert_exec_fails(255, bundle, "--pid-file " EXEC_PID, "exit 3",
                      "cannot exec in a paused container (use --ignore-paused to override)");
    pid = exec_payload_start(NULL, &result, bundle, "--ignore-paused", "exit 3");
    usleep(100000);
    cr_assert_eq(waitpid(pid, NULL, WNOHANG), 0, "it ran in a paused container");
    assert_status(tare("resume", bundle->id, NULL), 0);
    tare_wait(pid, result);
    assert_status(result, 3);
    bundle_delete(bundle);
}

Test(exec_life, waiting_for_a_paused_container_can_be_interrupted)
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    const char *children;
    pid_t pid;

    assert_status(tare("pause", bundle->id, NULL), 0);
    pid =
        exec_payload_start(NULL, &result, bundle, "--ignore-paused --pid-file " EXEC_PID, "pause");
    /* Its intermediate process is there, and frozen. */
    children = text_format("/proc/%d/task/%d/children", (int)pid, (int)pid);
    for (int i = 0; i < 2000 && !*file_read(children); i++)
        usleep(10000);
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_status(tare("resume", bundle->id, NULL), 0);
    assert_exec_failed(result, 255, bundle, "SIGTERM");
    bundle_delete(bundle);
}

/* A signal that does not ask tare to end is for the program, and waits until there is one. */
Test(exec_life, a_signal_that_comes_early_goes_on)
{
    struct bundle *bundle = bundle_running();
    const char *children, *status;
    struct result *result;
    pid_t pid;

    assert_status(tare("pause", bundle->id, NULL), 0);
    pid = exec_payload_start(NULL, &result, bundle, "--ignore-paused",
                             "trap 10 ; say ready ; wait 1");
    children = text_format("/proc/%d/task/%d/children", (int)pid, (int)pid);
    for (int i = 0; i < 2000 && !*file_read(children); i++)
        usleep(10000);
    kill(pid, SIGUSR1);
    /* It has been taken notice of when it is not pending any more. */
    status = text_format("/proc/%d/status", (int)pid);
    for (int i = 0; i < 2000 && strstr(file_read(status), "ShdPnd:\t0000000000000000") == NULL; i++)
        usleep(10000);
    assert_status(tare("resume", bundle->id, NULL), 0);
    tare_wait(pid, result);
    if (result->status != 128 + SIGUSR1)
        assert_fact(result, "signal", "10");
    bundle_delete(bundle);
}

Test(exec_life, a_container_without_a_process_wants_a_document)
{
    struct bundle *bundle = bundle_new();

    bundle_remove(bundle, "/process");
    bundle_create(bundle);
    assert_exec_fails(255, bundle, NULL, "exit 3", "--process");
    assert_status(exec_document(bundle, NULL, "", "exit 3"), 3);
    bundle_delete(bundle);
}

/* ---- the command line ---- */

Test(exec_life, the_programs_words_are_its_own)
{
    struct bundle *bundle = bundle_running();
    struct result *result =
        tare("exec", bundle->id, "/payload", "say", "--help", ";", "say", "--debug", ";", "say",
             "-t", ";", "say", "--", ";", "say", "", ";", "say", "--root=/x", NULL);

    assert_status(result, 0);
    cr_assert_str_eq(result->out, "say=--help\nsay=--debug\nsay=-t\nsay=--\nsay=\nsay=--root=/x\n");
    result = tare("exec", "--", bundle->id, "/payload", "say", "x", NULL);
    assert_status(result, 0);
    assert_exec_failed(tare("exec", bundle->id, "-t", "/payload", NULL), 127, bundle, "\"-t\"");
    assert_exec_failed(tare("exec", bundle->id, NULL), 255, bundle, "process args cannot be empty");
    assert_exec_failed(tare("exec", NULL), 255, bundle, "an argument is missing");
    assert_exec_failed(tare("exec", "--nothing", bundle->id, "/payload", NULL), 255, bundle,
                       "--nothing");
    assert_exec_failed(tare("exec", "-e", "novalue", bundle->id, "/payload", NULL), 255, bundle,
                       "novalue");
    assert_exec_failed(tare("exec", "--cwd", "relative", bundle->id, "/payload", NULL), 255, bundle,
                       "relative");
    bundle_delete(bundle);
}

Test(exec_life, the_forms_of_runc_and_crun_are_taken)
{
    struct bundle *bundle = bundle_running();

    assert_status(exec_payload(bundle,
                               "--no-subreaper --tty=false -detach=false -e=A=1 -eB=2 -u0:0",
                               "exit 3"),
                  3);
    bundle_delete(bundle);
}

/* ---- failures ---- */

Test(exec_life, a_missing_program_is_127)
{
    struct bundle *bundle = bundle_running();
    const char *pid_file = "--pid-file=" EXEC_PID;

    assert_exec_failed(tare("exec", pid_file, bundle->id, "nothing", NULL), 127, bundle, "nothing",
                       "executable file not found in $PATH");
    assert_exec_failed(tare("exec", pid_file, bundle->id, "/nothing", NULL), 127, bundle,
                       "/nothing", "no such file or directory");
    assert_exec_failed(tare("exec", pid_file, "-d", bundle->id, "/nothing", NULL), 127, bundle,
                       "no such file or directory");
    file_write(bundle_path(bundle, "/script"), "#!/bin/absent\n");
    cr_assert_eq(chmod(bundle_path(bundle, "/script"), 0755), 0);
    assert_exec_failed(tare("exec", pid_file, bundle->id, "/script", NULL), 126, bundle, "/script",
                       "/bin/absent");
    bundle_delete(bundle);
}

Test(exec_life, a_program_that_cannot_run_is_126)
{
    struct bundle *bundle = bundle_running();

    file_write(bundle_path(bundle, "/data"), "x");
    assert_exec_failed(tare("exec", "--pid-file", EXEC_PID, bundle->id, "/data", NULL), 126, bundle,
                       "permission denied");
    assert_exec_failed(tare("exec", bundle->id, "/dev", NULL), 126, bundle, "is a directory");
    cr_assert_eq(chmod(bundle_path(bundle, "/data"), 0755), 0);
    assert_exec_failed(tare("exec", "--pid-file", EXEC_PID, bundle->id, "/data", NULL), 126, bundle,
                       "exec format error");
    bundle_delete(bundle);
}

Test(exec_life, a_missing_directory_is_not_made)
{
    struct bundle *bundle = bundle_running();

    assert_exec_fails(255, bundle, "--cwd /absent", "cwd", "/absent", "No such file");
    cr_assert_not(file_exists(bundle_path(bundle, "/absent")));
    bundle_delete(bundle);
}

Test(exec_life, a_pid_file_that_cannot_be_written_stops_it)
{
    struct bundle *bundle = bundle_running();

    assert_exec_fails(255, bundle, "--pid-file /nowhere/pid", "create /ran x", "/nowhere/pid");
    cr_assert_not(file_exists(bundle_path(bundle, "/ran")));
    bundle_delete(bundle);
}

Test(exec_life, a_socket_where_nobody_listens_stops_it)
{
    struct bundle *bundle = bundle_running();

    assert_exec_fails(255, bundle, "-d -t --console-socket " WORK "/no.sock", "create /ran x",
                      "no.sock");
    assert_exec_fails(255, bundle, "--pidfd-socket " WORK "/no.sock", "create /ran x", "no.sock");
    assert_exec_fails(255, bundle, "-d -t", "create /ran x", "console socket");
    assert_exec_fails(255, bundle, "-d --console-socket " WORK "/no.sock", "create /ran x",
                      "console socket");
    cr_assert_not(file_exists(bundle_path(bundle, "/ran")));
    bundle_delete(bundle);
}

/* ---- in the foreground ---- */

Test(exec_life, stdio_is_inherited_and_the_status_told)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.input = "typed\n"};
    struct result *result =
        exec_payload_with(&setting, bundle, NULL, "stdin ; complain oops ; fds ; exit 42");

    assert_status(result, 42);
    assert_fact(result, "stdin", "typed\\n");
    assert_fact(result, "fds", "0,1,2");
    cr_assert_str_eq(result->err, "oops\n");
    assert_status(exec_payload(bundle, NULL, "kill 9"), 128 + SIGKILL);
    assert_status(exec_payload(bundle, NULL, "kill 15"), 128 + SIGTERM);
    bundle_delete(bundle);
}

Test(exec_life, signals_are_forwarded)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGUSR1, SIGINT, SIGQUIT, SIGCONT, 36};
    struct bundle *bundle = bundle_running();

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct result *result;
        pid_t pid = exec_payload_start(NULL, &result, bundle, NULL,
                                       text_format("trap %d ; say ready ; wait 1", numbers[i]));

        result_await(result, "say=ready");
        kill(pid, numbers[i]);
        tare_wait(pid, result);
        assert_status(result, 0);
        assert_fact(result, "signal", text_format("%d", numbers[i]));
    }
    bundle_delete(bundle);
}

Test(exec_life, a_signal_too_late_changes_nothing)
{
    struct bundle *bundle = bundle_running();
    struct result *result;

    for (int i = 0; i < 20; i++) {
        pid_t pid = exec_payload_start(NULL, &result, bundle, NULL,
                                       "trap 15 ; say ready ; wait 1 ; exit 7");

        result_await(result, "say=ready");
        tare_wait_under(SIGTERM, pid, result);
        assert_status(result, 7);
    }
    bundle_delete(bundle);
}

Test(exec_life, it_ends_with_the_container)
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    pid_t pid = exec_payload_start(NULL, &result, bundle, NULL, "say ready ; pause");

    result_await(result, "say=ready");
    bundle_delete(bundle);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
}

Test(exec_life, the_pid_file_names_the_program)
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    pid_t pid = exec_payload_start(NULL, &result, bundle, "--pid-file " EXEC_PID,
                                   "say ready ; trap 10 ; wait 1");
    char *name;

    result_await(result, "say=ready");
    name = file_read(text_format("/proc/%s/comm", file_read(EXEC_PID)));
    cr_assert_str_eq(name, "payload\n");
    kill((pid_t)strtol(file_read(EXEC_PID), NULL, 10), SIGUSR1);
    tare_wait(pid, result);
    assert_fact(result, "signal", "10");
    unlink(EXEC_PID);
    bundle_delete(bundle);
}

/* ---- detached ---- */

Test(exec_life, a_detached_process_belongs_to_the_subreaper)
{
    struct bundle *bundle = bundle_running();
    struct result *result =
        exec_payload(bundle, "-d --pid-file " EXEC_PID, "say ready ; await /go ; exit 77");
    char *text = file_read(EXEC_PID);
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    int status;

    assert_status(result, 0);
    cr_assert_null(strchr(text, '\n'));
    cr_assert_str_eq(file_read("/proc/thread-self/children"),
                     text_format("%d %d ", bundle_pid(), pid), "others are left: %s",
                     file_read("/proc/thread-self/children"));
    result_await(result, "say=ready");
    file_write(bundle_path(bundle, "/go"), "x");
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(WEXITSTATUS(status), 77);
    unlink(EXEC_PID);
    bundle_delete(bundle);
}

/* The first process of the container cannot end before. We are who does not wait. */
Test(exec_life, delete_says_who_has_not_waited_for_a_process)
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    int pid;

    assert_status(exec_payload(bundle, "--detach --pid-file " EXEC_PID, "pause"), 0);
    pid = atoi(file_read(EXEC_PID));
    result = tare("delete", "--force", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, text_format("process %d does not die", (int)bundle_pid()));
    assert_contains(result->err,
                    text_format("process %d of the container has ended (state Z)", pid));
    assert_contains(result->err, text_format("process %d (exec)", (int)getpid()));
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert_eq(unlink(EXEC_PID), 0);
    bundle_delete(bundle);
}

Test(exec_life, nobody_holds_the_pipes_of_a_detached_process)
{
    struct bundle *bundle = bundle_running();
    int ends[2], status;
    char buffer[64];
    ssize_t n, length = 0;
    pid_t pid;

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        execl(tare_binary(), "tare", "--root", STATE, "exec", "--detach", "--pid-file", EXEC_PID,
              bundle->id, "/payload", "say", "through", NULL);
        _exit(1);
    }
    close(ends[1]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0);
    while ((n = read(ends[0], buffer + length, sizeof(buffer) - 1 - (size_t)length)) > 0)
        length += n;
    buffer[length] = 0;
    cr_assert_str_eq(buffer, "say=through\n");
    close(ends[0]);
    exec_end();
    bundle_delete(bundle);
}

static void open_3_and_5(const void *data)
{
    int fd = open(data, O_RDONLY);

    dup2(fd, 15);
    dup2(15, 3);
    dup2(15, 5);
    dup2(15, 9);
    close(4);
    fcntl(3, F_SETFD, 0);
}

Test(exec_life, preserved_descriptors_are_handed_on)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.prepare = open_3_and_5, .data = WORK "/given"};
    struct result *result;

    file_write(WORK "/given", "content");
    result = exec_payload_with(&setting, bundle, "--preserve-fds 3", "fds ; readfd 5");
    assert_status(result, 0);
    assert_fact(result, "fds", "0,1,2,3,5");
    assert_fact(result, "readfd.5", "content");
    assert_fact(exec_payload_with(&setting, bundle, NULL, "fds"), "fds", "0,1,2");
    bundle_delete(bundle);
}

static void listen_fds(const void *data)
{
    char pid[64];

    open_3_and_5(data);
    snprintf(pid, sizeof(pid), "LISTEN_PID=%d", getpid());
    putenv(strdup(pid));
    putenv(strdup("LISTEN_FDS=1"));
}

Test(exec_life, socket_activation_is_not_for_exec)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.prepare = listen_fds, .data = WORK "/given"};
    struct result *result;

    file_write(WORK "/given", "content");
    result = exec_payload_with(&setting, bundle, NULL, "fds ; env LISTEN_FDS");
    assert_fact(result, "fds", "0,1,2");
    assert_fact(result, "env.LISTEN_FDS", "(unset)");
    bundle_delete(bundle);
}

static void odd_caller(const void *data)
{
    sigset_t all;

    (void)data;
    for (int i = 1; i < 65; i++)
        sigaction(i, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    umask(0777);
}

Test(exec_life, an_odd_caller_does_no_harm)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.prepare = odd_caller};
    struct result *result = exec_payload_with(
        &setting, bundle, NULL, "status SigBlk ; status SigIgn ; umask ; pid ; exit 9");

    assert_status(result, 9);
    assert_fact(result, "status.SigBlk", "0000000000000000");
    assert_fact(result, "status.SigIgn", "0000000000000000");
    assert_fact(result, "umask", "0022");
    /* A session of its own. */
    cr_assert_str_eq(fact(result, "sid"), fact(result, "pid"));
    bundle_delete(bundle);
}
