/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Directories and small files of a cgroup2 mount. All return a result or -errno. */

/* Open a directory below another by a clean path, O_PATH: never through links and never out of this
 * mount. "/" and "" are the directory itself. */
int directory_open(int dirfd, const char *path);

/* Open a directory that is named by one component ("." and ".." as well), to list it: NULL and
 * errno. */
DIR *directory_list(int dirfd, const char *name);
/* The next entry that is a directory, NULL at the end. */
const char *directory_next(DIR *listing);
void close_listing(DIR **listing); /* for _cleanup_ */

/* Read a small file of the directory into `buffer`, NUL-terminated: 0 or -errno. -EFBIG when it
 * does not fit. */
int directory_read(int dirfd, const char *file, char *buffer, size_t size);

/* Whether a list separated by blanks and newlines holds a word. */
bool words_contain(const char *words, const char *word);
/* The number behind `key ` at the start of a line ("populated 1"): 0 or -ENOENT. */
int lines_value(const char *lines, const char *key, uint64_t *ret);
