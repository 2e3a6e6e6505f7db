/* SPDX-License-Identifier: Apache-2.0 */
#include "container/readiness.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "container/talk.h"
#include "container/unix_socket.h"

#define BARRIER_LIMIT_MS 30000
#define MESSAGE_LIMIT    4096
/* A program that always has more to say does not keep us from everything else. */
#define MESSAGES_AT_ONCE 64

int readiness_prepare(const struct home *home, struct error *err)
{
    /* Readable whatever our umask: the container's user has to get through. */
    if (mkdirat(home->fd, DIRECTORY_NOTIFY, 0755) < 0 ||
        fchmodat(home->fd, DIRECTORY_NOTIFY, 0755, 0) < 0)
        return error_sys(err, errno, "make directory %s/" DIRECTORY_NOTIFY, home->path);
    return 0;
}

int readiness_listen(const struct home *home, struct error *err)
{
    if (faccessat(home->fd, DIRECTORY_NOTIFY, F_OK, 0) < 0)
        return -errno;
    /* Of a start that failed. */
    if (unlinkat(home->fd, FILE_NOTIFY, 0) < 0 && errno != ENOENT)
        return error_sys(err, errno, "remove %s/" FILE_NOTIFY, home->path);
    _cleanup_(close_fd) int fd = unix_bind_datagram(home->fd, FILE_NOTIFY);
    if (fd < 0)
        return error_sys(err, -fd, "make the container's NOTIFY_SOCKET");
    if (fchmodat(home->fd, FILE_NOTIFY, 0777, 0) < 0)
        return error_sys(err, errno, "make the container's NOTIFY_SOCKET");
    return TAKE_FD(fd);
}

/* A line of the message; whatever else the program says of itself is not passed on. */
static bool says_ready(char *message)
{
    char *rest = message;
    for (const char *line; (line = strsep(&rest, "\n"));)
        if (strcmp(line, "READY=1") == 0)
            return true;
    return false;
}

/* Descriptors that come with a message (of FDSTORE=1, of BARRIER=1) are closed by the kernel, since
 * no room for them is offered: a barrier is passed. */
int readiness_read(int socket)
{
    char message[MESSAGE_LIMIT + 1];
    for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
        ssize_t n = recv(socket, message, MESSAGE_LIMIT, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        message[n] = '\0';
        if (says_ready(message))
            return 1;
    }
    return 0;
}

int readiness_wait(int socket, int pidfd, struct hold *hold, struct error *err)
{
    struct pollfd polls[] = {{.fd = socket, .events = POLLIN},
                             {.fd = pidfd, .events = POLLIN},
                             {.fd = hold ? hold->fd : -1, .events = POLLIN}};
    for (;;) {
        if (poll(polls, ELEMENTSOF(polls), -1) < 0 && errno != EINTR)
            return error_sys(err, errno, "poll");
        /* Its last word may be that it is ready. */
        int r = readiness_read(socket);
        if (r < 0)
            return error_sys(err, -r, "read from the container's NOTIFY_SOCKET");
        if (r > 0 || polls[1].revents)
            return r;
        if (polls[2].revents && (r = talk_check_interruption(hold, err)) < 0)
            return r;
    }
}

/* One message, with a descriptor unless it is negative. */
static int send_message(int socket, const char *text, int fd)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char copy[64];
    int length = snprintf(copy, sizeof(copy), "%s", text);
    struct iovec part = {.iov_base = copy, .iov_len = (size_t)length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        control.header = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.bytes);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The manager closes its end of the pipe when everything before it has been dealt with. */
static int pass_barrier(int socket)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    _cleanup_(close_fd) int ours = ends[0];
    _cleanup_(close_fd) int theirs = ends[1];
    int r = send_message(socket, "BARRIER=1", theirs);
    close_fd(&theirs);
    struct pollfd hangup = {.fd = ours};
    while (r == 0 && poll(&hangup, 1, BARRIER_LIMIT_MS) < 0)
        r = errno == EINTR ? 0 : -errno;
    return r;
}

int readiness_tell(const char *path, pid_t pid, struct error *err)
{
    char text[64];
    _cleanup_(close_fd) int socket = unix_connect_datagram(path);
    int r = socket < 0 ? socket : 0;
    if (r == 0) {
        snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1", (int)pid);
        r = send_message(socket, text, -1);
    }
    if (r == 0)
        r = pass_barrier(socket);
    return r < 0 ? error_sys(err, -r, "tell NOTIFY_SOCKET %s that the container is ready", path)
                 : 0;
}
