/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"

/* Files and file descriptors. Every fd made here is close-on-exec. */

/* For _cleanup_: closes *fd unless negative; errno is kept. */
void close_fd(int *fd);
void free_ptr(void *p); /* frees *(void **)p */

/* Read a whole file of at most `limit` bytes. `*ret` is malloc'ed, NUL-terminated, `*ret_size` without
 * the NUL. -EFBIG when larger, -EINVAL when not a regular (or kernel) file. `dirfd`, `path` as openat. */
int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_size);
/* As file_read, from an open fd. */
int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size);
/* The same of anything that can be read: a pipe, standard input. */
int stream_read_all(int fd, size_t limit, char **ret, size_t *ret_size);

/* read(2); EINTR is retried. How much was read, or -errno. */
ssize_t fd_read(int fd, void *bytes, size_t size);

/* One write(2) of the whole text to an existing file (cgroup and proc files): 0 or -errno. */
int file_write(int dirfd, const char *path, const char *text, size_t length);
/* write(2) until all is written; EINTR is retried. 0 or -errno. */
int fd_write_all(int fd, const void *bytes, size_t length);

/* Make or replace a file atomically: temporary name in the same directory, rename. 0 or -errno. */
int file_replace(int dirfd, const char *path, mode_t mode, const char *bytes, size_t length);
