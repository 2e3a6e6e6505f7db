/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/channel.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whoever can trace an executed process can speak in its name. */
Test(sandbox_channel, an_error_of_somebody_else_is_one)
{
    static const int codes[] = {0, -EPERM, 4096, INT_MAX, INT_MIN};
    int ends[2];
    cr_assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct channel_message sent, received;
        memset(&sent, 'x', sizeof(sent));
        sent.type = MESSAGE_ERROR;
        sent.error.code = codes[i];
        cr_assert(send(ends[0], &sent, sizeof(sent), 0) == (ssize_t)sizeof(sent));
        cr_assert(channel_receive(ends[1], &received, NULL) == 0);
        cr_expect(received.error.code == EIO, "%d is %d", codes[i], received.error.code);
        cr_expect_null(received.error.also);
        cr_expect(strlen(received.error.text) == sizeof(received.error.text) - 1);
        cr_expect(strlen(received.error.where) == sizeof(received.error.where) - 1);
        cr_expect(strlen(received.error.hint) == sizeof(received.error.hint) - 1);
    }
    close(ends[0]);
    close(ends[1]);
}
