/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"

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

/* Undo the \040 that /proc/self/mountinfo writes for blanks and the like, in place. */
static void unescape_octal(char *text)
{
    char *to = text;
    for (const char *p = text; *p;) {
        bool escaped = p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
                       p[3] >= '0' && p[3] <= '7';
        if (escaped) {
            *to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            p += 4;
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
}

/* The mount point of the first line whose filesystem type is cgroup2. A line of mountinfo reads
 * "31 23 0:28 ROOT MOUNTPOINT OPTIONS [FIELDS...] - TYPE SOURCE OPTIONS", proc(5). */
static char *mount_point_of_cgroup2(char *mountinfo)
{
    char *rest = mountinfo;
    for (char *line; (line = strsep(&rest, "\n"));) {
        const char *type = strstr(line, " - ");
        if (!type || strncmp(type, " - cgroup2 ", strlen(" - cgroup2 ")) != 0)
            continue;
        char *fields = line;
        char *point = NULL;
        for (int i = 0; i < 5; i++) {
            point = strsep(&fields, " ");
        }
        if (!point)
            continue;
        unescape_octal(point);
        return point;
    }
    return NULL;
}

static int search_mountinfo(struct cgroup_host *host)
{
    _cleanup_(free_ptr) char *mountinfo = NULL;
    int r = file_read(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &mountinfo, NULL);
    if (r < 0)
        return r;
    const char *point = mount_point_of_cgroup2(mountinfo);
    if (!point)
        return 0;
    int fd = open_if_cgroup2(point);
    /* A mount that something else covers is as good as none. */
    if (fd < 0)
        return 0;
    host->mount_fd = fd;
    host->mount_path = strdup(point);
    return host->mount_path ? 0 : -ENOMEM;
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

    int r = search_mountinfo(host);
    if (r < 0) {
        cgroup_host_release(host);
        return error_sys(err, -r, "look for a cgroup2 mount in /proc/self/mountinfo");
    }
    return 0;
}

void cgroup_host_release(struct cgroup_host *host)
{
    if (!host)
        return;
    close_fd(&host->mount_fd);
    free_ptr(&host->mount_path);
}
