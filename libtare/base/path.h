/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Do two paths name the same place by their text alone? Repeated and trailing slashes and "." make no
 * difference; ".." and links are not looked into. */
bool paths_equal(const char *a, const char *b);

/* The names of a path with one slash before each: "a//./b/" is "/a/b". -EINVAL when there are none, or
 * one is ".." or has a line break in it. *ret is malloc'd. */
int path_clean(const char *path, char **ret);
