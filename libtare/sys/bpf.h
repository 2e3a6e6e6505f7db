/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

/* bpf(2), as far as programs on cgroups need it. All return the result or -errno; fds are CLOEXEC
 * (the kernel makes them so). Since Linux 5.11 the memory of a program is charged to the memory
 * cgroup, so RLIMIT_MEMLOCK plays no part. */

/* Load a program: an fd. `name` is at most 15 letters, digits, '_' or '.'. With `log` the verifier
 * writes its reasons there, NUL-terminated; without, loading is faster. */
int sys_bpf_load(enum bpf_prog_type type, const char *name, const struct bpf_insn *instructions,
                 size_t n, char *log, size_t log_size);

/* `cgroup_fd` may be an O_PATH fd. */
int sys_bpf_attach(int cgroup_fd, int program_fd, enum bpf_attach_type type, unsigned flags);
int sys_bpf_detach(int cgroup_fd, int program_fd, enum bpf_attach_type type);

/* The programs attached to this very cgroup: `*n` is the room in `ids` and then their number,
 * `*ret_flags` how they were attached. */
int sys_bpf_query(int cgroup_fd, enum bpf_attach_type type, uint32_t *ids, uint32_t *n,
                  uint32_t *ret_flags);
int sys_bpf_open_program(uint32_t id);
