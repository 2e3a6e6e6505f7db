/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/contract.h"
#include "tests/support/terminal.h"

/* How each engine runs one more process in a container: containerd's shim, conmon and conmon-rs detached, CRI-O
 * and BuildKit in the foreground. */

TestSuite(execs, TEST_SUITE);

#define CONSOLE WORK "/console.sock"
#define PIDFD   WORK "/pidfd.sock"

#define LOGGED   "--root $R --log $B/log.json --log-format json"
#define EXEC_PID "$B/exec.pid"

/* A container that runs, made by this engine. */
static struct engine running(const char *globals, const char *log)
{
    return engine_running(globals, log, "pause");
}

/* The file of --process: what the engine makes of the container's process. */
static void write_process(struct engine *engine, const char *words, bool terminal)
{
    bundle_payload(engine->bundle, "%s", words);
    bundle_set(engine->bundle, "/process/terminal", terminal ? "true" : "false");
    file_write(expand(engine, "$B/process.json"), "%s",
               json_write(json_at(engine->bundle->config, "/process")));
}

/* The process is our child, of whom the pid file alone has told; its exit status. */
static int reap(const struct engine *engine)
{
    pid_t pid = engine_pid_in(engine, EXEC_PID);
    int status;

    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "wait status %x", (unsigned)status);
    cr_assert_eq(unlink(expand(engine, EXEC_PID)), 0);
    return WEXITSTATUS(status);
}

static void nothing_was_executed(struct engine *engine, const struct result *result)
{
    cr_assert_lt(strlen(result->err), 8191);
    cr_assert_not(file_exists(expand(engine, EXEC_PID)));
    bundle_await(engine->bundle, "running");
}

/* ---- sockets ---- */

/* conmon takes what has arrived when the runtime has ended, and waits for nothing. */
static void assert_arrived(int listener)
{
    struct pollfd poller = {.fd = listener, .events = POLLIN};

    cr_assert_eq(poll(&poller, 1, 0), 1, "nobody has connected");
}

/* Play a call that sends a terminal, and follow it to the end of the process, which exits with 7. `room` is what
 * the receiver has for the text. */
static void follow_terminal(struct engine *engine, const char *words, size_t room)
{
    const struct step step = {.words = words};
    int listener = console_socket_listen(CONSOLE), master;
    char name[4096] = "";
    const char *out;

    make_call(engine, &step);
    assert_arrived(listener);
    master = socket_receive(listener, name, room);
    cr_assert(room == 0 || *name != 0);
    out = terminal_read_until(master, "say=executed\r\n");
    assert_contains(out, "tty.0=/dev/pts/");
    assert_contains(out, "controlling=yes\r\n");
    cr_assert_eq(write(master, "typed\n", 6), 6);
    terminal_read_until(master, "readfd.0=typed");
    cr_assert_eq(reap(engine), 7);
    close(master);
    close(listener);
    cr_assert_eq(unlink(CONSOLE), 0);
}

#define ON_A_TERMINAL "tty ; say executed ; readfd 0 ; exit 7"

/* go-runc has room for 4096 bytes of text, conmon for the name of a file, conmon-rs for nothing. */
static const size_t rooms[] = {4096, 256, 0};

Test(execs, containerd_gets_a_terminal_and_a_pidfd, .description = "R119")
{
    struct engine engine = running(LOGGED, "$B/log.json");
    char text[64];

    write_process(&engine, ON_A_TERMINAL, true);
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        int listener = console_socket_listen(PIDFD), pidfd;

        follow_terminal(&engine,
                        "exec --process $B/process.json --console-socket " CONSOLE
                        " --pidfd-socket " PIDFD " --detach --pid-file " EXEC_PID " $ID",
                        rooms[i]);
        assert_arrived(listener);
        pidfd = socket_receive(listener, text, i == 0 ? sizeof(text) : 0);
        cr_assert(i > 0 || strcmp(text, "setns") == 0, "%s", text);
        /* The process has been waited for. */
        cr_assert_eq(engine_pid_of(pidfd), -1);
        close(pidfd);
        close(listener);
        cr_assert_eq(unlink(PIDFD), 0);
    }
    engine_delete(&engine);
}

