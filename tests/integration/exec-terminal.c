/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/terminal.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/exec.h"
#include "tests/support/text.h"

/* Processes of tare exec with a terminal, and what is handed to engines. */

TestSuite(exec_terminal, TEST_SUITE);

#define CONSOLE WORK "/console.sock"

Test(exec_terminal, it_has_a_terminal_of_its_own_and_follows)
{
    struct bundle *bundle = bundle_running();
    struct termios before, after;
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    struct setting setting = {.prepare = terminal_enter, .data = name};
    pid_t pid;

    cr_assert_eq(tcgetattr(master, &before), 0);
    terminal_resize(master, 33, 77);
    pid = exec_payload_start(&setting, &result, bundle, "-t", TERMINAL_WORDS);
    terminal_follow(master);
    tare_wait(pid, result);
    assert_status(result, 42);
    cr_assert_eq(tcgetattr(master, &after), 0);
    cr_assert_eq(after.c_lflag, before.c_lflag);
    close(master);
    /* /dev/console is the init's, which has none. */
    assert_fact(exec_payload(bundle, NULL, "stat /dev/console"), "stat./dev/console", "!ENOENT");
    bundle_delete(bundle);
}

/* tare has to run again then, from a sealed copy of itself. */
static void forbid_new_maps(const void *data)
{
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_MM, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(instructions) / sizeof(instructions[0]),
                                 .filter = instructions};

    (void)data;
    cr_assert_eq(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), 0);
}

Test(exec_terminal, whoever_listens_hears_of_it_once)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.prepare = forbid_new_maps};
    int listener = console_socket_listen(CONSOLE), master;
    struct pollfd next = {.fd = listener, .events = POLLIN};
    struct result *result;

    result = exec_payload_with(&setting, bundle,
                               "-t --detach --console-socket " CONSOLE " --pid-file " EXEC_PID,
                               "say end ; pause");
    assert_status(result, 0);
    master = console_socket_receive(listener);
    terminal_read_until(master, "say=end");
    cr_assert_eq(poll(&next, 1, 0), 0, "there is another connection");
    exec_end();
    close(master);
    close(listener);
    bundle_delete(bundle);
}

Test(exec_terminal, the_console_socket_gets_the_master)
{
    struct bundle *bundle = bundle_running();
    int listener = console_socket_listen(CONSOLE), master;
    struct result *result;
    pid_t pid;

    file_write(WORK "/process.json",
               "{\"terminal\":true,\"consoleSize\":{\"height\":11,\"width\":22},\"cwd\":\"/\","
               "\"user\":{\"uid\":7,\"gid\":7},\"args\":[\"/payload\",\"tty\",\";\",\"stat\","
               "\"/dev/pts/0\",\";\",\"say\",\"end\",\";\",\"await\",\"/go\"]}");
    result = exec_payload_with(NULL, bundle,
                               "--process " WORK "/process.json --detach --console-socket " CONSOLE
                               " --pid-file " EXEC_PID,
                               NULL);
    assert_status(result, 0);
    master = console_socket_receive(listener);
    assert_contains(terminal_read_until(master, "say=end"), "size=11x22");
    file_write(bundle_path(bundle, "/go"), "x");
    pid = (pid_t)strtol(file_read(EXEC_PID), NULL, 10);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    close(master);
    close(listener);
    unlink(EXEC_PID);
    bundle_delete(bundle);
}

Test(exec_terminal, a_terminal_belongs_to_the_user)
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    struct setting setting = {.prepare = terminal_enter, .data = name};
    pid_t pid =
        exec_payload_start(&setting, &result, bundle, "-t -u 7", "stat /dev/pts/0 ; say end");

    assert_contains(terminal_read_until(master, "say=end"), " 7 5 136:0");
    tare_wait(pid, result);
    assert_status(result, 0);
    close(master);
    bundle_delete(bundle);
}

static int pidfd_socket_receive(int listener, char *text, size_t size)
{
    int connection = accept(listener, NULL, NULL);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec vector = {.iov_base = text, .iov_len = size - 1};
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    int fd;

    cr_assert_gt(n, 0);
    cr_assert_eq(message.msg_controllen, sizeof(control));
    text[n] = 0;
    memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
    close(connection);
    return fd;
}

Test(exec_terminal, the_pidfd_socket_gets_a_pidfd)
{
    struct bundle *bundle = bundle_running();
    int listener = console_socket_listen(CONSOLE), pidfd;
    struct result *result;
    char text[64];

    result = exec_payload(bundle, "-d --pid-file " EXEC_PID " --pidfd-socket " CONSOLE,
                          "trap 10 ; say ready ; wait 1");
    assert_status(result, 0);
    pidfd = pidfd_socket_receive(listener, text, sizeof(text));
    cr_assert_str_eq(text, "setns");
    result_await(result, "say=ready");
    cr_assert_eq(syscall(SYS_pidfd_send_signal, pidfd, SIGUSR1, NULL, 0), 0);
    result_await(result, "signal=10");
    close(pidfd);
    exec_end();
    close(listener);
    bundle_delete(bundle);
}
