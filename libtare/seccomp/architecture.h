/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/audit.h>
#include <linux/elf-em.h>
#include <stdbool.h>
#include <stdint.h>

/* The architectures that a seccomp profile can name.
 *
 * X(name, audit, bits, endian, base): `name` follows "SCMP_ARCH_"; `audit` is what the kernel puts
 * in seccomp_data.arch; `bits` is how wide the arguments of its system calls are compared; `base`
 * is added to 102 and 117 to get the numbers of socketcall(2) and ipc(2) where old programs still
 * multiplex the calls of sockets and System V IPC through them, and is NOT_MULTIPLEXED elsewhere.
 * x32 shares the audit value of x86_64 and is told apart by a bit of the number. libseccomp knows
 * the same by lower-case name. */
#define SECCOMP_ARCHITECTURES(X)                                                                   \
    X(X86_64, AUDIT_ARCH_X86_64, 64, LITTLE, NOT_MULTIPLEXED)                                      \
    X(X86, AUDIT_ARCH_I386, 32, LITTLE, 0)                                                         \
    X(X32, AUDIT_ARCH_X86_64, 32, LITTLE, NOT_MULTIPLEXED)                                         \
    X(ARM, AUDIT_ARCH_ARM, 32, LITTLE, NOT_MULTIPLEXED)                                            \
    X(AARCH64, AUDIT_ARCH_AARCH64, 64, LITTLE, NOT_MULTIPLEXED)                                    \
    X(LOONGARCH64, AUDIT_ARCH_LOONGARCH64, 64, LITTLE, NOT_MULTIPLEXED)                            \
    X(M68K, AUDIT_ARCH_M68K, 32, BIG, 0)                                                           \
    X(MIPS, AUDIT_ARCH_MIPS, 32, BIG, 4000)                                                        \
    X(MIPS64, AUDIT_ARCH_MIPS64, 64, BIG, NOT_MULTIPLEXED)                                         \
    X(MIPS64N32, AUDIT_ARCH_MIPS64N32, 32, BIG, NOT_MULTIPLEXED)                                   \
    X(MIPSEL, AUDIT_ARCH_MIPSEL, 32, LITTLE, 4000)                                                 \
    X(MIPSEL64, AUDIT_ARCH_MIPSEL64, 64, LITTLE, NOT_MULTIPLEXED)                                  \
    X(MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32, 32, LITTLE, NOT_MULTIPLEXED)                            \
    X(PARISC, AUDIT_ARCH_PARISC, 32, BIG, NOT_MULTIPLEXED)                                         \
    X(PARISC64, AUDIT_ARCH_PARISC64, 64, BIG, NOT_MULTIPLEXED)                                     \
    X(PPC, AUDIT_ARCH_PPC, 32, BIG, 0)                                                             \
    X(PPC64, AUDIT_ARCH_PPC64, 64, BIG, 0)                                                         \
    X(PPC64LE, AUDIT_ARCH_PPC64LE, 64, LITTLE, 0)                                                  \
    X(RISCV64, AUDIT_ARCH_RISCV64, 64, LITTLE, NOT_MULTIPLEXED)                                    \
    X(S390, AUDIT_ARCH_S390, 32, BIG, 0)                                                           \
    X(S390X, AUDIT_ARCH_S390X, 64, BIG, 0)                                                         \
    X(SH, AUDIT_ARCH_SHEL, 32, LITTLE, 0)                                                          \
    X(SHEB, AUDIT_ARCH_SH, 32, BIG, 0)

#define NOT_MULTIPLEXED (-1)

#define X32_SYSCALL_BIT 0x40000000U

/* Headers before Linux 5.17. */
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (EM_LOONGARCH | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

enum seccomp_architecture {
#define X(name, audit, bits, endian, base) SECCOMP_ARCH_##name,
    SECCOMP_ARCHITECTURES(X)
#undef X
        SECCOMP_ARCHES, /* how many */
};

struct architecture {
    const char *name; /* "SCMP_ARCH_X86_64" */
    uint32_t audit;
    uint8_t bits;
    bool big_endian;
    int base; /* of the multiplexed calls' numbers, or NOT_MULTIPLEXED */
};

extern const struct architecture architectures[SECCOMP_ARCHES];

/* What this program was built for. */
enum seccomp_architecture architecture_native(void);

/* "SCMP_ARCH_..." → its place in the table, or -1. */
int architecture_find(const char *name);
