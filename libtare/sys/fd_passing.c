/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/fd_passing.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

union rights {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

long fd_passing_send_some(int socket, const void *bytes, size_t length, int fd)
{
    struct iovec vector = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    union rights rights = {0};
    if (fd >= 0) {
        message.msg_control = &rights;
        message.msg_controllen = sizeof(rights);
        rights.header.cmsg_level = SOL_SOCKET;
        rights.header.cmsg_type = SCM_RIGHTS;
        rights.header.cmsg_len = CMSG_LEN(sizeof(fd));
        memcpy(CMSG_DATA(&rights.header), &fd, sizeof(fd));
    }
    ssize_t n;
    do {
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int fd_passing_send(int socket, const void *bytes, size_t length, int fd)
{
    long n = fd_passing_send_some(socket, bytes, length, fd);
    return n < 0 ? (int)n : 0;
}

long fd_passing_receive(int socket, void *bytes, size_t size, int *ret_fd)
{
    struct iovec vector = {.iov_base = bytes, .iov_len = size};
    union rights rights = {0};
    struct msghdr message = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = &rights,
        .msg_controllen = sizeof(rights),
    };
    *ret_fd = -1;
    ssize_t n;
    do {
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    /* More than one fd cannot arrive: there is room for one, and the kernel closes what does not fit. */
    const struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
        control->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(ret_fd, CMSG_DATA(control), sizeof(*ret_fd));
    return n;
}
