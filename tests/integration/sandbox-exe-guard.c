/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/exe_guard.h: the running program cannot be written through /proc/PID/exe, and runs on. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/exe_guard.h"
#include "sys/mount_api.h"

TestSuite(exe_guard, .timeout = 300);

/* Kept in .data and in .bss, to see that they survive the exchange of the pages under them. */
static int initialised = 41;
static int zeroed;

static const char *own_path(void)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    return n < 0 ? "" : path;
}

/* Runs in a child, which guards itself, says so, and then lets the test look at it. */
struct subject {
    pid_t pid;
    int said;    /* read end: the result of exe_guard(), an int */
    int release; /* write end: one byte lets it go on */
};

static struct subject subject_start(int namespaces, enum exe_guard_mount mount)
{
    int said[2], release[2];
    cr_assert_eq(pipe(said), 0);
    cr_assert_eq(pipe(release), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        struct error err = ERROR_INIT;
        char byte;
        int r = unshare(namespaces) < 0 ? -errno : 0;
        if (r == 0)
            r = exe_guard(own_path(), mount, &err);
        if (r < 0)
            fprintf(stderr, "guard: %s: %s\n", err.text, strerror(-r));
        initialised++;
        zeroed = initialised;
        if (write(said[1], &r, sizeof(r)) != sizeof(r) || read(release[0], &byte, 1) != 1)
            _exit(1);
        /* The program goes on: its code, its data, its heap, the C library. */
        char *heap = malloc(300000);
        char text[32];
        snprintf(text, sizeof(text), "%d", zeroed);
        int good = heap && strtol(text, NULL, 10) == 42 && initialised == 42;
        free(heap);
        _exit(good ? 0 : 2);
    }
    close(said[1]);
    close(release[0]);
    return (struct subject){.pid = pid, .said = said[0], .release = release[1]};
}

static int subject_result(const struct subject *subject)
{
    int r = -EIO;
    cr_assert_eq(read(subject->said, &r, sizeof(r)), sizeof(r));
    return r;
}

static void subject_end(struct subject *subject)
{
    int status = -1;
    cr_assert_eq(write(subject->release, "x", 1), 1);
    cr_assert_eq(waitpid(subject->pid, &status, 0), subject->pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0,
              "the program did not go on: status %#x", status);
    close(subject->said);
    close(subject->release);
}

static int open_exe(const struct subject *subject, int flags)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)subject->pid);
    int fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Would the mount of this file let somebody write? Opening for writing cannot tell here: this very
 * program runs from the same inode, which is refused with ETXTBSY before the mount is asked.
 * Setting the mode that the file has anyway needs the same permission of the mount. */
static int try_to_write(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    return fchmod(fd, st.st_mode & 07777) < 0 ? -errno : 0;
}

/* What CVE-2019-5736 needs: hold the file open while the program runs, and write when it is gone.
 */
static int hold_exe(const struct subject *subject)
{
    int fd = open_exe(subject, O_RDONLY);
    cr_assert_geq(fd, 0);
    struct stat held, ours;
    cr_assert_eq(fstat(fd, &held), 0);
    cr_assert_eq(stat("/proc/self/exe", &ours), 0);
    cr_assert_eq(held.st_ino, ours.st_ino);
    return fd;
}

static void assert_not_writable(int fd)
{
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
    cr_assert_eq(try_to_write(fd), -EROFS);
    cr_assert_eq(sys_mount_setattr(fd, "", AT_EMPTY_PATH, &writable), -EINVAL);
    cr_assert_eq(sys_open_tree(fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH), -EINVAL);
    cr_assert_eq(try_to_write(fd), -EROFS);
}

static void assert_command_line_readable(const struct subject *subject)
{
    char path[64], ours[4096] = "", theirs[4096] = "";
    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)subject->pid);
    int fd = open(path, O_RDONLY);
    cr_assert_gt(read(fd, theirs, sizeof(theirs) - 1), 0);
    close(fd);
    fd = open("/proc/self/cmdline", O_RDONLY);
    cr_assert_gt(read(fd, ours, sizeof(ours) - 1), 0);
    close(fd);
    cr_assert_str_eq(theirs, ours);
}

static void check_protection(int namespaces)
{
    struct subject subject = subject_start(namespaces, EXE_GUARD_OWN_MOUNT);
    cr_assert_eq(subject_result(&subject), 0);
    cr_assert_lt(open_exe(&subject, O_WRONLY), 0);
    int fd = hold_exe(&subject);
    assert_command_line_readable(&subject);
    subject_end(&subject);
    assert_not_writable(fd);
    close(fd);
}

Test(exe_guard, the_binary_cannot_be_written)
{
    check_protection(0);
}

Test(exe_guard, works_in_a_new_mount_namespace)
{
    check_protection(CLONE_NEWNS);
}

Test(exe_guard, works_in_a_new_user_namespace)
{
    check_protection(CLONE_NEWUSER | CLONE_NEWNS);
}

/* Before the caller has taken the mounts down; and a proof that the other tests can fail. */
Test(exe_guard, the_old_root_does_not_protect_by_itself)
{
    struct subject subject = subject_start(CLONE_NEWNS, EXE_GUARD_OLD_ROOT);
    cr_assert_eq(subject_result(&subject), 0);
    int fd = hold_exe(&subject);
    subject_end(&subject);
    cr_assert_eq(try_to_write(fd), 0);
    close(fd);
}

Test(exe_guard, a_kernel_that_refuses_is_told_apart)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        /* Without capabilities the kernel refuses the clone of the mount. */
        struct error err = ERROR_INIT;
        if (syscall(SYS_setresuid, 65534, 65534, 65534) < 0)
            _exit(3);
        int r = exe_guard(own_path(), EXE_GUARD_OWN_MOUNT, &err);
        _exit(r == -EPERM && err.kind == ERROR_UNPROTECTED ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0);
}

Test(exe_guard, a_binary_on_a_read_only_mount_needs_no_guard)
{
    cr_assert_eq(exe_is_sealed(), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        struct error err = ERROR_INIT;
        if (exe_guard(own_path(), EXE_GUARD_OWN_MOUNT, &err) < 0)
            _exit(1);
        _exit(exe_is_sealed() == 1 ? 0 : 2);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0);
}
