/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

/* The labels under which the program will run, handed to the kernel before execve: it takes them over
 * with the program. The files to write are in procfs, and whoever could make us write to others would
 * run unconfined (CVE-2019-16884, CVE-2023-27561, CVE-2025-52881): they are looked up in a procfs that
 * is mounted nowhere, and never across a mount. */

int labels_prepare(struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    /* While the host's /proc is still in sight, for where none can be made. */
    return process->apparmor_profile || process->selinux_label ? build_proc(build, err) : 0;
}

/* An fd of /proc/self/attr/NAME below `proc`, or -errno. */
static int attribute_open(int proc, const char *name, int flags)
{
    char path[64];
    struct open_how how = {
        .flags = (unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    snprintf(path, sizeof(path), "self/attr/%s", name);
    _cleanup_(close_fd) int fd = sys_openat2(proc, path, &how);
    struct statfs fs;
    if (fd >= 0 && (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
        return -ENODEV;
    return TAKE_FD(fd);
}

static int write_below(int proc, const char *name, const char *text, size_t length)
{
    _cleanup_(close_fd) int fd = attribute_open(proc, name, O_WRONLY);
    if (fd < 0)
        return fd;
    return write(fd, text, length) < 0 ? -errno : 0;
}

/* AppArmor, when we are confined ourselves, judges files by their path, and one in a procfs that is
 * mounted nowhere has a strange one: then the container's own has to do, if it is one. */
static int write_attribute(const struct build *build, const char *name, const char *text)
{
    int r = write_below(build->proc, name, text, strlen(text));
    if (r != -EACCES)
        return r;
    _cleanup_(close_fd) int proc = open_in_root(build->root, "/proc", O_PATH | O_DIRECTORY, 0);
    struct statfs fs;
    if (proc < 0 || fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
        return r;
    return write_below(proc, name, text, strlen(text));
}

/* ---- AppArmor ---- */

#define APPARMOR_DIRECTORY                                                                         \
    "apparmor/" /* Linux 5.8; before, and with AppArmor alone, none is needed */

static bool is_confined(const struct build *build)
{
    char label[16];
    _cleanup_(close_fd) int fd =
        attribute_open(build->proc, APPARMOR_DIRECTORY "current", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, label, sizeof(label) - 1);
    if (n <= 0)
        return false;
    label[n] = '\0';
    return strncmp(label, "unconfined", strlen("unconfined")) != 0;
}

static int apparmor_set(struct build *build, const char *profile, struct error *err)
{
    /* No new privileges means to the kernel that a confined process can only be confined further. */
    bool stack = build->plan->process.no_new_privileges && is_confined(build);
    const char *text = arena_printf(&build->arena, "%s %s", stack ? "stack" : "exec", profile);
    if (!text)
        return error_sys(err, ENOMEM, "set the AppArmor profile");
    _cleanup_(close_fd) int own = attribute_open(build->proc, APPARMOR_DIRECTORY "exec", O_RDONLY);
    int r = write_attribute(build, own == -ENOENT ? "exec" : APPARMOR_DIRECTORY "exec", text);
    if (r == 0)
        return 0;
    error_sys(err, -r, "set the AppArmor profile %s", profile);
    error_add_where(err, "/process/apparmorProfile");
    if (r == -ENOENT)
        error_add_hint(err, "is it loaded? see /sys/kernel/security/apparmor/profiles, and "
                            "apparmor_parser(8)");
    if (r == -EACCES || r == -EPERM)
        error_add_hint(err, "the profile that confines tare itself does not allow the change");
    return r;
}

/* ---- SELinux ---- */

static int selinux_set(const struct build *build, const char *label, struct error *err)
{
    int r = write_attribute(build, "exec", label);
    if (r == 0)
        return 0;
    error_sys(err, -r, "set the SELinux label %s", label);
    error_add_where(err, "/process/selinuxLabel");
    if (r == -EINVAL)
        error_add_hint(err, "the loaded policy does not know it");
    if (r == -EACCES)
        error_add_hint(err, "the policy does not allow tare to set it (setexec)");
    return r;
}

int labels_set(struct build *build, struct error *err)
{
    const struct plan_process *process = &build->plan->process;
    int r = process->apparmor_profile ? apparmor_set(build, process->apparmor_profile, err) : 0;
    if (r == 0 && process->selinux_label)
        r = selinux_set(build, process->selinux_label, err);
    return r;
}
