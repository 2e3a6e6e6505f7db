/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "sys/mountinfo.h"

/* Where systemd and everyone after it mounts the hierarchy: alone, or beside the v1 hierarchies. */
static const char *const usual_places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

static int open_if_cgroup2(const char *path)
{
    _cleanup_(close_fd) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs fs;
    if (fd < 0 || fstatfs(fd, &fs) < 0)
        return -errno;
    return fs.f_type == CGROUP2_SUPER_MAGIC ? TAKE_FD(fd) : -EMEDIUMTYPE;
}

/* A mount that something else covers is as good as none. */
static bool take_if_usable(const char *mount_point, void *data)
{
    struct cgroup_host *host = data;
    int fd = open_if_cgroup2(mount_point);
    if (fd < 0)
        return false;
    host->mount_fd = fd;
    host->mount_path = strdup(mount_point);
    return true;
}

static int search_mount_table(struct cgroup_host *host, struct error *err)
{
    int r = mountinfo_visit("cgroup2", take_if_usable, host, err);
    if (r < 0)
        return error_wrap(err, "look for a cgroup2 mount, as there is none on %s", usual_places[0]);
    if (host->mount_fd >= 0 && !host->mount_path) {
        cgroup_host_release(host);
        return error_sys(err, ENOMEM, "look for a cgroup2 mount");
    }
    return 0;
}

int cgroup_host_open(struct cgroup_host *host, struct error *err)
{
    *host = CGROUP_HOST_INIT;
    for (size_t i = 0; i < ELEMENTSOF(usual_places); i++) {
        host->mount_fd = open_if_cgroup2(usual_places[i]);
        if (host->mount_fd < 0)
            continue;
        host->mount_path = strdup(usual_places[i]);
        if (host->mount_path)
            return 0;
        cgroup_host_release(host);
        return error_sys(err, ENOMEM, "open %s", usual_places[i]);
    }
    host->mount_fd = -1;

    return search_mount_table(host, err);
}

void cgroup_host_release(struct cgroup_host *host)
{
    if (!host)
        return;
    close_fd(&host->mount_fd);
    free_ptr(&host->mount_path);
}
