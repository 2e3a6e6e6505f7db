/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/delegate.h"

#include <errno.h>

#include "base/fd.h"

#define KEEP_GROUP ((gid_t)-1)

/* What a kernel without the list means (config-linux.md); such are older than Linux 4.15, but the
 * file may be hidden from us as well. */
static const char default_files[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

int cgroup_delegate(const struct cgroup *cgroup, uid_t uid, struct error *err)
{
    if (fchownat(cgroup->fd, "", uid, KEEP_GROUP, AT_EMPTY_PATH) < 0)
        return error_sys(err, errno, "give cgroup %s to uid %u", cgroup->path, uid);

    _cleanup_(free_ptr) char *files = NULL;
    if (file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", 65536, &files, NULL) < 0)
        files = strdup(default_files);
    if (!files)
        return error_sys(err, ENOMEM, "give cgroup %s to uid %u", cgroup->path, uid);
    char *rest = files;
    for (char *name; (name = strsep(&rest, "\n"));) {
        if (!*name)
            continue;
        /* Absent are the files of controllers that are not enabled here. */
        if (fchownat(cgroup->fd, name, uid, KEEP_GROUP, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
            return error_sys(err, errno, "give %s/%s to uid %u", cgroup->path, name, uid);
    }
    return 0;
}