Test(execs, a_pidfd_is_that_of_the_process)
{
    static const struct step step = {.words = "exec --process $B/process.json --pidfd-socket " PIDFD
                                              " --detach --pid-file " EXEC_PID " $ID"};
    struct engine engine = running(LOGGED, "$B/log.json");
    int listener = console_socket_listen(PIDFD), pidfd;
    struct pollfd poller;
    char text[64];

    write_process(&engine, "await /go ; exit 7", false);
    make_call(&engine, &step);
    assert_arrived(listener);
    pidfd = socket_receive(listener, text, sizeof(text));
    cr_assert_str_eq(text, "setns");
    cr_assert_eq(engine_pid_of(pidfd), engine_pid_in(&engine, EXEC_PID));
    file_write(bundle_path(engine.bundle, "/go"), "now");
    poller = (struct pollfd){.fd = pidfd, .events = POLLIN};
    cr_assert_eq(poll(&poller, 1, 10000), 1, "the pidfd does not tell of the end");
    cr_assert_eq(reap(&engine), 7);
    close(pidfd);
    close(listener);
    engine_delete(&engine);
}

Test(execs, conmon_gets_a_terminal)
{
    struct engine engine = running("--root=$R", NULL);

    write_process(&engine, ON_A_TERMINAL, true);
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
        follow_terminal(&engine,
                        "exec --pid-file " EXEC_PID
                        " --process $B/process.json --detach --console-socket " CONSOLE " $ID",
                        rooms[i]);
    engine_delete(&engine);
}

/* There is no document: the process is the container's with other words. */
Test(execs, conmon_rs_gets_a_terminal)
{
    struct engine engine = running("--root=$R --root=$R", NULL);

    follow_terminal(&engine,
                    "exec -d --console-socket=" CONSOLE " --tty --pid-file=" EXEC_PID
                    " $ID /payload " ON_A_TERMINAL,
                    0);
    engine_delete(&engine);
}

/* A socket where nobody listens, and terminals without a socket: nothing is executed. */
Test(execs, a_terminal_that_cannot_be_sent_is_an_error)
{
    static const struct step steps[] = {
        {.words = "exec --process $B/process.json --console-socket " CONSOLE
                  " --detach --pid-file " EXEC_PID " $ID",
         .status = 255,
         .err = CONSOLE,
         .check = nothing_was_executed},
        {.words = "exec --process $B/process.json --detach --pid-file " EXEC_PID " $ID",
         .status = 255,
         .err = "cannot allocate tty if tare will detach without setting console socket",
         .check = nothing_was_executed},
        {.words = "exec --process $B/process.json --pidfd-socket " PIDFD
                  " --console-socket " CONSOLE " --detach --pid-file " EXEC_PID " $ID",
         .status = 255,
         .err = ".sock",
         .check = nothing_was_executed},
    };
    static const struct step plain = {
        .words = "exec --process $B/process.json --console-socket " CONSOLE
                 " --detach --pid-file " EXEC_PID " $ID",
        .status = 255,
        .err = "cannot use console socket if tare will not detach or allocate tty",
        .check = nothing_was_executed};
    struct engine engine = running(LOGGED, "$B/log.json");

    write_process(&engine, "create /ran x", true);
    PLAY(&engine, steps);
    write_process(&engine, "create /ran x", false);
    make_call(&engine, &plain);
    cr_assert_not(file_exists(bundle_path(engine.bundle, "/ran")));
    engine_delete(&engine);
}

/* ---- detached, on pipes ---- */

static void follow_pipes(struct engine *engine, const char *words)
{
    const struct step step = {.words = words, .inherits = true};

    engine_open_pipes(engine);
    make_call(engine, &step);
    cr_assert_eq(write(engine->in, "typed", 5), 5);
    cr_assert_str_eq(engine_read_output(engine), "fds=0,1,2\nreadfd.0=typed\n");
    cr_assert_eq(reap(engine), 7);
}

