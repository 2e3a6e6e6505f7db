/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/integration/contract.h"
#include "tests/support/terminal.h"

/* Descriptors that engines and runtimes hand to each other: terminals, pidfds, sockets that are activated. */

TestSuite(sockets, TEST_SUITE);

#define CONSOLE WORK "/console.sock"

static struct engine engine_new(void)
{
    return (struct engine){
        .bundle = bundle_new(),
        .globals = "--root $R --log $B/log --log-format json",
        .log = "$B/log",
        .pid_file = "$B/pid",
        .setting = {.env = xdg_env, .no_root = true},
    };
}

/* conmon sets the terminal's modes itself, and reads until the container hangs up. */
Test(sockets, a_terminal_comes_with_create, .description = "R119")
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pid --console-socket " CONSOLE " $ID",
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "start $ID"},
        {.words = "delete $ID"},
    };
    /* conmon-rs has no room for the text at all; go-runc has 4096 bytes. */
    static const size_t rooms[] = {4096, 0};

    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        struct engine engine = engine_new();
        int listener = console_socket_listen(CONSOLE), master, status;
        struct termios modes;
        char name[4096];

        bundle_set(engine.bundle, "/process/terminal", "true");
        bundle_payload(engine.bundle, "tty ; say end ; exit 5");
        bundle_write(engine.bundle);
        make_call(&engine, &steps[0]);
        master = socket_receive(listener, name, rooms[i]);
        cr_assert_eq(tcgetattr(master, &modes), 0);
        modes.c_oflag |= ONLCR;
        cr_assert_eq(tcsetattr(master, TCSANOW, &modes), 0);
        make_call(&engine, &steps[1]);
        assert_contains(terminal_read_until(master, "say=end\r\n"), "controlling=yes\r\n");
        status = engine_wait(&engine);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 5);
        bundle_await(engine.bundle, "stopped");
        make_call(&engine, &steps[2]);
        close(master);
        close(listener);
        unlink(CONSOLE);
    }
}

static void no_pid_file(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_not(file_exists(expand(engine, "$B/pid")));
    assert_nothing_left();
}

/* The connection is made before anything of the container. */
Test(sockets, a_terminal_that_nobody_takes_is_an_error_of_create)
{
    static const struct step step = {
        .words = "create --bundle $B --pid-file $B/pid --console-socket " CONSOLE " $ID",
        .status = 1,
        .err = CONSOLE,
        .check = no_pid_file};
    struct engine engine = engine_new();

    bundle_set(engine.bundle, "/process/terminal", "true");
    bundle_write(engine.bundle);
    make_call(&engine, &step);
    close(console_socket_listen(CONSOLE));
    make_call(&engine, &step);
}

/* ---- pidfds ---- */

#define PIDFD WORK "/pidfd.sock"

Test(sockets, a_pidfd_comes_with_create)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pid --pidfd-socket " PIDFD " $ID",
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "start $ID"},
        {.words = "delete $ID"},
    };
    struct engine engine = engine_new();
    int listener = console_socket_listen(PIDFD), pidfd;
    struct pollfd poller;
    char text[64];

    bundle_payload(engine.bundle, "exit 0");
    bundle_write(engine.bundle);
    make_call(&engine, &steps[0]);
    pidfd = socket_receive(listener, text, sizeof(text));
    cr_assert_str_eq(text, "standard");
    cr_assert_eq(engine_pid_of(pidfd), engine.pid);
    make_call(&engine, &steps[1]);
    poller = (struct pollfd){.fd = pidfd, .events = POLLIN};
    cr_assert_eq(poll(&poller, 1, 10000), 1, "the pidfd does not tell of the end");
    engine_wait(&engine);
    make_call(&engine, &steps[2]);
    close(pidfd);
    close(listener);
}

