/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "sandbox/build.h"

/* The seccomp filter, which is on from the moment it is loaded: nothing but execve may follow.
 *
 * A filter with SCMP_ACT_NOTIFY has a listener, and until an agent has it, whatever call the filter
 * notifies of is never answered. So the calls that hand it over are not made by the filtered thread
 * but by a second one, which was there before: a filter holds for the thread that loads it. The
 * first one waits without a call, and any profile will do, even one that notifies by default.
 * execve ends the second thread, if it has not ended by itself.
 *
 * Waiting without a call is spinning, and whoever spins in real time may keep from its processor
 * just those it waits for. Such a process asks to be scheduled like others meanwhile. It cannot do
 * that itself, since the way back takes privileges that it may not have any more. */

#define PENDING (-1)
#define FAILED  (-2)

struct handover {
    int channel;
    atomic_int listener; /* set by the first thread */
    atomic_bool done;    /* set by the second */
};

/* The second thread. It has errno in common with the first, which reads it when loading fails:
 * until then it makes no call that could fail. */
static int hand_over(void *data)
{
    struct handover *handover = data;
    int listener;
    while ((listener = atomic_load(&handover->listener)) == PENDING)
        sched_yield();
    if (listener == FAILED)
        return 0;
    struct channel_message answer;
    if (channel_send(handover->channel, MESSAGE_SECCOMP_LISTENER, listener) < 0 ||
        channel_receive(handover->channel, &answer, NULL) < 0 || answer.type != MESSAGE_GO)
        syscall(SYS_exit_group, 1);
    /* Ours would be open until execve, and while it is, nobody learns that the agent is gone. */
    close(listener);
    atomic_store(&handover->done, true);
    return 0;
}

static bool is_real_time(void)
{
    int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    return policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE;
}

static int load_notifying(const struct build *build, struct error *err)
{
    static _Alignas(16) char stack[64 * 1024];
    static struct handover handover = {.listener = PENDING};
    handover.channel = build->channel;
    int r = is_real_time() ? build_ask(build, MESSAGE_REAL_TIME, err) : 0;
    if (r < 0)
        return r;
    if (clone(hand_over, stack + sizeof(stack),
              CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
              &handover) < 0) {
        r = error_sys(err, errno, "make the thread that hands the seccomp listener over");
        if (r == -EAGAIN)
            error_add_hint(err, "it needs one process more than the program: see the limits on "
                                "processes (pids, RLIMIT_NPROC)");
        return r;
    }
    int listener = seccomp_program_load(build->sandbox->seccomp, err);
    atomic_store(&handover.listener, listener < 0 ? FAILED : listener);
    if (listener < 0)
        return listener;
    while (!atomic_load(&handover.done))
        ;
    return 0;
}

int filter_load(const struct build *build, struct error *err)
{
    const struct seccomp_program *program = build->sandbox->seccomp;
    if (!program)
        return 0;
    int r = program->notifies ? load_notifying(build, err) : seccomp_program_load(program, err);
    if (r < 0)
        error_add_where(err, "/linux/seccomp");
    return r;
}
