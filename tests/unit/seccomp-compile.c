/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seccomp-simulator.h"

static const char *const x86_family[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32",
                                         NULL};

Test(seccomp_compile, nothing_but_a_default)
{
    static const uint32_t actions[] = {
        SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
        SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,          SECCOMP_RET_ALLOW};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        struct profile p;
        profile_init(&p, actions[i]);
        cr_assert(compare_with_reference(&p, "default only") > 1000);
        profile_set_architectures(&p, x86_family);
        compare_with_reference(&p, "default only, three architectures");
        profile_release(&p);
    }
}

Test(seccomp_compile, every_operator)
{
    static const uint64_t values[] = {
        0, 1, 5, 0xffffffffULL, 0x100000000ULL, 0x500000005ULL, UINT64_MAX, UINT64_MAX - 1};
    for (unsigned op = SECCOMP_OP_NE; op <= SECCOMP_OP_MASKED_EQ; op++) {
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            for (uint32_t index = 0; index < 6; index += 5) {
                struct profile p;
                char what[64];
                struct seccomp_arg arg = {index, values[i], 0x10, (enum seccomp_operator)op};
                snprintf(what, sizeof(what), "operator %u, value %#llx", op,
                         (unsigned long long)values[i]);
                profile_init(&p, SECCOMP_RET_ERRNO);
                profile_set_architectures(&p, x86_family);
                profile_add(&p, "read socket shmat", SECCOMP_RET_ALLOW, -1, &arg, 1);
                compare_with_reference(&p, what);
                profile_release(&p);
            }
        }
    }
}