Test(execs, pipes_are_the_process_alone)
{
    struct engine engine = running(LOGGED, "$B/log.json");

    write_process(&engine, "fds ; readfd 0 ; exit 7", false);
    follow_pipes(&engine, "exec --process $B/process.json --detach --pid-file " EXEC_PID " $ID");
    follow_pipes(&engine, "exec --pid-file " EXEC_PID " --process $B/process.json --detach $ID");
    follow_pipes(&engine, "exec -d --pid-file=" EXEC_PID " $ID /payload fds ; readfd 0 ; exit 7");
    engine_delete(&engine);
}

/* conmon learns of a failure by the pid file that is not there, and of its reason by stderr. */
Test(execs, a_failure_leaves_no_pid_file)
{
    static const struct step steps[] = {
        {.words = "exec --pid-file " EXEC_PID " --process $B/process.json --detach $ID",
         .status = 127,
         .err = "executable file not found in $PATH",
         .check = nothing_was_executed},
        {.words = "exec -d --pid-file=" EXEC_PID " $ID /no/such/program",
         .status = 127,
         .err = "no such file or directory",
         .check = nothing_was_executed},
        {.words = "exec -d --pid-file=" EXEC_PID " $ID /dev",
         .status = 126,
         .err = "permission denied",
         .check = nothing_was_executed},
        {.words = "exec --pid-file " EXEC_PID " --process $B/none.json --detach $ID",
         .status = 255,
         .err = "none.json",
         .check = nothing_was_executed},
        {.words = "exec --pid-file " EXEC_PID " --process $B/process.json --detach other",
         .status = 255,
         .err = "container does not exist",
         .check = nothing_was_executed},
        {.words = "exec -d --pid-file=" EXEC_PID " $ID",
         .status = 255,
         .err = "process args cannot be empty",
         .check = nothing_was_executed},
    };
    struct engine engine = running(LOGGED, "$B/log.json");

    write_process(&engine, "exit 7", false);
    bundle_args(engine.bundle, "nonesuch", NULL);
    file_write(expand(&engine, "$B/process.json"), "%s",
               json_write(json_at(engine.bundle->config, "/process")));
    PLAY(&engine, steps);
    engine_delete(&engine);
}

/* Podman leaves closed what is not to be passed: here 3 and 4. */
static void keep_only_5(const void *data)
{
    int fd = open(data, O_RDONLY);

    dup2(fd, 9);
    dup2(9, 5);
    for (int i = 3; i < 10; i++)
        if (i != 5)
            close(i);
}

Test(execs, podman_leaves_gaps_among_preserved_descriptors, .description = "R074")
{
    static const struct step step = {.words =
                                         "exec --pid-file " EXEC_PID
                                         " --process $B/process.json --detach --preserve-fds 3 $ID",
                                     .inherits = true};
    struct engine engine = running("--root=$R", NULL);

    file_write(WORK "/given", "content");
    write_process(&engine, "fds ; readfd 5 ; exit 7", false);
    engine.caller = keep_only_5;
    engine.caller_data = WORK "/given";
    engine_open_pipes(&engine);
    make_call(&engine, &step);
    cr_assert_str_eq(engine_read_output(&engine), "fds=0,1,2,5\nreadfd.5=content\n");
    cr_assert_eq(reap(&engine), 7);
    engine.caller = NULL;
    engine_delete(&engine);
}

/* ---- in the foreground ---- */

Test(execs, crio_streams_without_a_terminal)
{
    static const struct step step = {.words = "exec --process $B/process.json $ID",
                                     .status = 42,
                                     .out = "stdin=typed\nsay=out\n",
                                     .err = "err",
                                     .input = "typed",
                                     .fails_quietly = true};
    struct engine engine = running("--root $R", NULL);

    write_process(&engine, "stdin ; say out ; complain err ; exit 42", false);
    cr_assert_str_eq(make_call(&engine, &step)->err, "err\n");
    engine_delete(&engine);
}

