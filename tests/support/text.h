/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Growing strings and whole files. Memory lasts as long as the test's process; what cannot be done
 * ends the test. */

struct text {
    char *bytes; /* NUL-terminated once something was added */
    size_t length;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const void *bytes, size_t length);
/* Never NULL. */
char *text_string(const struct text *text);

char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* `word` repeated `times` times. */
char *text_repeat(const char *word, size_t times);

/* The words of `text`, split at blanks, from argv[n] on; argv has room for `limit`. Returns the new n. NULL: none. */
size_t words_split(const char **argv, size_t n, size_t limit, const char *text);

char *file_read(const char *path);
void file_write(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes, mode and all parent directories. */
void file_copy(const char *from, const char *to);
void directory_make(const char *path);
/* Does the name exist, a dangling link included? */
int file_exists(const char *path);
