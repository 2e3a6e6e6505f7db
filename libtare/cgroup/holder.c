/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/holder.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "cgroup/introduction.h"
#include "sys/process.h"

/* Keeps nothing of ours but its end of the socket pair. */
static _noreturn_ void hold(int socket, const struct systemd_addresses *addresses)
{
    char nothing;
    if (socket > 0)
        (void)sys_close_range(0, (unsigned)socket - 1);
    (void)sys_close_range((unsigned)socket + 1, UINT32_MAX);
    if (introduction_send(socket, addresses) < 0)
        _exit(1);
    (void)fd_read(socket, &nothing, 1);
    _exit(0);
}

int holder_start(struct holder *holder, const struct systemd_addresses *addresses,
                 struct error *err)
{
    int ends[2];
    *holder = HOLDER_INIT;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_sys(err, errno, "socketpair");
    _cleanup_(close_fd) int theirs = ends[0];
    holder->socket = ends[1];
    pid_t pid = sys_clone3(0, -1, &holder->pidfd);
    if (pid == 0)
        hold(theirs, addresses);
    if (pid < 0)
        return error_sys(err, -pid, "clone the process that holds the scope");
    holder->pid = pid;
    return 0;
}

void holder_end(struct holder *holder)
{
    int status;
    close_fd(&holder->socket);
    if (holder->pidfd < 0)
        return;
    (void)sys_pidfd_send_signal(holder->pidfd, SIGKILL);
    (void)sys_pidfd_wait(holder->pidfd, &status);
    close_fd(&holder->pidfd);
}
