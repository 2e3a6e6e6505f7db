/* SPDX-License-Identifier: Apache-2.0 */
#include "container/hold.h"

#include <errno.h>
#include <sys/signalfd.h>

#include "base/fd.h"

static int hold(struct hold *held, const sigset_t *set, struct error *err)
{
    held->fd = -1;
    int r = pthread_sigmask(SIG_BLOCK, set, &held->before);
    if (r != 0)
        return error_sys(err, r, "hold back signals");
    held->fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (held->fd < 0) {
        r = error_sys(err, errno, "signalfd");
        pthread_sigmask(SIG_SETMASK, &held->before, NULL);
        return r;
    }
    return 0;
}

int hold_ending(struct hold *held, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ELEMENTSOF(signals); i++)
        sigaddset(&set, signals[i]);
    return hold(held, &set, err);
}

int hold_all(struct hold *held, struct error *err)
{
    /* SIGTTIN and SIGTTOU are about our own use of the terminal. Faults end us although they are held: the
     * kernel sees to that. */
    static const int others[] = {SIGCHLD, SIGTTIN, SIGTTOU, SIGURG};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < ELEMENTSOF(others); i++)
        sigdelset(&set, others[i]);
    return hold(held, &set, err);
}

int hold_next(const struct hold *held)
{
    struct signalfd_siginfo info;
    if (held->fd < 0)
        return 0;
    ssize_t n = read(held->fd, &info, sizeof(info));
    return n == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

void hold_release(struct hold *held)
{
    if (held->fd < 0)
        return;
    close_fd(&held->fd);
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
