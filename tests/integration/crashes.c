/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(crashes, TEST_SUITE);

/* A create that is killed with SIGKILL after each of its system calls in turn, from the one that makes the
 * container's directory on. Whatever was there by then, `delete --force` takes it away. */

enum { SYSCALL_STOP = SIGTRAP | 0x80, PARTS = 4 };

static void be_traced(const void *unused)
{
    (void)unused;
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* Let the process run to the next stop at a system call; false when it has ended. */
static bool next_stop(pid_t pid)
{
    int signal = 0, status;

    do {
        ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal);
        if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
            return false;
        signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    } while (WSTOPSIG(status) != SYSCALL_STOP);
    return true;
}

static bool at_mkdir(pid_t pid, bool *exit)
{
    static bool is_mkdir;
    struct __ptrace_syscall_info info;

    cr_assert_gt(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info), 0);
    *exit = info.op == PTRACE_SYSCALL_INFO_EXIT;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        is_mkdir = info.entry.nr == SYS_mkdirat;
#ifdef SYS_mkdir
        is_mkdir |= info.entry.nr == SYS_mkdir;
#endif
    }
    return is_mkdir;
}

/* Kill it after `n` system calls more than the first mkdir; false when it ends before. */
static bool kill_after(pid_t pid, int n)
{
    int status, done = -1;

    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSTOPPED(status));
    cr_assert_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL,
                        (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
                 0);
    while (next_stop(pid)) {
        bool exit, mkdir = at_mkdir(pid, &exit);

        if (!exit || (done < 0 && !mkdir))
            continue;
        if (++done < n)
            continue;
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status) && !WIFEXITED(status))
            continue;
        return true;
    }
    return false;
}

static void sweep(int part, bool mount_namespace)
{
    static const struct setting traced = {.prepare = be_traced};
    struct bundle *bundle = bundle_new();
    struct result *result, *deletion;
    bool killed = true;
    int n;

    if (!mount_namespace) {
        bundle_remove_namespace(bundle, "mount");
        bundle_set(bundle, "/linux/maskedPaths", "[]");
        bundle_set(bundle, "/linux/readonlyPaths", "[]");
    }
    bundle_write(bundle);
    for (n = part; killed; n += PARTS) {
        pid_t pid =
            tare_start(&traced, &result, "create", "--bundle", bundle->path, bundle->id, NULL);

        killed = kill_after(pid, n);
        deletion = tare("delete", "--force", bundle->id, NULL);
        cr_assert_eq(deletion->status, 0, "after %d system calls: %s", n, deletion->err);
        assert_nothing_left();
        cr_assert_lt(n, 2000);
    }
    cr_assert_gt(n, 40, "only %d system calls", n);
}

Test(crashes, nothing_is_left_after_a_kill_1)
{
    sweep(0, true);
}

Test(crashes, nothing_is_left_after_a_kill_2)
{
    sweep(1, true);
}

Test(crashes, nothing_is_left_after_a_kill_3)
{
    sweep(2, true);
}

Test(crashes, nothing_is_left_after_a_kill_4)
{
    sweep(3, true);
}

/* The root is a mount in our own namespace then, which no end of a process takes away. */
Test(crashes, nothing_is_left_without_a_mount_namespace_1)
{
    sweep(0, false);
}

Test(crashes, nothing_is_left_without_a_mount_namespace_2)
{
    sweep(1, false);
}

Test(crashes, nothing_is_left_without_a_mount_namespace_3)
{
    sweep(2, false);
}

Test(crashes, nothing_is_left_without_a_mount_namespace_4)
{
    sweep(3, false);
}

/* With directories above that are made, too. The second half of a create is the same as before. */
static void sweep_nested(int part)
{
    struct bundle *bundle = bundle_new();
    static const struct setting traced = {.prepare = be_traced};

    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-above/middle/leaf\"", test_prefix());
    bundle_write(bundle);
    for (int n = part; n < 40; n += PARTS) {
        struct result *result;
        pid_t pid =
            tare_start(&traced, &result, "create", "--bundle", bundle->path, bundle->id, NULL);

        cr_assert(kill_after(pid, n));
        assert_status(tare("delete", "--force", bundle->id, NULL), 0);
        assert_nothing_left();
    }
}

Test(crashes, nothing_is_left_of_cgroups_above_1)
{
    sweep_nested(0);
}

Test(crashes, nothing_is_left_of_cgroups_above_2)
{
    sweep_nested(1);
}

Test(crashes, nothing_is_left_of_cgroups_above_3)
{
    sweep_nested(2);
}

Test(crashes, nothing_is_left_of_cgroups_above_4)
{
    sweep_nested(3);
}

Test(crashes, a_cgroup_that_was_there_stays)
{
    const char *path = text_format("/sys/fs/cgroup/%s-there", test_prefix());
    struct bundle *bundle = bundle_new();
    static const struct setting traced = {.prepare = be_traced};

    cr_assert_eq(mkdir(path, 0755), 0);
    host_snapshot();
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-there\"", test_prefix());
    bundle_write(bundle);
    /* Behind the mkdir that finds it there, and the note of that. */
    for (int n = 20; n < 40; n += PARTS) {
        struct result *result;
        pid_t pid =
            tare_start(&traced, &result, "create", "--bundle", bundle->path, bundle->id, NULL);

        cr_assert(kill_after(pid, n));
        assert_status(tare("delete", "--force", bundle->id, NULL), 0);
        assert_nothing_left();
    }
    cr_assert_eq(rmdir(path), 0);
    host_snapshot();
}
