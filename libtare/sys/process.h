/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Processes by system call: what glibc has no wrapper for, or wraps in more than we want. All
 * return the result or -errno. */

/* A child with fork semantics: 0 in the child, its pid in the parent. `*ret_pidfd` gets a CLOEXEC
 * pidfd. `cgroup_fd` >= 0 puts the child there (CLONE_INTO_CGROUP, Linux 5.7). SIGCHLD on exit. No
 * atfork handlers run: the child of a multi-threaded program may only do what is async-signal-safe.
 */
pid_t sys_clone3(uint64_t flags, int cgroup_fd, int *ret_pidfd);

int sys_pidfd_open(pid_t pid, unsigned flags);
int sys_pidfd_send_signal(int pidfd, int signal);
int sys_pidfd_getfd(int pidfd, int fd);

/* waitid(P_PIDFD) until the child is gone: its status as from waitpid. */
int sys_pidfd_wait(int pidfd, int *ret_status);

/* Close fds first..last, or only mark them close-on-exec. */
int sys_close_range(unsigned first, unsigned last);
int sys_cloexec_range(unsigned first, unsigned last);

struct process_stat { /* of /proc/PID/stat */
    char state;       /* 'R', 'S', 'Z' ... */
    pid_t parent;
    uint64_t start_time;
};

/* `text` is changed: 0, or -EIO when it is no such file. */
int process_stat_parse(char *text, struct process_stat *ret);
int process_stat_read(pid_t pid, struct process_stat *ret);

/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat): with the pid, the
 * identity of a process. */
int process_start_time(pid_t pid, uint64_t *ret);

/* Is the process with this pid and start time there, and no zombie? 1, 0 or -errno. */
int process_is_alive(pid_t pid, uint64_t start_time);
