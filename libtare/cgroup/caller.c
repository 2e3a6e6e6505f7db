/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/caller.h"

#include <errno.h>

#include "base/fd.h"
#include "cgroup/controllers.h"
#include "cgroup/directory.h"

/* "0::/user.slice/x" of /proc/self/cgroup: the path, in `text`. NULL when we are in none. */
static char *path_of_caller(char *text)
{
    char *line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
    if (!line)
        return NULL;
    char *path = line + strcspn(line, "/");
    path[strcspn(path, "\n")] = '\0';
    return path;
}

/* Whoever moves a process may write to cgroup.procs of the cgroup above both ends (cgroups(7)). The
 * birth of the init is such a move, from our cgroup, and this is the directory above. */
static int check_rights(const struct cgroup_host *host, const char *directory)
{
    _cleanup_(close_fd) int fd = directory_open(host->mount_fd, directory);
    if (fd < 0)
        return fd;
    return faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int cgroup_beside_caller(const struct cgroup_host *host, const struct plan_cgroup *plan,
                         const char *id, char **ret)
{
    *ret = NULL;
    _cleanup_(free_ptr) char *text = NULL;
    int r = file_read(AT_FDCWD, "/proc/self/cgroup", 65536, &text, NULL);
    if (r < 0)
        return r;
    char *path = path_of_caller(text);
    /* Outside of the cgroup namespace that we are in: nothing of that is in our reach. */
    if (!path || strncmp(path, "/..", 3) == 0)
        return -EACCES;
    char *last = strrchr(path, '/');
    if (last[1] == '\0' || controllers_are_needed(plan))
        *last = '\0';
    r = check_rights(host, path);
    if (r < 0)
        return r;
    return asprintf(ret, "%s/tare-%s", path, id) < 0 ? -ENOMEM : 0;
}