Test(sockets, a_pidfd_comes_with_run)
{
    static const struct step step = {.words = "run --bundle $B --pidfd-socket " PIDFD " $ID"};
    struct engine engine = engine_new();
    int listener = console_socket_listen(PIDFD);
    char text[64];

    bundle_write(engine.bundle);
    make_call(&engine, &step);
    close(socket_receive(listener, text, sizeof(text)));
    cr_assert_str_eq(text, "standard");
    close(listener);
}

Test(sockets, a_pidfd_that_nobody_takes_is_an_error_of_create)
{
    static const struct step step = {
        .words = "create --bundle $B --pid-file $B/pid --pidfd-socket " PIDFD " $ID",
        .status = 1,
        .err = PIDFD,
        .check = no_pid_file};
    struct engine engine = engine_new();

    bundle_write(engine.bundle);
    make_call(&engine, &step);
}

/* ---- descriptors of the caller ---- */

static int given; /* the first of these many is 3 */

static void give_fds(const void *pid_of_listener)
{
    int fd = open(WORK "/given", O_RDONLY);

    dup2(fd, 100);
    for (int i = 0; i < given; i++)
        dup2(100, 3 + i);
    close(100);
    if (pid_of_listener != NULL) {
        /* conmon makes it the runtime's, when it was its own. */
        putenv(strdup(text_format("LISTEN_PID=%d", getpid())));
        putenv(strdup("LISTEN_FDS=2"));
    }
}

static struct result *create_with_fds(struct engine *engine, const char *create, bool listens)
{
    struct setting setting = {.prepare = give_fds, .data = listens ? "" : NULL};
    struct result *result;

    file_write(WORK "/given", "content");
    bundle_write(engine->bundle);
    result = tare_with(&setting, create, "--bundle", engine->bundle->path, "--preserve-fds", "1",
                       "--pid-file", PID_FILE, engine->bundle->id, NULL);
    assert_status(result, 0);
    return result;
}

/* First those of LISTEN_FDS, then those of --preserve-fds; the init has them before it is started. */
Test(sockets, activated_sockets_go_through_create_and_start, .description = "R074")
{
    struct engine engine = engine_new();
    struct result *result;
    pid_t pid;
    int status;

    given = 4;
    bundle_payload(engine.bundle, "fds ; env LISTEN_FDS ; env LISTEN_PID ; readfd 5");
    result = create_with_fds(&engine, "create", true);
    pid = bundle_pid();
    for (int fd = 3; fd < 6; fd++) {
        char target[64] = "";

        cr_assert_gt(readlink(text_format("/proc/%d/fd/%d", pid, fd), target, sizeof(target) - 1),
                     0);
        cr_assert_str_eq(target, WORK "/given", "fd %d is %s", fd, target);
    }
    bundle_start(engine.bundle);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    result_read(result);
    assert_fact(result, "fds", "0,1,2,3,4,5");
    assert_fact(result, "env.LISTEN_FDS", "2");
    assert_fact(result, "env.LISTEN_PID", "1");
    assert_fact(result, "readfd.5", "content");
    bundle_delete(engine.bundle);
}

Test(sockets, activated_sockets_go_through_run, .description = "R074")
{
    struct engine engine = engine_new();
    struct result *result;

    given = 3;
    bundle_set(engine.bundle, "/process/env", "[\"LISTEN_FDS=9\",\"LISTEN_PID=9\"]");
    bundle_payload(engine.bundle, "fds ; env LISTEN_FDS ; env LISTEN_PID ; readfd 5");
    result = create_with_fds(&engine, "run", true);
    assert_fact(result, "fds", "0,1,2,3,4,5");
    assert_fact(result, "env.LISTEN_FDS", "2");
    assert_fact(result, "env.LISTEN_PID", "1");
    assert_fact(result, "readfd.5", "content");
}

/* Podman leaves the descriptors closed that it does not want passed. */
Test(sockets, a_gap_among_preserved_descriptors_stays_one)
{
    struct engine engine = engine_new();

    given = 0;
    bundle_payload(engine.bundle, "fds");
    assert_fact(create_with_fds(&engine, "run", false), "fds", "0,1,2");
}
