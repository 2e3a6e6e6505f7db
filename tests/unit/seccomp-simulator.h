/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seccomp/seccomp.h"

/* What the kernel would answer: the program is run on one system call. Anything that the kernel
 * would refuse at load time (an unknown instruction, a jump out of the program) fails the test. */
uint32_t simulate(const struct sock_filter *program, size_t n, const struct seccomp_data *data);

/* How the program compares something else than it means to, or NULL. libseccomp's do in two cases (docs/seccomp.md). */
const char *program_defect(const struct sock_filter *program, size_t n);

/* The program that libseccomp makes of a profile when it is driven as the established runtimes
 * drive it; 0 or libseccomp's -errno. Free *program. */
int reference_compile(const struct seccomp *profile, struct sock_filter **program, size_t *n);

/* ---- profiles by hand ---- */

struct profile {
    struct arena arena;
    struct seccomp seccomp;
    size_t capacity;
};

void profile_init(struct profile *profile, uint32_t default_action);
void profile_release(struct profile *profile);
void profile_set_architectures(struct profile *profile, const char *const *names);
/* `names` is a list with spaces between. errno_ret < 0: absent. */
void profile_add(struct profile *profile, const char *names, uint32_t action, long errno_ret,
                 const struct seccomp_arg *args, size_t n_args);

/* ---- comparison ---- */

/* Compile the profile in both ways and compare the answers over all numbers, architectures and edge values
 * of the arguments. Both have to refuse what one refuses. Returns how many system calls were tried. With
 * `wrong`, libseccomp may be so in the known cases (docs/seccomp.md) where it gives the answer of no rule that holds
 * and ours does, and it tells whether it was. */
size_t compare_with_reference(const struct profile *profile, const char *what, bool *wrong);
