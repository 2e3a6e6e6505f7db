/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/directory.h"

#include <errno.h>

#include "base/fd.h"
#include "base/parse.h"
#include "sys/mount_api.h"

int directory_open(int dirfd, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };
    path += strspn(path, "/");
    return sys_openat2(dirfd, *path ? path : ".", &how);
}

DIR *directory_list(int dirfd, const char *name)
{
    _cleanup_(close_fd) int fd =
        openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (listing)
        TAKE_FD(fd);
    return listing;
}

const char *directory_next(DIR *listing)
{
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    }
    return NULL;
}

void close_listing(DIR **listing)
{
    if (*listing)
        closedir(*listing);
    *listing = NULL;
}

int directory_read(int dirfd, const char *file, char *buffer, size_t size)
{
    _cleanup_(close_fd) int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    size_t used = 0;
    for (;;) {
        ssize_t n = fd_read(fd, buffer + used, size - used);
        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        used += (size_t)n;
        if (used == size)
            return -EFBIG;
    }
    buffer[used] = '\0';
    return 0;
}

bool words_contain(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = words; *p;) {
        p += strspn(p, " \n");
        size_t n = strcspn(p, " \n");
        if (n == length && memcmp(p, word, n) == 0)
            return true;
        p += n;
    }
    return false;
}

int lines_value(const char *lines, const char *key, uint64_t *ret)
{
    size_t length = strlen(key);
    for (const char *line = lines; *line;) {
        size_t end = strcspn(line, "\n");
        if (end > length && memcmp(line, key, length) == 0 && line[length] == ' ') {
            char number[24];
            snprintf(number, sizeof(number), "%.*s", (int)(end - length - 1), line + length + 1);
            return parse_u64(number, ret);
        }
        line += end + (line[end] == '\n');
    }
    return -ENOENT;
}
