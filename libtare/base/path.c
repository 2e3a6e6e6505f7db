/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

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

int path_clean(const char *path, char **ret)
{
    /* Every name is copied with one slash in front: never longer than the input and that one. */
    _cleanup_(free_ptr) char *clean = malloc(strlen(path) + 2);
    if (!clean)
        return -ENOMEM;
    size_t used = 0, length;
    path = next_component(path, &length);
    while (length > 0) {
        bool leads_up = length == 2 && path[0] == '.' && path[1] == '.';
        if (leads_up || memchr(path, '\n', length))
            return -EINVAL;
        clean[used++] = '/';
        memcpy(clean + used, path, length);
        used += length;
        path = next_component(path + length, &length);
    }
    if (used == 0)
        return -EINVAL;
    clean[used] = '\0';
    *ret = TAKE_PTR(clean);
    return 0;
}
