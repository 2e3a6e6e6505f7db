/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* Where hosts have their cgroup2 hierarchy: alone, or next to v1 hierarchies. */
static const char *const usual_places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

int host_cgroup_open(const struct build *build)
{
    if (build_has_namespace(build, CLONE_NEWCGROUP) && build->sandbox->cgroup_path)
        return sys_open_tree(AT_FDCWD, build->sandbox->cgroup_path, OPEN_TREE_CLONE | AT_RECURSIVE);
    for (size_t i = 0; i < ELEMENTSOF(usual_places); i++) {
        struct statfs fs;
        if (statfs(usual_places[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
            return sys_open_tree(AT_FDCWD, usual_places[i], OPEN_TREE_CLONE | AT_RECURSIVE);
    }
    return -ENOENT;
}

/* A new mount only from a cgroup namespace: from the first one, mounting would also set the options
 * of the host's hierarchy ("nsdelegate" would be lost). */
int cgroup_mount_make(const struct build *build, const struct plan_mount *mount, struct error *err)
{
    struct plan_mount as_cgroup2 = *mount;
    as_cgroup2.fstype = "cgroup2";
    int tree = -EPERM;
    if (build_has_namespace(build, CLONE_NEWCGROUP)) {
        tree = filesystem_make(build, &as_cgroup2, -1, err);
        if (tree != -EPERM && tree != -EBUSY)
            return tree;
    }
    int given = mount_given_tree(build, mount);
    _cleanup_(close_fd) int bound =
        given >= 0 ? fcntl(given, F_DUPFD_CLOEXEC, 3) : host_cgroup_open(build);
    if (bound < 0) {
        error_sys(err, -bound, "bind the host's cgroup2 hierarchy");
        error_add_hint(
            err, "no cgroup2 mount was found on the host: tare needs one at /sys/fs/cgroup, or at "
                 "/sys/fs/cgroup/unified");
        return bound;
    }
    error_release(err);
    int r = mount_set_attributes(mount, bound, err);
    return r < 0 ? r : TAKE_FD(bound);
}
