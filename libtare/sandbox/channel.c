/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/channel.h"

#include <errno.h>
#include <stddef.h>

#include "base/fd.h"
#include "sys/fd_passing.h"

/* Only the two types that carry an error send one: the others are a few bytes on the wire. */
#define HEADER_SIZE offsetof(struct channel_message, error)
#define ERRNO_MOST  4095 /* what the kernel's MAX_ERRNO is */

int channel_send(int channel, enum channel_message_type type, int fd)
{
    return channel_send_number(channel, type, 0, fd);
}

int channel_send_number(int channel, enum channel_message_type type, int32_t number, int fd)
{
    struct channel_message message = {.type = type, .number = number};
    return fd_passing_send(channel, &message, HEADER_SIZE, fd);
}

int channel_send_error(int channel, enum channel_message_type type, const struct error *error)
{
    struct channel_message message = {.type = type, .error = *error};
    message.error.also = NULL;
    return fd_passing_send(channel, &message, sizeof(message), -1);
}

/* The pointer is of the sender's memory; and a process that was joined to a container may speak for somebody
 * who can trace it. */
static void distrust(struct error *error, bool is_meant)
{
    unsigned char with_strerror;
    memcpy(&with_strerror, &error->with_strerror, sizeof(with_strerror));
    error->with_strerror = with_strerror != 0;
    error->also = NULL;
    error->text[sizeof(error->text) - 1] = '\0';
    error->where[sizeof(error->where) - 1] = '\0';
    error->hint[sizeof(error->hint) - 1] = '\0';
    /* Nothing that failed has no code, or one that functions cannot return. */
    if (is_meant && (error->code <= 0 || error->code > ERRNO_MOST))
        error->code = EIO;
}

int channel_receive(int channel, struct channel_message *message, int *ret_fd)
{
    memset(message, 0, sizeof(*message));
    if (ret_fd)
        *ret_fd = -1;
    _cleanup_(close_fd) int fd = -1;
    long n = fd_passing_receive(channel, message, sizeof(*message), &fd);
    /* A peer that died with unread data resets the connection: for us that is an end like any other. */
    if (n == 0 || n == -ECONNRESET) {
        message->type = MESSAGE_NONE;
        return 0;
    }
    if (n < 0)
        return (int)n;

    bool has_error = message->type == MESSAGE_ERROR || message->type == MESSAGE_WARNING;
    if ((size_t)n != (has_error ? sizeof(*message) : HEADER_SIZE))
        return -EBADMSG;
    distrust(&message->error, has_error);
    if (ret_fd)
        *ret_fd = TAKE_FD(fd);
    return 0;
}
