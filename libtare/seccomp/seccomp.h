/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/* A seccomp profile → a classic BPF program.
 *
 * The program is generated directly, as a binary search over the system call numbers of each architecture;
 * libseccomp is the source of the numbers and, in the tests, the reference that every program is compared
 * with in a simulator. Compiling is pure: the arena, no system call. */

struct seccomp_program {
    struct sock_filter *instructions;
    size_t n;                      /* at most BPF_MAXINSNS */
    unsigned flags;                /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
    bool notifies;                 /* some action is SECCOMP_RET_USER_NOTIF: a listener is wanted */
};

/* `where` is the pointer of the profile, "/linux/seccomp". Names unknown to this libseccomp are skipped
 * and collected in `unknown` when that is not NULL. */
int seccomp_compile(struct arena *arena, const struct seccomp *profile, const char *where,
                    struct seccomp_program *ret, struct strings *unknown, struct error *err);

/* Load into the calling thread: 0, or the listener fd (>= 0) when flags ask for one; else -errno. */
int seccomp_load(const struct seccomp_program *program, struct error *err);
