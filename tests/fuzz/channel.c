/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container/readiness.h"
#include "tests/fuzz/fuzz.h"

/* Two kinds of datagrams that a container's processes can send: what an init or an executed process says to its
 * maker, for whoever can trace it, and what a program says to its NOTIFY_SOCKET. The first byte chooses. */

static void receive_message(int socket)
{
    struct channel_message message;
    int fd = -1;
    int r = channel_receive(socket, &message, &fd);
    FUZZ_CHECK(fd == -1, "a descriptor out of nowhere");
    if (r < 0)
        return;
    FUZZ_CHECK(memchr(message.error.text, 0, sizeof(message.error.text)), "a text without an end");
    FUZZ_CHECK(memchr(message.error.where, 0, sizeof(message.error.where)),
               "a place without an end");
    FUZZ_CHECK(memchr(message.error.hint, 0, sizeof(message.error.hint)), "a hint without an end");
    FUZZ_CHECK(!message.error.also, "a pointer of somebody else");
    bool has_error = message.type == MESSAGE_ERROR || message.type == MESSAGE_WARNING;
    FUZZ_CHECK(!has_error || (message.error.code > 0 && message.error.code < 4096), "code %d",
               message.error.code);
    /* A bool that is none is found by the sanitizer. */
    message.error.code += message.error.with_strerror;
    error_release(&message.error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* More than the socket's buffer takes is never received. */
    if (size < 1 || size > 65536)
        return 0;
    bool readiness = data[0] & 1;
    int ends[2];
    if (socketpair(AF_UNIX, readiness ? SOCK_DGRAM : SOCK_SEQPACKET, 0, ends) < 0)
        return 0;
    bool sent = send(ends[0], data + 1, size - 1, MSG_NOSIGNAL) >= 0;
    close(ends[0]);
    if (sent && readiness) {
        int r = readiness_read(ends[1]);
        FUZZ_CHECK(r == 0 || r == 1 || r == -ECONNRESET, "returned %d", r);
    } else if (sent) {
        receive_message(ends[1]);
    }
    close(ends[1]);
    return 0;
}
