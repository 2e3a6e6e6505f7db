/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/channel.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fd.h"

/* Only the two types that carry an error send one: the others are a few bytes on the wire. */
#define HEADER_SIZE offsetof(struct channel_message, error)

union rights {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

static int send_message(int channel, const struct channel_message *message, size_t size, int fd)
{
    struct iovec bytes = {.iov_base = (void *)(uintptr_t)message, .iov_len = size};
    union rights rights = {0};
    struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (fd >= 0) {
        header.msg_control = &rights;
        header.msg_controllen = CMSG_LEN(sizeof(fd));
        rights.header.cmsg_level = SOL_SOCKET;
        rights.header.cmsg_type = SCM_RIGHTS;
        rights.header.cmsg_len = CMSG_LEN(sizeof(fd));
        memcpy(CMSG_DATA(&rights.header), &fd, sizeof(fd));
    }
    ssize_t n;
    do {
        n = sendmsg(channel, &header, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

int channel_send(int channel, enum channel_message_type type, int fd)
{
    struct channel_message message = {.type = type};
    return send_message(channel, &message, HEADER_SIZE, fd);
}

int channel_send_error(int channel, enum channel_message_type type, const struct error *error)
{
    struct channel_message message = {.type = type, .error = *error};
    message.error.also = NULL;
    return send_message(channel, &message, sizeof(message), -1);
}

/* The fd of a received message, or -1. More than one cannot arrive: there is room for one, and the
 * kernel closes what does not fit. */
static int take_right(struct msghdr *header)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS ||
        control->cmsg_len != CMSG_LEN(sizeof(int)))
        return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(control), sizeof(fd));
    return fd;
}

int channel_receive(int channel, struct channel_message *message, int *ret_fd)
{
    struct iovec bytes = {.iov_base = message, .iov_len = sizeof(*message)};
    union rights rights = {0};
    struct msghdr header = {
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = &rights,
        .msg_controllen = sizeof(rights),
    };
    memset(message, 0, sizeof(*message));
    if (ret_fd)
        *ret_fd = -1;
    ssize_t n;
    do {
        n = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    /* A peer that died with unread data resets the connection: for us that is an end like any
     * other. */
    if (n == 0 || (n < 0 && errno == ECONNRESET)) {
        message->type = MESSAGE_NONE;
        return 0;
    }
    if (n < 0)
        return -errno;

    _cleanup_(close_fd) int fd = take_right(&header);
    bool has_error = message->type == MESSAGE_ERROR || message->type == MESSAGE_WARNING;
    if ((size_t)n != (has_error ? sizeof(*message) : HEADER_SIZE))
        return -EBADMSG;
    /* The pointer is of the sender's memory. */
    message->error.also = NULL;
    if (ret_fd)
        *ret_fd = TAKE_FD(fd);
    return 0;
}
