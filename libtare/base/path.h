/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Do two paths name the same place by their text alone? Repeated and trailing slashes and "." make no
 * difference; ".." and links are not looked into. */
bool paths_equal(const char *a, const char *b);
