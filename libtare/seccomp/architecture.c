/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/architecture.h"

#include "base/macros.h"

enum { LITTLE = false, BIG = true };

const struct architecture architectures[SECCOMP_ARCHES] = {
#define X(arch_name, arch_audit, arch_bits, endian, arch_base)                                     \
    [SECCOMP_ARCH_##arch_name] = {                                                                 \
        .name = "SCMP_ARCH_" #arch_name,                                                           \
        .audit = arch_audit,                                                                       \
        .bits = arch_bits,                                                                         \
        .big_endian = endian,                                                                      \
        .base = arch_base,                                                                         \
    },
    SECCOMP_ARCHITECTURES(X)
#undef X
};

enum seccomp_architecture architecture_native(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
    return SECCOMP_ARCH_X32;
#elif defined(__x86_64__)
    return SECCOMP_ARCH_X86_64;
#elif defined(__i386__)
    return SECCOMP_ARCH_X86;
#elif defined(__aarch64__)
    return SECCOMP_ARCH_AARCH64;
#elif defined(__arm__)
    return SECCOMP_ARCH_ARM;
#elif defined(__loongarch64)
    return SECCOMP_ARCH_LOONGARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
    return SECCOMP_ARCH_RISCV64;
#elif defined(__s390x__)
    return SECCOMP_ARCH_S390X;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    return SECCOMP_ARCH_PPC64LE;
#elif defined(__powerpc64__)
    return SECCOMP_ARCH_PPC64;
#elif defined(__powerpc__)
    return SECCOMP_ARCH_PPC;
#elif defined(__mips__) && defined(__MIPSEL__) && _MIPS_SIM == _ABI64
    return SECCOMP_ARCH_MIPSEL64;
#elif defined(__mips__) && defined(__MIPSEL__) && _MIPS_SIM == _ABIO32
    return SECCOMP_ARCH_MIPSEL;
#else
#error "seccomp/architecture.c does not know this architecture"
#endif
}

int architecture_find(const char *name)
{
    for (size_t i = 0; i < ELEMENTSOF(architectures); i++)
        if (strcmp(architectures[i].name, name) == 0)
            return (int)i;
    return -1;
}
