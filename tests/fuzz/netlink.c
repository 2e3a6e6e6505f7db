/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* A datagram of rtnetlink. */

static int see(const struct nlmsghdr *message, void *data)
{
    volatile unsigned char *sink = data;
    for (uint16_t type = 0; type < 64; type++) {
        size_t size = 0;
        const unsigned char *found = netlink_find(message, sizeof(struct ifinfomsg), type, &size);
        for (size_t i = 0; found && i < size; i++)
            *sink ^= found[i];
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct netlink netlink = NETLINK_NONE;
    unsigned char sink = 0;
    netlink.sequence = 1;
    /* Aligned, and with a guarded end. */
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    int r = netlink_take(&netlink, copy, size, see, &sink);
    FUZZ_CHECK(r <= 1, "returned %d", r);
    FUZZ_CHECK(memchr(netlink.reason, 0, sizeof(netlink.reason)), "a reason without an end");
    free(copy);
    return 0;
}
