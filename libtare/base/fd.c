/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

void close_fd(int *fd)
{
    if (*fd < 0)
        return;
    int saved = errno;
    close(*fd);
    errno = saved;
    *fd = -1;
}

void free_ptr(void *p)
{
    void **slot = p;
    free(*slot);
    *slot = NULL;
}

/* Until the end; `capacity` bytes are made ready for it, at least 2. */
static int read_to_end(int fd, size_t capacity, size_t limit, char **ret, size_t *ret_size)
{
    _cleanup_(free_ptr) char *bytes = malloc(capacity);
    if (!bytes)
        return -ENOMEM;
    size_t size = 0;
    for (;;) {
        if (size + 1 >= capacity) {
            capacity *= 2;
            char *larger = realloc(bytes, capacity);
            if (!larger)
                return -ENOMEM;
            bytes = larger;
        }
        ssize_t n = fd_read(fd, bytes + size, capacity - size - 1);
        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        size += (size_t)n;
        if (size > limit)
            return -EFBIG;
    }
    bytes[size] = '\0';
    *ret = TAKE_PTR(bytes);
    if (ret_size)
        *ret_size = size;
    return 0;
}

int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if (st.st_size > 0 && (uintmax_t)st.st_size > limit)
        return -EFBIG;
    /* One byte more than expected shows the end without a second growth; kernel files say 0. */
    return read_to_end(fd, st.st_size > 0 ? (size_t)st.st_size + 2 : 4096, limit, ret, ret_size);
}

ssize_t fd_read(int fd, void *bytes, size_t size)
{
    ssize_t n;
    do {
        n = read(fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int stream_read_all(int fd, size_t limit, char **ret, size_t *ret_size)
{
    return read_to_end(fd, 4096, limit, ret, ret_size);
}

int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size)
{
    /* O_NONBLOCK: a FIFO under this name must not stop us before fstat can tell. */
    _cleanup_(close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    return fd_read_all(fd, limit, ret, ret_size);
}

int fd_write_all(int fd, const void *bytes, size_t length)
{
    const char *p = bytes;
    while (length > 0) {
        ssize_t n = write(fd, p, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        p += n;
        length -= (size_t)n;
    }
    return 0;
}

int file_write(int dirfd, const char *path, const char *text, size_t length)
{
    _cleanup_(close_fd) int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return -errno;
    ssize_t n;
    do {
        n = write(fd, text, length);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return (size_t)n == length ? 0 : -EIO;
}

int file_replace(int dirfd, const char *path, mode_t mode, const char *bytes, size_t length)
{
    char temporary[4096];
    int n = snprintf(temporary, sizeof(temporary), "%s.%d~", path, (int)getpid());
    if (n < 0 || (size_t)n >= sizeof(temporary))
        return -ENAMETOOLONG;
    _cleanup_(close_fd) int fd =
        openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, bytes, length);
    if (r == 0 && renameat(dirfd, temporary, dirfd, path) < 0)
        r = -errno;
    if (r < 0)
        unlinkat(dirfd, temporary, 0);
    return r;
}
