/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    text->bytes = realloc(text->bytes, text->length + length + 1);
    cr_assert_not_null(text->bytes);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = 0;
}

static char *format_arguments(const char *format, va_list arguments)
{
    char *string;

    cr_assert_geq(vasprintf(&string, format, arguments), 0);
    return string;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    char *string;

    va_start(arguments, format);
    string = format_arguments(format, arguments);
    va_end(arguments);
    text_add_bytes(text, string, strlen(string));
    free(string);
}

char *text_string(const struct text *text)
{
    return text->bytes == NULL ? strdup("") : text->bytes;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    char *string;

    va_start(arguments, format);
    string = format_arguments(format, arguments);
    va_end(arguments);
    return string;
}

char *text_repeat(const char *word, size_t times)
{
    struct text text = {0};

    for (size_t i = 0; i < times; i++)
        text_add_bytes(&text, word, strlen(word));
    return text_string(&text);
}

char *file_read(const char *path)
{
    struct text text = {0};
    char buffer[4096];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0, "open %s: %s", path, strerror(errno));
    while ((n = read(fd, buffer, sizeof(buffer))) > 0)
        text_add_bytes(&text, buffer, (size_t)n);
    cr_assert_eq(n, 0, "read %s: %s", path, strerror(errno));
    close(fd);
    return text_string(&text);
}

void directory_make(const char *path)
{
    char *copy = strdup(path);

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        cr_assert(mkdir(copy, 0755) == 0 || errno == EEXIST, "mkdir %s: %s", copy, strerror(errno));
        *slash = '/';
    }
    cr_assert(mkdir(copy, 0755) == 0 || errno == EEXIST, "mkdir %s: %s", copy, strerror(errno));
    free(copy);
}

static int open_new(const char *path, mode_t mode)
{
    char *parent = strdup(path), *slash = strrchr(parent, '/');
    int fd;

    if (slash != NULL && slash != parent) {
        *slash = 0;
        directory_make(parent);
    }
    free(parent);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0, "open %s: %s", path, strerror(errno));
    cr_assert_eq(fchmod(fd, mode), 0);
    return fd;
}

void file_write(const char *path, const char *format, ...)
{
    va_list arguments;
    char *string;
    size_t length;
    int fd = open_new(path, 0644);

    va_start(arguments, format);
    string = format_arguments(format, arguments);
    va_end(arguments);
    length = strlen(string);
    cr_assert_eq(write(fd, string, length), (ssize_t)length, "write %s: %s", path, strerror(errno));
    cr_assert_eq(close(fd), 0);
    free(string);
}

void file_copy(const char *from, const char *to)
{
    struct stat st;
    off_t offset = 0;
    int in = open(from, O_RDONLY | O_CLOEXEC), out;

    cr_assert_geq(in, 0, "open %s: %s", from, strerror(errno));
    cr_assert_eq(fstat(in, &st), 0);
    out = open_new(to, st.st_mode & 07777);
    while (offset < st.st_size) {
        cr_assert_gt(sendfile(out, in, &offset, (size_t)(st.st_size - offset)), 0, "copy %s: %s",
                     from, strerror(errno));
    }
    close(in);
    cr_assert_eq(close(out), 0);
}

int file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

size_t words_split(const char **argv, size_t n, size_t limit, const char *text)
{
    char *words = strdup(text == NULL ? "" : text);

    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        cr_assert_lt(n, limit - 1);
        argv[n++] = word;
    }
    return n;
}
