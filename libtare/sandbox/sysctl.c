/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

int build_proc(struct build *build, struct error *err)
{
    if (build->proc >= 0)
        return 0;
    const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    _cleanup_(close_fd) int proc = filesystem_make_plain("proc", NULL, attributes);
    /* A user namespace below a masked /proc may not make one. The host's is still in sight, and no
     * image has a say in it. */
    if (proc == -EPERM)
        proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return error_sys(err, -proc, "make a private procfs");
    struct statfs fs;
    if (fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
        return error_set(err, ENODEV, "/proc is not a procfs");
    build->proc = TAKE_FD(proc);
    return 0;
}

static int write_sysctl(int sys, const struct plan_sysctl *sysctl, struct error *err)
{
    struct open_how how = {
        .flags = O_WRONLY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };
    _cleanup_(close_fd) int fd = sys_openat2(sys, sysctl->path, &how);
    int r = fd < 0 ? fd : 0;
    if (r == 0 && write(fd, sysctl->value, strlen(sysctl->value)) < 0)
        r = -errno;
    if (r == 0)
        return 0;
    error_sys(err, -r, "write \"%s\" to the sysctl %s", sysctl->value, sysctl->path);
    error_add_where(err, "%s", sysctl->where);
    if (r == -ENOENT)
        error_add_hint(err, "this kernel has no such sysctl");
    if (r == -EINVAL)
        error_add_hint(err, "the kernel does not take this value");
    return r;
}

int sysctls_write(struct build *build, struct error *err)
{
    if (build->plan->n_sysctls == 0)
        return 0;
    int r = build_proc(build, err);
    if (r < 0)
        return r;
    _cleanup_(close_fd) int sys =
        openat(build->proc, "sys", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (sys < 0)
        return error_sys(err, errno, "open /proc/sys");
    for (size_t i = 0; i < build->plan->n_sysctls; i++) {
        r = write_sysctl(sys, &build->plan->sysctls[i], err);
        if (r < 0)
            return r;
    }
    return 0;
}

int hostname_set(const struct build *build, struct error *err)
{
    const char *hostname = build->plan->hostname;
    const char *domainname = build->plan->domainname;
    if (hostname && sethostname(hostname, strlen(hostname)) < 0) {
        error_sys(err, errno, "set the host name \"%s\"", hostname);
        error_add_where(err, "/hostname");
        return -EINVAL;
    }
    if (domainname && setdomainname(domainname, strlen(domainname)) < 0) {
        error_sys(err, errno, "set the domain name \"%s\"", domainname);
        error_add_where(err, "/domainname");
        return -EINVAL;
    }
    return 0;
}
