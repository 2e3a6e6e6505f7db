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

int console_socket_receive(int listener)
{
    union {
        char bytes[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr align;
    } control;
    char data[4096];
    struct iovec iov = {data, sizeof(data)};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct pollfd poller = {.fd = listener, .events = POLLIN};
    struct cmsghdr *header;
    int fd, connection;
    ssize_t n;

    cr_assert_eq(poll(&poller, 1, 10000), 1, "nobody connected to the console socket");
    connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(connection, 0);
    n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    /* Engines need at least one byte, and refuse more than one descriptor. */
    cr_assert_geq(n, 1);
    cr_assert_lt(n, 4096);
    header = CMSG_FIRSTHDR(&message);
    cr_assert_not_null(header);
    cr_assert_eq(header->cmsg_type, SCM_RIGHTS);
    cr_assert_eq(header->cmsg_len, CMSG_LEN(sizeof(int)));
    cr_assert_null(CMSG_NXTHDR(&message, header));
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    close(connection);
    return fd;
}
