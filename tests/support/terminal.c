/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/terminal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

static int opened_master = -1;

int terminal_open(const char **ret_name)
{
    char name[128];
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    cr_assert_geq(master, 0);
    cr_assert_eq(grantpt(master), 0);
    cr_assert_eq(unlockpt(master), 0);
    cr_assert_eq(ptsname_r(master, name, sizeof(name)), 0);
    opened_master = master;
    *ret_name = strdup(name);
    return master;
}

/* The end of a session's leader hangs its terminal up, and what nobody has read of it by then is lost. So the
 * leader is not tare, but a process that goes when everything has been read. */
static void leader_wait(pid_t pid)
{
    int status, unread = 1;

    if (waitpid(pid, &status, 0) != pid)
        _exit(204);
    for (int i = 0; i < 2000 && unread > 0; i++) {
        usleep(5000);
        ioctl(opened_master, FIONREAD, &unread);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void terminal_enter(const void *data)
{
    pid_t pid;
    int fd;

    setsid();
    fd = open(data, O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
        _exit(203);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    if (fd > 2)
        close(fd);
    pid = fork();
    if (pid != 0)
        leader_wait(pid);
}

char *terminal_read_until(int master, const char *until)
{
    struct text text = {0};
    char buffer[4096];

    for (;;) {
        struct pollfd poller = {.fd = master, .events = POLLIN};
        ssize_t n = poll(&poller, 1, 10000) > 0 ? read(master, buffer, sizeof(buffer)) : -1;

        cr_assert_gt(n, 0, "no \"%s\" came from the terminal: %s", until, text_string(&text));
        text_add_bytes(&text, buffer, (size_t)n);
        if (strstr(text_string(&text), until) != NULL)
            return text_string(&text);
    }
}

void terminal_resize(int master, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

    cr_assert_eq(ioctl(master, TIOCSWINSZ, &size), 0);
}

void terminal_follow(int master)
{
    const char *out = terminal_read_until(master, "say=ready");

    assert_contains(out, "tty.0=/dev/pts/0\r\n");
    assert_contains(out, "tty.2=/dev/pts/0\r\n");
    assert_contains(out, "size=33x77\r\n");
    assert_contains(out, "controlling=yes\r\n");
    terminal_resize(master, 44, 88);
    terminal_read_until(master, "size=44x88");
    cr_assert_eq(write(master, "typed\n", 6), 6);
    /* All of it: the terminal is kept until everything has been read. */
    terminal_read_until(master, "readfd.0=typed\\n\r\n");
}

int console_socket_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0, "bind %s: %s", path,
                 strerror(errno));
    cr_assert_eq(listen(fd, 4), 0);
    return fd;
}

int socket_receive(int listener, char *text, size_t size)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {text, size};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct pollfd poller = {.fd = listener, .events = POLLIN};
    struct cmsghdr *header;
    int connection, fd;
    ssize_t n;

    cr_assert_eq(poll(&poller, 1, 10000), 1, "nobody connected");
    connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(connection, 0);
    n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    cr_assert_geq(n, 0, "recvmsg: %s", strerror(errno));
    if (size > 0) {
        /* Engines need at least one byte. */
        cr_assert_gt(n, 0);
        cr_assert_lt((size_t)n, size);
        text[n] = 0;
    }
    /* No second descriptor was cut off: engines refuse more than one. */
    cr_assert_eq(message.msg_flags & MSG_CTRUNC, 0);
    header = CMSG_FIRSTHDR(&message);
    cr_assert_not_null(header);
    cr_assert_eq(header->cmsg_type, SCM_RIGHTS);
    cr_assert_eq(header->cmsg_len, CMSG_LEN(sizeof(int)));
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    /* And no second message comes. */
    if (size > 0)
        cr_assert_eq(recv(connection, text + n, 1, 0), 0);
    close(connection);
    return fd;
}

int console_socket_receive(int listener)
{
    char text[4096];

    return socket_receive(listener, text, sizeof(text));
}
