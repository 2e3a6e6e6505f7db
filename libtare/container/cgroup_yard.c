/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cgroup_yard.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"

/* "0::/path" is all there is of cgroup v2. */
static bool has_other_hierarchies(void)
{
    _cleanup_(free_ptr) char *cgroups = NULL;
    size_t size;
    if (file_read(AT_FDCWD, "/proc/self/cgroup", 1 << 16, &cgroups, &size) < 0)
        return true;
    const char *end = strchr(cgroups, '\n');
    return strncmp(cgroups, "0::", 3) != 0 || (end && end[1]);
}

int cgroup_yard_make(const struct home *home, struct arena *arena, const char *cgroup_mount,
                     const char **ret, struct error *err)
{
    *ret = NULL;
    if (!cgroup_mount || has_other_hierarchies())
        return 0;
    /* Of a call that was killed. */
    cgroup_yard_remove(home);
    if (mkdirat(home->fd, DIRECTORY_YARD, 0755) < 0 ||
        symlinkat(cgroup_mount, home->fd, FILE_YARD) < 0)
        return error_sys(err, errno, "make %s/" FILE_YARD, home->path);
    *ret = arena_printf(arena, "%s/" DIRECTORY_YARD, home->path);
    return *ret ? 0 : error_sys(err, ENOMEM, "lead criu to the cgroups");
}

void cgroup_yard_remove(const struct home *home)
{
    if (home->fd < 0)
        return;
    (void)unlinkat(home->fd, FILE_YARD, 0);
    (void)unlinkat(home->fd, DIRECTORY_YARD, AT_REMOVEDIR);
}
