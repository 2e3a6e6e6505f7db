/* SPDX-License-Identifier: Apache-2.0 */

/* Entry of the test programs: a pid namespace in which Criterion and everything it starts live and
 * die. */

#include <criterion/criterion.h>
#include <criterion/options.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77 }; /* automake's */

/* ---- limits of time, which are for what hangs ---- */

static void limit_stretch(struct criterion_test_extra_data *data, double patience)
{
    if (data != NULL)
        data->timeout *= patience;
}

static void suite_stretch(const struct criterion_suite_set *set, double patience)
{
    limit_stretch(set->suite.data, patience);
    FOREACH_SET (const struct criterion_test *test, set->tests)
        limit_stretch(test->data, patience);
}

/* On an emulated processor everything takes many times as long. */
static void limits_stretch(const struct criterion_test_set *tests)
{
    const char *patience = getenv("TARE_TEST_PATIENCE");

    if (patience == NULL)
        return;
    FOREACH_SET (const struct criterion_suite_set *set, tests->suites)
        suite_stretch(set, strtod(patience, NULL));
}

/* ---- running ---- */

static int tests_run(int argc, char *argv[])
{
    struct criterion_test_set *tests = criterion_initialize();
    int result = 0;

    limits_stretch(tests);
    criterion_options.jobs = 2;
    if (criterion_handle_args(argc, argv, true))
        result = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return result;
}

/* The next process gets the number that the namespace has on this machine. Criterion names its socket in
 * /tmp after its own process, and would be process 1 in each program that runs at the same time. A kernel without
 * CONFIG_CHECKPOINT_RESTORE does not let one choose: there, programs run one after the other. */
static int pid_choose(void)
{
    struct stat namespace;
    FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "we");

    if (file == NULL)
        return 0;
    if (stat("/proc/self/ns/pid", &namespace) < 0)
        return -1;
    fprintf(file, "%lu", 1000 + namespace.st_ino % 30000);
    return fclose(file);
}

/* For the same reason /dev/shm is a private one: it has a file for each process number of a test. /tmp is
 * everybody's, since the build may be there. */
static int surroundings_make(void)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
        mount("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return -1;
    return pid_choose();
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The init of the namespace. It dies with the program that was started, which may be interrupted. */
static int inside(int argc, char *argv[])
{
    int status;
    pid_t pid;

    if (surroundings_make() < 0 || (pid = fork()) < 0) {
        fprintf(stderr, "cannot set up a private /proc and /dev/shm: %s\n", strerror(errno));
        return 1;
    }
    if (pid == 0)
        return tests_run(argc, argv);
    for (pid_t ended = 0; ended != pid;) {
        ended = wait(&status);
        if (ended < 0)
            return 1;
    }
    return exit_status(status);
}

/* ---- what a program leaves that is killed ---- */

static char prefix[64];
static bool busy;

static int remove_ours(const char *path, const struct stat *stat, int type, struct FTW *where)
{
    (void)stat;
    (void)type;
    (void)where;
    if (strstr(path, prefix) != NULL && rmdir(path) < 0 && errno == EBUSY)
        busy = true;
    return 0;
}

/* Cgroups are all that outlives the namespaces of a program. Whoever kills it does not reach the keeper, who is of
 * another session and waits for the end of all that hold the other end of its pipe. Their containers, which do not,
 * end a moment later. */
static void keep_clean(int pipe)
{
    const char *root =
        access("/sys/fs/cgroup/unified", F_OK) == 0 ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
    char byte;

    setsid();
    while (read(pipe, &byte, 1) < 0 && errno == EINTR)
        continue;
    busy = true;
    for (int i = 0; busy && i < 1000; i++) {
        busy = false;
        nftw(root, remove_ours, 16, FTW_DEPTH | FTW_PHYS);
        if (busy)
            usleep(5000);
    }
    _exit(0);
}

static pid_t keeper_start(int *ret_end)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        return -1;
    if (pid == 0) {
        close(ends[1]);
        keep_clean(ends[0]);
    }
    close(ends[0]);
    *ret_end = ends[1];
    return pid;
}

int main(int argc, char *argv[])
{
    int status, end;
    pid_t pid, keeper;

    if (argc > 1 && strcmp(argv[1], "--list") == 0)
        return tests_run(argc, argv);
    if (geteuid() != 0) {
        printf("SKIP: %s: needs root\n", argv[0]);
        return EXIT_SKIPPED;
    }
    /* Tests of scheduling say what the payload starts from. */
    if (setpriority(PRIO_PROCESS, 0, 0) < 0) {
        fprintf(stderr, "cannot be as nice as usual: %s\n", strerror(errno));
        return 1;
    }
    snprintf(prefix, sizeof(prefix), "tare-test-%d-", getpid());
    setenv("TARE_TEST_PREFIX", prefix, 1);
    if ((keeper = keeper_start(&end)) < 0) {
        fprintf(stderr, "cannot start a process that cleans up: %s\n", strerror(errno));
        return 1;
    }
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 || (pid = fork()) < 0) {
        fprintf(stderr, "cannot make a pid namespace: %s\n", strerror(errno));
        return 1;
    }
    if (pid == 0)
        return inside(argc, argv);
    if (waitpid(pid, &status, 0) != pid)
        return 1;
    close(end);
    waitpid(keeper, NULL, 0);
    /* Not by return: LeakSanitizer would start a thread, which is impossible now that the pid namespace
     * of our children has lost its init. */
    _exit(exit_status(status));
}
