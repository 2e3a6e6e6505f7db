/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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
 * Waiting without a call is touching a page that userfaultfd(2) keeps back: that sleeps, and takes
 * the processor from nobody, in real time either. Where there is no userfaultfd it is spinning. */

#define PENDING (-1)
#define FAILED  (-2)

struct handover {
    int channel;
    int barrier;         /* a userfaultfd: who touches `page` sleeps until it is closed; or -1 */
    const char *page;    /* NULL: there is none */
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
    close_fd(&handover->barrier);
    return 0;
}

/* Nothing to report when there is none: kernels can be built without, and a filter of our caller
 * may forbid it. */
static void barrier_make(struct handover *handover)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    _cleanup_(close_fd) int fd =
        (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY); /* Linux 5.11 */
    if (fd < 0)
        return;
    void *page = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register kept = {
        .range = {.start = (uintptr_t)page, .len = size},
        .mode = UFFDIO_REGISTER_MODE_MISSING,
    };
    if (ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &kept) < 0)
        return;
    handover->page = page;
    handover->barrier = TAKE_FD(fd);
}

static void await(const struct handover *handover)
{
    while (!atomic_load(&handover->done))
        if (handover->page)
            (void)*(const volatile char *)handover->page;
}

/* The kernel lets nobody under SCHED_DEADLINE make a thread unless that is a normal one. To be
 * allowed takes privileges that we may not have any more. */
static int ask_for_thread(const struct build *build, struct error *err)
{
    /* With SCHED_RESET_ON_FORK it is another number. */
    if (sched_getscheduler(0) != SCHED_DEADLINE)
        return 0;
    return build_ask(build, MESSAGE_WANT_THREAD, err);
}

static int load_notifying(const struct build *build, struct error *err)
{
    static _Alignas(16) char stack[64 * 1024];
    static struct handover handover = {.barrier = -1, .listener = PENDING};
    handover.channel = build->channel;
    int r = ask_for_thread(build, err);
    if (r < 0)
        return r;
    barrier_make(&handover);
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
    await(&handover);
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
