/* SPDX-License-Identifier: Apache-2.0 */
#include "container/unix_socket.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "container/home.h"
#include "container/talk.h"

#define RETRY_MS 20

static struct sockaddr_un address_at(int directory, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", directory, name);
    return address;
}

static int connect_to(int type, const struct sockaddr_un *address)
{
    _cleanup_(close_fd) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        return -errno;
    return TAKE_FD(fd);
}

/* The address of a path of any length; `directory` is opened where it takes that, and has to stay open. */
static int address_of(const char *path, struct sockaddr_un *ret, int *directory)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) < sizeof(ret->sun_path)) {
        memcpy(ret->sun_path, path, strlen(path));
        return 0;
    }
    const char *slash = strrchr(path, '/');
    _cleanup_(free_ptr) char *parent =
        slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    *directory = parent ? open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (*directory < 0)
        return -errno;
    *ret = address_at(*directory, slash ? slash + 1 : path);
    return 0;
}

int unix_connect(const char *path, const char *option, struct hold *hold, struct error *err)
{
    struct sockaddr_un address;
    _cleanup_(close_fd) int directory = -1;
    int r = address_of(path, &address, &directory);
    if (r < 0)
        return error_sys(err, -r, "%s %s", option, path);
    /* The queue of a listener who does not come to accept may be full, and nothing tells when it is not. */
    while ((r = connect_to(SOCK_STREAM | SOCK_NONBLOCK, &address)) == -EAGAIN) {
        struct pollfd interruption = {.fd = hold ? hold->fd : -1, .events = POLLIN};
        if (poll(&interruption, 1, RETRY_MS) > 0 && (r = talk_check_interruption(hold, err)) < 0)
            return r;
    }
    return r < 0 ? error_sys(err, -r, "%s: connect to %s", option, path) : r;
}

int unix_connect_datagram(const char *path)
{
    struct sockaddr_un address;
    _cleanup_(close_fd) int directory = -1;
    if (path[0] != '@') {
        int r = address_of(path, &address, &directory);
        return r < 0 ? r : connect_to(SOCK_DGRAM, &address);
    }
    /* An abstract name begins with a NUL and has no end but the length. */
    size_t length = strlen(path);
    address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length > sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, path + 1, length - 1);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int unix_bind_datagram(int directory, const char *name)
{
    struct sockaddr_un address = address_at(directory, name);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int start_socket_listen(int home_fd, struct error *err)
{
    struct sockaddr_un address = address_at(home_fd, FILE_START);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, 1) < 0)
        return error_sys(err, errno, "make the start socket");
    return TAKE_FD(fd);
}

int start_socket_connect(int home_fd, struct error *err)
{
    struct sockaddr_un address = address_at(home_fd, FILE_START);
    int r = connect_to(SOCK_SEQPACKET, &address);
    return r < 0 ? error_sys(err, -r, "connect to the container's init") : r;
}
