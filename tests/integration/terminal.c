/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(terminal, TEST_SUITE);

#define CONSOLE WORK "/console.sock"

static struct bundle *bundle_with_terminal(void)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/terminal", "true");
    return bundle;
}

/* tare run on a terminal of its own. */
static pid_t run_on(const struct bundle *bundle, const char *name, struct result **result)
{
    struct setting setting = {.prepare = terminal_enter, .data = name};

    bundle_write(bundle);
    return tare_start(&setting, result, "run", "--bundle", bundle->path, bundle->id, NULL);
}

Test(terminal, a_foreground_container_has_a_terminal_of_its_own, .description = "R119 R222")
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;
    const char *name, *out;
    int master = terminal_open(&name);
    pid_t pid;

    bundle_payload(bundle, "tty ; stat /dev/console ; mount /dev/console ; say end");
    pid = run_on(bundle, name, &result);
    out = terminal_read_until(master, "say=end");
    tare_wait(pid, result);
    assert_status(result, 0);
    assert_contains(out, "tty.0=/dev/pts/0");
    assert_contains(out, "tty.1=/dev/pts/0");
    assert_contains(out, "tty.2=/dev/pts/0");
    assert_contains(out, "controlling=yes");
    assert_contains(out, " 136:0");
    assert_contains(out, "fstype./dev/console=devpts");
    close(master);
}

static void write_to_pipe(const void *data)
{
    dup2(*(const int *)data, STDOUT_FILENO);
}

/* The program waits for room on its terminal, and whoever reads from that for room in the pipe. */
static void await_full(int pipe)
{
    struct pollfd poller = {.fd = pipe, .events = POLLOUT};
    char *stat = text_format("/proc/%d/stat", (int)bundle_pid());

    for (int i = 0; i < 2000; i++) {
        if (poll(&poller, 1, 0) == 0 && strstr(file_read(stat), ") S ") != NULL)
            return;
        usleep(5000);
    }
    cr_assert_fail("the pipe does not get full");
}

/* What the program has printed last waits for whoever reads it, but signals do not. */
Test(terminal, a_reader_who_has_stopped_does_not_hold_signals_back)
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;
    int ends[2];
    struct setting setting = {.prepare = write_to_pipe, .data = &ends[1]};
    pid_t pid;

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    bundle_payload(bundle, "flood");
    bundle_write(bundle);
    pid = tare_start(&setting, &result, "run", "--bundle", bundle->path, "--pid-file", PID_FILE,
                     bundle->id, NULL);
    bundle_await(bundle, "running");
    await_full(ends[1]);
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    usleep(100000);
    cr_assert_eq(waitpid(pid, NULL, WNOHANG), 0, "it did not wait");
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_status(result, 128 + SIGKILL);
    close(ends[0]);
    close(ends[1]);
}

Test(terminal, what_is_typed_arrives)
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    bundle_payload(bundle, "say ready ; readfd 0 ; say end");
    pid = run_on(bundle, name, &result);
    terminal_read_until(master, "say=ready");
    cr_assert_eq(write(master, "hello\n", 6), 6);
    assert_contains(terminal_read_until(master, "say=end"), "readfd.0=hello");
    tare_wait(pid, result);
    assert_status(result, 0);
    close(master);
}

Test(terminal, the_outer_terminal_is_raw_meanwhile_and_restored)
{
    struct bundle *bundle = bundle_with_terminal();
    struct termios before, during, after;
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    cr_assert_eq(tcgetattr(master, &before), 0);
    bundle_payload(bundle, "say ready ; readfd 0");
    pid = run_on(bundle, name, &result);
    terminal_read_until(master, "say=ready");
    cr_assert_eq(tcgetattr(master, &during), 0);
    cr_assert_eq(write(master, "\n", 1), 1);
    tare_wait(pid, result);
    cr_assert_eq(tcgetattr(master, &after), 0);
    cr_assert_eq(during.c_lflag & (ECHO | ICANON | ISIG), 0u);
    cr_assert_eq(after.c_lflag, before.c_lflag);
    cr_assert_eq(after.c_iflag, before.c_iflag);
    cr_assert_eq(after.c_oflag, before.c_oflag);
    close(master);
}

Test(terminal, the_size_is_handed_on_and_follows)
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    terminal_resize(master, 33, 77);
    bundle_payload(bundle, "trap %d ; tty ; say ready ; wait 1 ; tty ; say end", SIGWINCH);
    pid = run_on(bundle, name, &result);
    assert_contains(terminal_read_until(master, "say=ready"), "size=33x77");
    terminal_resize(master, 44, 88);
    assert_contains(terminal_read_until(master, "say=end"), "size=44x88");
    tare_wait(pid, result);
    assert_status(result, 0);
    close(master);
}

Test(terminal, a_key_interrupts_the_program)
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    bundle_payload(bundle, "trap %d ; say ready ; wait 1 ; say end", SIGINT);
    pid = run_on(bundle, name, &result);
    terminal_read_until(master, "say=ready");
    cr_assert_eq(write(master, "\003", 1), 1);
    assert_contains(terminal_read_until(master, "say=end"), "signal=2");
    tare_wait(pid, result);
    assert_status(result, 0);
    close(master);
}

Test(terminal, the_exit_status_comes_through)
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    bundle_payload(bundle, "say end ; exit 7");
    pid = run_on(bundle, name, &result);
    terminal_read_until(master, "say=end");
    tare_wait(pid, result);
    assert_status(result, 7);
    close(master);
}

