/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/* A seccomp profile → a classic BPF program (config-linux.md "Seccomp", seccomp(2)).
 *
 * The program is generated directly, as a binary search over the system call numbers of each
 * architecture; libseccomp is the source of the numbers and, in the tests, the reference that every
 * program is compared with in a simulator. Compiling is pure: the arena, no system call.
 * docs/seccomp.md describes what a profile means where the specification leaves it open. */

struct seccomp_program {
    struct sock_filter *instructions;
    size_t n;           /* at most BPF_MAXINSNS */
    unsigned flags;     /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
    bool default_flags; /* nobody asked for them: do without if the kernel does not know them */
    bool notifies;      /* some action is SECCOMP_RET_USER_NOTIF: a listener is wanted */
};

/* `where` is the pointer of the profile, "/linux/seccomp". Names unknown to this libseccomp are
 * skipped and collected in `unknown` when that is not NULL (in the arena; they point into the
 * profile). */
int seccomp_compile(struct arena *arena, const struct seccomp *profile, const char *where,
                    struct seccomp_program *ret, struct strings *unknown, struct error *err);

/* Why no profile can name the architecture, in words; NULL when one can. The same for a build on any
 * host. */
const char *seccomp_architecture_problem(const char *name);

/* A program that somebody else made, struct sock_filter in base64. `where` is the place of the
 * text. The kernel checks the rest when it is loaded. */
int seccomp_decode(struct arena *arena, const char *text, const char *where,
                   struct seccomp_program *ret, struct error *err);

/* Load into the calling thread: 0, or the listener fd (>= 0, close-on-exec) when flags ask for one;
 * else -errno. The caller has no_new_privs set or CAP_SYS_ADMIN in its user namespace.
 * (libseccomp owns the name seccomp_load.) */
int seccomp_program_load(const struct seccomp_program *program, struct error *err);
