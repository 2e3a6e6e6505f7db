/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cgroup_yard.h"

#include <errno.h>
#include <limits.h>
#include <sys/mount.h>
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
                     enum yard_entry entry, const char **ret, struct error *err)
{
    *ret = NULL;
    if (!cgroup_mount || has_other_hierarchies())
        return 0;
    /* Of a call that was killed. */
    cgroup_yard_remove(home);
    int r = mkdirat(home->fd, DIRECTORY_YARD, 0755);
    if (r == 0)
        r = entry == YARD_DIRECTORY ? mkdirat(home->fd, FILE_YARD, 0755)
                                    : symlinkat(cgroup_mount, home->fd, FILE_YARD);
    if (r < 0)
        return error_sys(err, errno, "make %s/" FILE_YARD, home->path);
    *ret = arena_printf(arena, "%s/" DIRECTORY_YARD, home->path);
    return *ret ? 0 : error_sys(err, ENOMEM, "lead criu to the cgroups");
}

int cgroup_yard_mount(const struct home *home, const char *cgroup_mount, struct error *err)
{
    char path[PATH_MAX];
    /* By its path: what is open is in another mount namespace. */
    if (snprintf(path, sizeof(path), "%s/" FILE_YARD, home->path) >= (int)sizeof(path))
        return error_sys(err, ENAMETOOLONG, "mount the cgroups for criu");
    if (mount(cgroup_mount, path, NULL, MS_BIND, NULL) < 0)
        return error_sys(err, errno, "mount the cgroups for criu");
    return 0;
}

void cgroup_yard_remove(const struct home *home)
{
    if (home->fd < 0)
        return;
    if (unlinkat(home->fd, FILE_YARD, 0) < 0)
        (void)unlinkat(home->fd, FILE_YARD, AT_REMOVEDIR);
    (void)unlinkat(home->fd, DIRECTORY_YARD, AT_REMOVEDIR);
}
