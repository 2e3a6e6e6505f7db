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
 * execve ends the second thread, if it has not ended by itself. */

#define PENDING (-1)
#define FAILED  (-2)

struct handover {
    int channel;
    bool is_scheduled;       /* the process has a scheduling policy of its own */
    atomic_bool ready, done; /* set by the second thread */
    atomic_int listener;     /* set by the first */
};

/* The second thread; it shares errno with the first, which makes no call meanwhile. */
static int hand_over(void *data)
{
    struct handover *handover = data;
    /* Real time would be spent on waiting for each other where there is one processor. */
    if (handover->is_scheduled)
        (void)sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
    atomic_store(&handover->ready, true);
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

static int load_notifying(const struct build *build, struct error *err)
{
    static _Alignas(16) char stack[64 * 1024];
    static struct handover handover;
    handover.channel = build->channel;
    handover.is_scheduled = build->plan->process.scheduler;
    handover.listener = PENDING;
    if (clone(hand_over, stack + sizeof(stack),
              CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
              &handover) < 0) {
        int r = error_sys(err, errno, "make the thread that hands the seccomp listener over");
        if (r == -EAGAIN)
            error_add_hint(err, "it needs one process more than the program: see the limits on "
                                "processes (pids, RLIMIT_NPROC), and SCHED_DEADLINE allows none");
        return r;
    }
    while (!atomic_load(&handover.ready))
        sched_yield();
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
