/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/introduction.h"

#include <errno.h>

#include "base/fd.h"
#include "cgroup/systemd-address.h"
#include "sys/fd_passing.h"

struct introduction {
    int code; /* 0 or -errno */
    bool direct;
};

int introduction_send(int socket, const struct systemd_addresses *addresses)
{
    struct introduction introduction = {0};
    _cleanup_(close_fd) int bus = systemd_connect(addresses, &introduction.direct);
    introduction.code = bus < 0 ? bus : 0;
    return fd_passing_send(socket, &introduction, sizeof(introduction), bus < 0 ? -1 : bus);
}

int introduction_receive(int socket, int *ret_bus, bool *ret_direct, struct error *err)
{
    struct introduction introduction;
    long n = fd_passing_receive(socket, &introduction, sizeof(introduction), ret_bus);
    if (n != (long)sizeof(introduction))
        return error_set(err, ECHILD, "the process that was to enter the scope died");
    *ret_direct = introduction.direct;
    return introduction.code;
}
