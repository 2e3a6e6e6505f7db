/* SPDX-License-Identifier: Apache-2.0 */
/* Programs in the real kernel, each in a child that does not outlive its test. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp-simulator.h"

/* Load the profile in a child and let it run `body`, which returns an exit status. The wait status. */
static int run_filtered(const struct profile *p, int (*body)(void))
{
    struct arena arena = ARENA_INIT;
    struct seccomp_program program;
    struct error err = ERROR_INIT;
    cr_assert_eq(seccomp_compile(&arena, &p->seccomp, "/linux/seccomp", &program, NULL, &err), 0,
                 "%s", err.text);
    pid_t pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            _exit(90);
        if (seccomp_program_load(&program, &err) != 0)
            _exit(91);
        _exit(body());
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    arena_release(&arena);
    return status;
}

static bool fails_with(long r, int code)
{
    return r == -1 && errno == code;
}

static int body_errno(void)
{
    char buffer[64];
    if (!fails_with(syscall(SYS_getcwd, buffer, sizeof(buffer)), ENOSYS))
        return 1;
    if (!fails_with(syscall(SYS_mkdirat, AT_FDCWD, "", 0777), EPERM))
        return 2;
    /* Arguments decide: the rule is on the mode. */
    if (!fails_with(syscall(SYS_fchmodat, -1, "x", 04000), EACCES))
        return 3;
    if (!fails_with(syscall(SYS_fchmodat, -1, "x", 0600), EBADF))
        return 4;
    return syscall(SYS_getppid) > 0 ? 0 : 5;
}

Test(seccomp_load, answers_errnos, .description = "R327")
{
    struct profile p;
    struct seccomp_arg setuid_bit = {2, 04000, 04000, SECCOMP_OP_MASKED_EQ};
    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_add(&p, "getcwd", SECCOMP_RET_ERRNO, ENOSYS, NULL, 0);
    profile_add(&p, "mkdirat", SECCOMP_RET_ERRNO, -1, NULL, 0);
    profile_add(&p, "fchmodat", SECCOMP_RET_ERRNO, EACCES, &setuid_bit, 1);
    int status = run_filtered(&p, body_errno);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
    profile_release(&p);
}

static int body_enosys(void)
{
    if (!fails_with(syscall(SYS_getppid), EPERM))
        return 1;
    return fails_with(syscall(1000), ENOSYS) ? 0 : 2;
}

Test(seccomp_load, calls_newer_than_the_profile_do_not_exist)
{
    struct profile p;
    profile_init(&p, SECCOMP_RET_ERRNO);
    /* The runtime of a sanitized build looks at its signal stack on the way out. */
    profile_add(&p, "exit_group exit rt_sigreturn clone3 sigaltstack munmap", SECCOMP_RET_ALLOW, -1,
                NULL, 0);
    int status = run_filtered(&p, body_enosys);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
    profile_release(&p);
}

static int body_killed(void)
{
    syscall(SYS_getppid);
    return 0;
}

Test(seccomp_load, kills)
{
    struct profile p;
    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_add(&p, "getppid", SECCOMP_RET_KILL_PROCESS, -1, NULL, 0);
    int status = run_filtered(&p, body_killed);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %#x", status);
    profile_release(&p);
}

/* The loader says what is missing, by exit status: 0 when it does. */
static int load_without_privilege(const struct seccomp_program *program)
{
    struct error err = ERROR_INIT;
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
        return 1;
    if (seccomp_program_load(program, &err) != -EACCES)
        return 2;
    return strstr(err.hint, "noNewPrivileges") ? 0 : 3;
}

Test(seccomp_load, says_what_is_missing)
{
    struct arena arena = ARENA_INIT;
    struct seccomp_program program;
    struct profile p;
    profile_init(&p, SECCOMP_RET_ALLOW);
    cr_assert_eq(seccomp_compile(&arena, &p.seccomp, "", &program, NULL, NULL), 0);
    pid_t pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0)
        _exit(load_without_privilege(&program));
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
    profile_release(&p);
    arena_release(&arena);
}

Test(seccomp_load, gives_a_listener)
{
    struct profile p;
    struct arena arena = ARENA_INIT;
    struct seccomp_program program;
    profile_init(&p, SECCOMP_RET_ALLOW);
    p.seccomp.listener_path = "/run/listener";
    profile_add(&p, "getppid", SECCOMP_RET_USER_NOTIF, -1, NULL, 0);
    cr_assert_eq(seccomp_compile(&arena, &p.seccomp, "", &program, NULL, NULL), 0);
    pid_t pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        int fd = seccomp_program_load(&program, NULL);
        _exit(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
    profile_release(&p);
    arena_release(&arena);
}
