/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/bpf.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(enum bpf_cmd command, union bpf_attr *attr)
{
    /* An older kernel accepts our larger union as long as what it does not know is zero. */
    long r = syscall(SYS_bpf, command, attr, sizeof(*attr));
    return r < 0 ? -errno : (int)r;
}

static uint64_t address(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

int sys_bpf_load(enum bpf_prog_type type, const char *name, const struct bpf_insn *instructions,
                 size_t n, char *log, size_t log_size)
{
    union bpf_attr attr = {
        .prog_type = type,
        .insns = address(instructions),
        .insn_cnt = (uint32_t)n,
        /* Only helpers that are for the GPL alone look at it, and we call none. */
        .license = address("Apache-2.0"),
    };
    snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
    if (log) {
        log[0] = '\0';
        attr.log_level = 1;
        attr.log_buf = address(log);
        attr.log_size = (uint32_t)log_size;
    }
    int fd;
    do {
        /* EAGAIN: a signal came while the verifier ran. */
        fd = call(BPF_PROG_LOAD, &attr);
    } while (fd == -EAGAIN);
    return fd;
}

int sys_bpf_attach(int cgroup_fd, int program_fd, enum bpf_attach_type type, unsigned flags)
{
    union bpf_attr attr = {
        .target_fd = (uint32_t)cgroup_fd,
        .attach_bpf_fd = (uint32_t)program_fd,
        .attach_type = type,
        .attach_flags = flags,
    };
    return call(BPF_PROG_ATTACH, &attr);
}

int sys_bpf_detach(int cgroup_fd, int program_fd, enum bpf_attach_type type)
{
    union bpf_attr attr = {
        .target_fd = (uint32_t)cgroup_fd,
        .attach_bpf_fd = (uint32_t)program_fd,
        .attach_type = type,
    };
    return call(BPF_PROG_DETACH, &attr);
}

int sys_bpf_query(int cgroup_fd, enum bpf_attach_type type, uint32_t *ids, uint32_t *n,
                  uint32_t *ret_flags)
{
    union bpf_attr attr = {
        .query =
            {
                .target_fd = (uint32_t)cgroup_fd,
                .attach_type = type,
                .prog_ids = address(ids),
                .prog_cnt = *n,
            },
    };
    int r = call(BPF_PROG_QUERY, &attr);
    if (r < 0)
        return r;
    *n = attr.query.prog_cnt;
    *ret_flags = attr.query.attach_flags;
    return 0;
}

int sys_bpf_open_program(uint32_t id)
{
    union bpf_attr attr = {.prog_id = id};
    return call(BPF_PROG_GET_FD_BY_ID, &attr);
}