Test(execs, crio_streams_on_a_terminal, .description = "R119")
{
    struct engine engine = running("--root $R", NULL);

    write_process(&engine, TERMINAL_WORDS, true);
    engine_follow_terminal(&engine, "exec --process $B/process.json $ID");
    engine_delete(&engine);
}

Test(execs, buildkit_executes_on_a_terminal)
{
    struct engine engine = running("--root $R --log $B/log.json --log-format json", "$B/log.json");

    write_process(&engine, TERMINAL_WORDS, true);
    engine_follow_terminal(&engine, "exec --process $B/process.json --pid-file " EXEC_PID " $ID");
    cr_assert_eq(unlink(expand(&engine, EXEC_PID)), 0);
    engine_delete(&engine);
}

/* Signals go to the runtime, but for SIGKILL, which goes to the pid in the file. */
Test(execs, buildkit_signals_the_runtime)
{
    static const char words[] = "exec --process $B/process.json --pid-file " EXEC_PID " $ID";
    struct engine engine = running(LOGGED, "$B/log.json");
    struct result *result;
    pid_t pid;

    write_process(&engine, "trap 10 ; trap 15 ; say ready ; wait 2 ; exit 3", false);
    pid = start_call(&engine, words, &result);
    result_await(result, "say=ready");
    kill(pid, SIGUSR1);
    result_await(result, "signal=10");
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_status(result, 3);
    cr_assert_str_eq(result->out, "say=ready\nsignal=10\nsignal=15\n");

    pid = start_call(&engine, words, &result);
    result_await(result, "say=ready");
    kill(engine_pid_in(&engine, EXEC_PID), SIGKILL);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
    cr_assert_eq(unlink(expand(&engine, EXEC_PID)), 0);
    engine_delete(&engine);
}

/* ---- where the runtime is when it is called ---- */

/* With ExecCPUAffinity CRI-O starts the runtime on other processors, in a cgroup of its own choice. */
static void be_elsewhere(const void *data)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    if (sched_setaffinity(0, sizeof(first), &first) < 0)
        _exit(200);
    file_write(text_format("%s/cgroup.procs", (const char *)data), "0");
}

static char *processors_of_init(const struct engine *engine)
{
    char *list = strstr(file_read(expand(engine, "/proc/$P/status")), "Cpus_allowed_list:");

    cr_assert_not_null(list);
    return strtok(strchr(list, '\t') + 1, "\n");
}

Test(execs, the_callers_cgroup_and_processors_are_not_the_containers)
{
    static const struct step create = {.words = "create --bundle $B --pid-file $B/pidfile $ID",
                                       .check = engine_has_init};
    static const struct step exec = {
        .words = "exec --process $B/process.json $ID", .out = "*", .fails_quietly = true};
    struct engine engine;
    char *cgroup = text_format("/sys/fs/cgroup/%s-caller", test_prefix());
    const char *processors;
    struct result *result;

    directory_make(cgroup);
    host_snapshot();
    engine = running("--root $R", NULL);
    engine.caller = be_elsewhere;
    engine.caller_data = cgroup;
    write_process(&engine, "cat /proc/self/cgroup ; status Cpus_allowed_list", false);
    result = make_call(&engine, &exec);
    /* It sees the container's cgroup as the root. */
    assert_contains(fact(result, "cat./proc/self/cgroup"), "0::/\\n");
    processors = fact(result, "status.Cpus_allowed_list");
    cr_assert_str_eq(processors, processors_of_init(&engine));
    engine_delete(&engine);

    /* The same caller's container. */
    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    make_call(&engine, &create);
    assert_lacks(engine_cgroup(&engine), "-caller");
    cr_assert_str_eq(processors, processors_of_init(&engine));
    engine_delete(&engine);
    cr_assert_eq(rmdir(cgroup), 0);
    host_snapshot();
}
