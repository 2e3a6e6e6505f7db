/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <stddef.h>
#include <string.h>

/* The next component of a path, without those that go nowhere; length 0 at the end. */
static const char *next_component(const char *path, size_t *length)
{
    for (;;) {
        path += strspn(path, "/");
        *length = strcspn(path, "/");
        if (*length != 1 || path[0] != '.')
            return path;
        path++;
    }
}

bool paths_equal(const char *a, const char *b)
{
    for (;;) {
        size_t a_length, b_length;
        a = next_component(a, &a_length);
        b = next_component(b, &b_length);
        if (a_length != b_length || memcmp(a, b, a_length) != 0)
            return false;
        if (a_length == 0)
            return true;
        a += a_length;
        b += b_length;
    }
}
