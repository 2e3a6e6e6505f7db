/* SPDX-License-Identifier: Apache-2.0 */
#include "container/host.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#include "base/fd.h"

/* "NAME:\tNUMBER" of /proc/self/status, proc(5). */
static uint64_t status_number(const char *status, const char *name, int base)
{
    const char *line = strstr(status, name);
    return line ? strtoull(line + strlen(name), NULL, base) : 0;
}

/* The initial user namespace has this inode number on every kernel (PROC_USER_INIT_INO). */
bool host_in_user_namespace(void)
{
    char name[64];
    ssize_t n = readlink("/proc/self/ns/user", name, sizeof(name) - 1);
    if (n < 0)
        return false;
    name[n] = '\0';
    return strcmp(name, "user:[4026531837]") != 0;
}

static int last_capability(void)
{
    int last = CAP_LAST_CAP;
    /* Our headers and the running kernel are of different ages, one way or the other. */
    while (last > 0 && prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
        last--;
    while (last < 63 && prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
        last++;
    return last;
}

int host_facts_gather(struct host_facts *facts, struct error *err)
{
    _cleanup_(close_fd) int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    char status[4096];
    ssize_t n = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);
    if (n < 0) {
        int r = error_sys(err, errno, "read /proc/self/status");
        error_add_hint(err, "tare needs /proc");
        return r;
    }
    status[n] = '\0';
    *facts = (struct host_facts){
        .euid = geteuid(),
        .egid = getegid(),
        .in_user_namespace = host_in_user_namespace(),
        .cap_effective = status_number(status, "\nCapEff:\t", 16),
        .cap_bounding = status_number(status, "\nCapBnd:\t", 16),
        .last_cap = last_capability(),
        .umask = (mode_t)status_number(status, "\nUmask:\t", 8),
        .ignored_signals = status_number(status, "\nSigIgn:\t", 16),
    };
    return 0;
}

static bool has_text(const char *text)
{
    return text && text[0];
}

static bool apparmor_is_on(void)
{
    _cleanup_(close_fd) int fd =
        open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
    char answer = 'N';
    return fd >= 0 && read(fd, &answer, 1) == 1 && answer == 'Y';
}

static bool selinux_is_on(void)
{
    struct statfs fs;
    return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

void host_facts_of_labels(struct host_facts *facts, const struct spec *spec)
{
    const struct process *process = spec->process;
    const struct linux_section *section = spec->linux_section;
    if (process && has_text(process->apparmor_profile))
        facts->apparmor = apparmor_is_on();
    if ((process && has_text(process->selinux_label)) ||
        (section && has_text(section->mount_label)))
        facts->selinux = selinux_is_on();
}
