/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/device-program.h"
#include "sys/bpf.h"

/* The kernel's own bound on programs at one cgroup (BPF_CGROUP_MAX_PROGS). */
#define ATTACHED_MAX 64
#define LOG_SIZE     65536
#define PROGRAM_NAME "tare_devices"

struct attached {
    uint32_t ids[ATTACHED_MAX];
    uint32_t n, flags;
};

/* Inside a user namespace nobody may load programs, and nobody can make device nodes either: the
 * kernel itself keeps devices away. Its uid_map is anything but the one line of the first
 * namespace. */
static bool in_user_namespace(void)
{
    char map[64];
    _cleanup_(close_fd) int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, map, sizeof(map) - 1);
    if (n <= 0)
        return false;
    map[n] = '\0';
    unsigned inside, outside, count;
    return sscanf(map, "%u %u %u", &inside, &outside, &count) != 3 || inside != 0 || outside != 0 ||
           count != UINT32_MAX;
}

static void explain_load(int code, struct error *err)
{
    switch (code) {
    case EPERM:
    case EACCES:
        error_add_hint(
            err, "loading BPF programs needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the "
                 "first user namespace");
        break;
    case ENOSYS:
    case EINVAL:
        error_add_hint(err, "does the kernel have CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF?");
        break;
    case ENOMEM:
        error_add_hint(err, "the memory limit of the cgroup we run in may be too low for it");
        break;
    default:
        break;
    }
}

/* The verifier is asked for its reasons only after it refused: writing them takes longer than
 * loading. */
static int load_failed(const struct bpf_insn *code, size_t n, int failure, struct error *err)
{
    _cleanup_(free_ptr) char *log = malloc(LOG_SIZE);
    const char *reason = "";
    if (log) {
        int fd = sys_bpf_load(BPF_PROG_TYPE_CGROUP_DEVICE, PROGRAM_NAME, code, n, log, LOG_SIZE);
        close_fd(&fd);
        /* The first line says it; statistics follow. */
        log[strcspn(log, "\n")] = '\0';
        reason = log;
    }
    error_sys(err, -failure, "load the device program (%zu instructions%s%s)", n,
              *reason ? "; " : "", reason);
    explain_load(-failure, err);
    return failure;
}

/* Programs of whoever used this cgroup before. */
static int detach_all(const struct cgroup *cgroup, const struct attached *old, struct error *err)
{
    for (uint32_t i = 0; i < old->n; i++) {
        _cleanup_(close_fd) int fd = sys_bpf_open_program(old->ids[i]);
        int r = fd < 0 ? fd : sys_bpf_detach(cgroup->fd, fd, BPF_CGROUP_DEVICE);
        /* -ENOENT: somebody else took it away. */
        if (r < 0 && r != -ENOENT)
            return error_sys(err, -r, "take the old device program off cgroup %s", cgroup->path);
    }
    return 0;
}

static int attach(const struct cgroup *cgroup, int program, const struct attached *old,
                  struct error *err)
{
    /* An exclusive program is replaced in place; others go after ours is there, so that there is no
     * moment without one (all of several must agree). */
    bool exclusive = old->n > 0 && !(old->flags & BPF_F_ALLOW_MULTI);
    int r = sys_bpf_attach(cgroup->fd, program, BPF_CGROUP_DEVICE,
                           exclusive ? old->flags : BPF_F_ALLOW_MULTI);
    if (r < 0) {
        error_sys(err, -r, "attach the device program to cgroup %s", cgroup->path);
        if (r == -EPERM)
            error_add_hint(err, "a cgroup above it has a device program that admits no other below "
                                "(attached without BPF_F_ALLOW_MULTI)");
        else if (r == -E2BIG)
            error_add_hint(err, "there are %d device programs on it already", ATTACHED_MAX);
        return r;
    }
    return exclusive ? 0 : detach_all(cgroup, old, err);
}

int cgroup_restrict_devices(const struct cgroup *cgroup, const struct plan_cgroup *plan,
                            struct error *err)
{
    if (!plan->restrict_devices || cgroup->fd < 0)
        return 0;
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct bpf_insn *code;
    size_t n;
    if (device_program_make(&arena, plan->device_rules, plan->n_device_rules, &code, &n) < 0)
        return error_sys(err, ENOMEM, "make the device program");

    /* What we made a moment ago has no program yet. */
    struct attached old = {.n = ATTACHED_MAX};
    int r = cgroup->created
                ? -ENOENT
                : sys_bpf_query(cgroup->fd, BPF_CGROUP_DEVICE, old.ids, &old.n, &old.flags);
    if (r < 0)
        old.n = 0;
    if (n == 0)
        return detach_all(cgroup, &old, err);

    _cleanup_(close_fd) int program =
        sys_bpf_load(BPF_PROG_TYPE_CGROUP_DEVICE, PROGRAM_NAME, code, n, NULL, 0);
    if (program == -EPERM && in_user_namespace())
        return 0;
    if (program < 0)
        return load_failed(code, n, program, err);
    return attach(cgroup, program, &old, err);
}