/* All output arrives, however much and however late it is read. */
Test(terminal, nothing_of_the_output_is_lost)
{
    struct bundle *bundle = bundle_new_busybox();
    struct result *result;
    const char *name, *out;
    int master = terminal_open(&name);
    pid_t pid;

    bundle_set(bundle, "/process/terminal", "true");
    bundle_args(bundle, "seq", "1", "20000", NULL);
    pid = run_on(bundle, name, &result);
    usleep(50000);
    out = terminal_read_until(master, "\n20000\r\n");
    tare_wait(pid, result);
    assert_contains(out, "\n12345\r\n");
    close(master);
}

Test(terminal, without_a_terminal_outside_run_still_works)
{
    struct bundle *bundle = bundle_with_terminal();
    struct result *result;

    bundle_payload(bundle, "tty ; say end");
    result = bundle_run(bundle);
    if (result->status != 0)
        assert_contains(result->err, "terminal");
    else
        assert_contains(result->out, "tty.0=/dev/pts/0");
}

/* ---- console socket ---- */

Test(terminal, create_sends_the_master_to_the_console_socket, .description = "R119 R121 R222")
{
    struct bundle *bundle = bundle_with_terminal();
    int listener = console_socket_listen(CONSOLE), master;
    struct winsize size;
    struct result *result;
    const char *out;

    bundle_set(bundle, "/process/consoleSize", "{\"height\":21,\"width\":61}");
    bundle_payload(bundle, "tty ; mount /dev/console ; say end");
    bundle_write(bundle);
    result =
        tare("create", "--bundle", bundle->path, "--console-socket", CONSOLE, bundle->id, NULL);
    assert_status(result, 0);
    master = console_socket_receive(listener);
    cr_assert_eq(ioctl(master, TIOCGWINSZ, &size), 0);
    cr_assert_eq(size.ws_row, 21);
    cr_assert_eq(size.ws_col, 61);
    bundle_start(bundle);
    out = terminal_read_until(master, "say=end");
    assert_contains(out, "tty.0=/dev/pts/0");
    assert_contains(out, "size=21x61");
    assert_contains(out, "fstype./dev/console=devpts");
    bundle_delete(bundle);
    close(master);
    close(listener);
}

Test(terminal, a_detached_run_sends_the_master_too)
{
    struct bundle *bundle = bundle_with_terminal();
    int listener = console_socket_listen(CONSOLE), master;
    struct result *result;

    bundle_payload(bundle, "say end ; pause");
    bundle_write(bundle);
    result = tare("run", "--detach", "--console-socket", CONSOLE, "--bundle", bundle->path,
                  bundle->id, NULL);
    assert_status(result, 0);
    master = console_socket_receive(listener);
    terminal_read_until(master, "say=end");
    bundle_delete(bundle);
    close(master);
    close(listener);
}

Test(terminal, a_console_for_another_user_belongs_to_it)
{
    struct bundle *bundle = bundle_with_terminal();
    int listener = console_socket_listen(CONSOLE), master;

    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "stat /dev/pts/0 ; open /dev/tty rw ; open /dev/console rw ; say end");
    bundle_write(bundle);
    assert_status(
        tare("create", "--bundle", bundle->path, "--console-socket", CONSOLE, bundle->id, NULL), 0);
    master = console_socket_receive(listener);
    bundle_start(bundle);
    {
        const char *out = terminal_read_until(master, "say=end");

        assert_contains(out, "stat./dev/pts/0=c 0620 1000 5 136:0");
        assert_contains(out, "open./dev/tty=ok");
        assert_contains(out, "open./dev/console=ok");
    }
    bundle_delete(bundle);
    close(master);
    close(listener);
}

Test(terminal, create_with_a_terminal_needs_a_console_socket)
{
    struct bundle *bundle = bundle_with_terminal();

    bundle_write(bundle);
    assert_failed(tare("create", "--bundle", bundle->path, bundle->id, NULL), 1, "console");
    assert_failed(tare("run", "--detach", "--bundle", bundle->path, bundle->id, NULL), 125,
                  "console");
}

Test(terminal, a_console_socket_needs_a_terminal)
{
    struct bundle *bundle = bundle_new();
    int listener = console_socket_listen(CONSOLE);

    bundle_write(bundle);
    assert_failed(
        tare("create", "--bundle", bundle->path, "--console-socket", CONSOLE, bundle->id, NULL), 1,
        "console");
    close(listener);
}

Test(terminal, a_console_socket_that_nobody_serves_is_named)
{
    struct bundle *bundle = bundle_with_terminal();

    bundle_write(bundle);
    assert_failed(tare("create", "--bundle", bundle->path, "--console-socket", WORK "/none.sock",
                       bundle->id, NULL),
                  1, WORK "/none.sock", "no such file or directory");
    file_write(WORK "/plain", "x");
    assert_failed(tare("create", "--bundle", bundle->path, "--console-socket", WORK "/plain",
                       bundle->id, NULL),
                  1, WORK "/plain");
}

Test(terminal, a_console_size_needs_both_numbers, .description = "R121")
{
    struct bundle *bundle = bundle_with_terminal();

    bundle_set(bundle, "/process/consoleSize", "{\"height\":21}");
    assert_run_fails(bundle, "/process/consoleSize");
}

Test(terminal, a_console_size_without_a_terminal_is_ignored, .description = "R120")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/consoleSize", "{\"height\":21,\"width\":61}");
    bundle_run_ok(bundle);
}
