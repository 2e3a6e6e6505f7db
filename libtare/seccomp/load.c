/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "base/macros.h"

static const struct {
    unsigned flag;
    const char *name;
} flag_names[] = {
    {SECCOMP_FILTER_FLAG_TSYNC, "SECCOMP_FILTER_FLAG_TSYNC"},
    {SECCOMP_FILTER_FLAG_LOG, "SECCOMP_FILTER_FLAG_LOG"},                   /* Linux 4.14 */
    {SECCOMP_FILTER_FLAG_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"},     /* 4.17 */
    {SECCOMP_FILTER_FLAG_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER"}, /* 5.0 */
    /* 5.19; older kernels refuse it with EINVAL. */
    {SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"},
};

/* A kernel looks at the flags first and at the program second: without a program, flags that it
 * knows give EFAULT and others EINVAL. WAIT_KILLABLE_RECV is known only together with a listener.
 */
static bool flag_is_known(unsigned flag)
{
    unsigned flags = flag;
    if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static int refused(const struct seccomp_program *program, struct error *err)
{
    int r = error_sys(err, EINVAL, "load the seccomp program (%zu instructions, flags %#x)",
                      program->n, program->flags);
    for (size_t i = 0; i < ELEMENTSOF(flag_names); i++) {
        if ((program->flags & flag_names[i].flag) && !flag_is_known(flag_names[i].flag)) {
            error_add_hint(err, "this kernel does not know %s", flag_names[i].name);
            error_set_kind(err, ERROR_UNSUPPORTED);
            return r;
        }
    }
    error_add_hint(err, "the kernel may be built without CONFIG_SECCOMP_FILTER");
    return r;
}

int seccomp_program_load(const struct seccomp_program *program, struct error *err)
{
    struct sock_fprog filter = {.len = (unsigned short)program->n, .filter = program->instructions};
    long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &filter);
    if (r < 0 && errno == EINVAL && program->default_flags)
        r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                    program->flags & ~(unsigned)SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
    if (r >= 0 && (program->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
        return (int)r;
    /* With TSYNC the kernel returns the thread that could not follow. */
    if (r > 0)
        return error_set(err, EBUSY, "load the seccomp program: thread %ld has another one", r);
    if (r == 0)
        return 0;

    int code = errno;
    if (code == EINVAL)
        return refused(program, err);
    error_sys(err, code, "load the seccomp program (%zu instructions)", program->n);
    if (code == EACCES)
        error_add_hint(err, "set noNewPrivileges, or load it with CAP_SYS_ADMIN");
    else if (code == EBUSY)
        error_add_hint(err, "a seccomp listener is in place already, and there can be one only");
    else if (code == ENOMEM)
        error_add_hint(err, "all seccomp programs of a process together have a limit of 32768 "
                            "instructions");
    return -code;
}
