/* SPDX-License-Identifier: Apache-2.0 */
#include "container/unix_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "container/home.h"

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

int unix_connect(const char *path, const char *option, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    _cleanup_(close_fd) int directory = -1;

    if (strlen(path) < sizeof(address.sun_path)) {
        memcpy(address.sun_path, path, strlen(path));
    } else {
        _cleanup_(free_ptr) char *parent =
            slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
        directory = parent ? open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        if (directory < 0)
            return error_sys(err, errno, "%s %s", option, path);
        address = address_at(directory, name);
    }
    int r = connect_to(SOCK_STREAM, &address);
    return r < 0 ? error_sys(err, -r, "%s: connect to %s", option, path) : r;
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
