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

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

int hold_ending(struct hold *held, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < ELEMENTSOF(ending); i++)
        sigaddset(&set, ending[i]);
    return hold(held, &set, err);
}

int hold_all(struct hold *held, bool exits, struct error *err)
{
    /* SIGTTIN and SIGTTOU are about our own use of the terminal. Faults end us although they are held: the
     * kernel sees to that. */
    static const int others[] = {SIGCHLD, SIGTTIN, SIGTTOU, SIGURG};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < ELEMENTSOF(others); i++)
        sigdelset(&set, others[i]);
    held->exits = exits;
    return hold(held, &set, err);
}

static int read_next(const struct hold *held)
{
    struct signalfd_siginfo info;
    if (held->fd < 0)
        return 0;
    ssize_t n = read(held->fd, &info, sizeof(info));
    return n == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

int hold_next(struct hold *held)
{
    if (held->kept == 0)
        return read_next(held);
    int signal = __builtin_ctzll(held->kept) + 1;
    held->kept &= held->kept - 1;
    return signal;
}

int hold_next_ending(struct hold *held)
{
    int signal;
    while ((signal = read_next(held)) > 0) {
        for (size_t i = 0; i < ELEMENTSOF(ending); i++)
            if (signal == ending[i])
                return signal;
        held->kept |= UINT64_C(1) << (signal - 1);
    }
    return 0;
}

void hold_release(struct hold *held)
{
    if (held->fd < 0)
        return;
    while (held->over && read_next(held) > 0)
        ;
    close_fd(&held->fd);
    if (!held->over || !held->exits)
        pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
