/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd-address.h"

#include <errno.h>
#include <stddef.h>
#include <sys/time.h>

#include "base/fd.h"

#define CONNECT_LIMIT_S 10

/* `name` is a path, or begins with the NUL of an abstract socket. */
static void add(struct systemd_addresses *addresses, const char *name, size_t length, bool direct)
{
    struct systemd_address item = {.address.sun_family = AF_UNIX, .direct = direct};
    if (addresses->n == SYSTEMD_ADDRESSES || length == 0 || length >= sizeof(item.address.sun_path))
        return;
    memcpy(item.address.sun_path, name, length);
    item.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] != '\0'));
    addresses->items[addresses->n++] = item;
}

static void add_in(struct systemd_addresses *addresses, const char *directory, const char *name,
                   bool direct)
{
    char path[256];
    int n = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if ((size_t)n < sizeof(path))
        add(addresses, path, (size_t)n, direct);
}

/* ---- address lists ---- */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* A value with %XX in it: its length, 0 when it does not fit or is wrong. */
static size_t unescape(const char *from, size_t length, char *to, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        int c = (unsigned char)from[i];
        if (c == '%') {
            int high = length - i > 2 ? hex_digit(from[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(from[i + 2]) : -1;
            if (low < 0)
                return 0;
            c = high * 16 + low;
            i += 2;
        }
        if (used == size)
            return 0;
        to[used++] = (char)c;
    }
    return used;
}

static void add_value(struct systemd_addresses *addresses, const char *pair, size_t length)
{
    char name[sizeof(((struct sockaddr_un *)0)->sun_path) + 1] = "";
    if (length > 5 && strncmp(pair, "path=", 5) == 0) {
        size_t n = unescape(pair + 5, length - 5, name, sizeof(name));
        add(addresses, name, n, false);
    } else if (length > 9 && strncmp(pair, "abstract=", 9) == 0) {
        size_t n = unescape(pair + 9, length - 9, name + 1, sizeof(name) - 1);
        add(addresses, name, n ? n + 1 : 0, false);
    }
}

void systemd_addresses_read(struct systemd_addresses *addresses, const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ";");
        const char *end = list + length;
        if (strncmp(list, "unix:", 5) == 0) {
            for (const char *pair = list + 5; pair < end;) {
                size_t n = strcspn(pair, ",;");
                add_value(addresses, pair, n);
                pair += n + 1;
            }
        }
        list = end + (*end == ';');
    }
}

struct systemd_addresses systemd_addresses(bool user)
{
    struct systemd_addresses addresses = {0};
    if (!user) {
        /* It listens by itself for root: that works without a message bus, and takes half as long
         * as by one. */
        add_in(&addresses, "/run/systemd", "private", true);
        add_in(&addresses, "/run/dbus", "system_bus_socket", false);
        return addresses;
    }
    const char *list = getenv("DBUS_SESSION_BUS_ADDRESS");
    const char *directory = getenv("XDG_RUNTIME_DIR");
    if (list)
        systemd_addresses_read(&addresses, list);
    if (directory) {
        add_in(&addresses, directory, "bus", false);
        add_in(&addresses, directory, "systemd/private", true);
    }
    return addresses;
}

/* ---- connecting ---- */

static int connect_to(const struct systemd_address *to)
{
    /* connect(2) waits while too many others do, and for as long as may be sent. */
    const struct timeval limit = {.tv_sec = CONNECT_LIMIT_S};
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
        connect(fd, (const struct sockaddr *)&to->address, to->length) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int systemd_connect(const struct systemd_addresses *addresses, bool *ret_direct)
{
    int failure = -ENOENT;
    for (size_t i = 0; i < addresses->n; i++) {
        int r = connect_to(&addresses->items[i]);
        if (r >= 0) {
            *ret_direct = addresses->items[i].direct;
            return r;
        }
        if (failure == -ENOENT)
            failure = r;
    }
    return failure;
}
