/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/parse.h"

pid_t sys_clone3(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
    int pidfd = -1;
    struct clone_args args = {
        .flags = flags,
        /* A sibling in place of a child ends with the signal that its parent's child has. */
        .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
    };
    if (ret_pidfd) {
        args.flags |= CLONE_PIDFD;
        args.pidfd = (uint64_t)(uintptr_t)&pidfd;
    }
    if (cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup_fd;
    }
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid < 0)
        return -errno;
    if (pid > 0 && ret_pidfd)
        *ret_pidfd = pidfd;
    return (pid_t)pid;
}

int sys_pidfd_open(pid_t pid, unsigned flags)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, flags);
    return fd < 0 ? -errno : fd;
}

int sys_pidfd_send_signal(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int sys_pidfd_getfd(int pidfd, int fd)
{
    int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    return copy < 0 ? -errno : copy;
}

int sys_pidfd_wait(int pidfd, int *ret_status)
{
    siginfo_t info = {0};
    int r;
    do {
        r = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
    } while (r < 0 && errno == EINTR);
    if (r < 0)
        return -errno;
    *ret_status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status;
    return 0;
}

int sys_close_range(unsigned first, unsigned last)
{
    return syscall(SYS_close_range, first, last, 0) < 0 ? -errno : 0;
}

int sys_cloexec_range(unsigned first, unsigned last)
{
    return syscall(SYS_close_range, first, last, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

int process_stat_parse(char *text, struct process_stat *ret)
{
    /* The command name may hold anything, ')' included: fields are counted from the last one. */
    char *field = strrchr(text, ')');
    if (!field || field[1] != ' ' || !field[2] || field[3] != ' ')
        return -EIO;
    ret->state = field[2];
    ret->parent = (pid_t)strtol(field + 3, NULL, 10);
    for (int i = 2; field && i < 22; i++) {
        field = strchr(field + 1, ' ');
    }
    if (!field)
        return -EIO;
    field++;
    field[strcspn(field, " \n")] = '\0';
    return parse_u64(field, &ret->start_time) < 0 ? -EIO : 0;
}

int process_stat_read(pid_t pid, struct process_stat *ret)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    if (n <= 0)
        return n < 0 ? -errno : -ESRCH;
    text[n] = '\0';
    return process_stat_parse(text, ret);
}

int process_start_time(pid_t pid, uint64_t *ret)
{
    struct process_stat stat = {0};
    int r = process_stat_read(pid, &stat);
    if (r == 0)
        *ret = stat.start_time;
    return r;
}

int process_is_alive(pid_t pid, uint64_t start_time)
{
    struct process_stat stat = {0};
    int r = pid > 0 ? process_stat_read(pid, &stat) : -ENOENT;
    if (r == -ENOENT || r == -ESRCH)
        return 0;
    if (r < 0)
        return r;
    return stat.start_time == start_time && stat.state != 'Z' && stat.state != 'X';
}
