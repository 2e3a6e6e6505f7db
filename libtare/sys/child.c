/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/child.h"

#include <errno.h>

#include "base/fd.h"
#include "sys/process.h"

void child_report(int to, struct error *failure)
{
    /* What it owns is this process's, and does not travel. */
    failure->also = NULL;
    /* Less than PIPE_BUF: one piece, as it is read. */
    _exit(write(to, failure, sizeof(*failure)) == (ssize_t)sizeof(*failure) ? 1 : 2);
}

int child_hear(int from, struct error *err)
{
    struct error failure = ERROR_INIT;
    ssize_t n = fd_read(from, &failure, sizeof(failure));
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof(failure))
        return error_set(err, ECHILD, "a process that was to help has died");
    failure.also = NULL;
    int code = failure.code;
    error_move(err, &failure);
    return code > 0 ? -code : -ECHILD;
}

int child_run(uint64_t namespaces, int (*act)(void *data, struct error *err), void *data,
              struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(err, errno, "pipe");
    _cleanup_(close_fd) int from = ends[0];
    _cleanup_(close_fd) int to = ends[1];
    _cleanup_(close_fd) int pidfd = -1;
    pid_t pid = sys_clone3(namespaces, -1, &pidfd);
    if (pid < 0)
        return error_sys(err, -pid, "clone a process that is to help");
    if (pid == 0) {
        struct error failure = ERROR_INIT;
        if (act(data, &failure) < 0)
            child_report(to, &failure);
        _exit(0);
    }
    close_fd(&to);
    int r = child_hear(from, err);
    int status = 0;
    int waited = sys_pidfd_wait(pidfd, &status);
    if (r == 0 && (waited < 0 || status != 0))
        r = error_set(err, ECHILD, "a process that was to help has died");
    return r;
}
