/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs on the running kernel: its verifier takes them, and they keep a child from
 * devices. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgroup/device-program.h"
#include "sys/bpf.h"
#include "tests/integration/cgroup-base.h"

TestSuite(cgroup_devices, CGROUP_SUITE);

#define RWM   (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)
#define PLACE "/mnt"

static struct plan_device_rule common[] = {
    {false, 'a', -1, -1, RWM}, {true, 'c', -1, -1, DEVICE_MKNOD}, {true, 'b', -1, -1, DEVICE_MKNOD},
    {true, 'c', 1, 3, RWM},    {true, 'c', 1, 5, DEVICE_READ},    {false, 'c', 1, 9, RWM},
};

static void restrict_devices(const struct cgroup *cgroup, struct plan_device_rule *rules, size_t n)
{
    struct plan_cgroup plan = plan_at(NULL);
    plan.restrict_devices = true;
    plan.device_rules = rules;
    plan.n_device_rules = n;
    cr_assert(eq(int, cgroup_restrict_devices(cgroup, &plan, &err), 0), "%s (%s)", err.text,
              err.hint);
}

static uint32_t programs_on(const struct cgroup *cgroup)
{
    uint32_t ids[64], n = 64, flags;
    cr_assert(eq(int, sys_bpf_query(cgroup->fd, BPF_CGROUP_DEVICE, ids, &n, &flags), 0));
    return n;
}

/* What a child finds out: 0 or the errno of each try. */
struct tries {
    int null_both, zero_read, zero_write, zero_both, urandom_read, kmsg_read, mknod_char,
        mknod_block;
};

static int try_open(unsigned major, unsigned minor, int flags)
{
    char path[64];
    snprintf(path, sizeof(path), PLACE "/%u-%u", major, minor);
    _cleanup_(close_fd) int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? errno : 0;
}

static int try_mknod(mode_t type)
{
    int r = mknod(PLACE "/new", type | 0600, makedev(7, 99)) < 0 ? errno : 0;
    unlink(PLACE "/new");
    return r;
}

static void make_node(unsigned major, unsigned minor)
{
    char path[64];
    snprintf(path, sizeof(path), PLACE "/%u-%u", major, minor);
    cr_assert(eq(int, mknod(path, S_IFCHR | 0666, makedev(major, minor)), 0), "%s",
              strerror(errno));
}

static void find_out(void *data)
{
    struct tries *tries = data;
    *tries = (struct tries){
        .null_both = try_open(1, 3, O_RDWR),
        .zero_read = try_open(1, 5, O_RDONLY),
        .zero_write = try_open(1, 5, O_WRONLY),
        .zero_both = try_open(1, 5, O_RDWR),
        .urandom_read = try_open(1, 9, O_RDONLY),
        .kmsg_read = try_open(1, 11, O_RDONLY),
        .mknod_char = try_mknod(S_IFCHR),
        .mknod_block = try_mknod(S_IFBLK),
    };
}

static struct tries tries_in(const struct cgroup *cgroup)
{
    static struct tries *shared;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(eq(int, status_of(start_in(cgroup, find_out, shared)), 0));
    return *shared;
}

static void make_nodes(void)
{
    cr_assert(eq(int, mount("none", PLACE, "tmpfs", 0, NULL), 0));
    make_node(1, 3);
    make_node(1, 5);
    make_node(1, 9);
    make_node(1, 11);
}

Test(cgroup_devices, are_kept_away, .description = "R251 R255")
{
    make_nodes();
    struct cgroup cgroup = make(below("a"));
    struct tries before = tries_in(&cgroup);
    cr_expect(eq(int, before.urandom_read, 0));
    cr_expect(eq(int, before.zero_write, 0));

    restrict_devices(&cgroup, common, ELEMENTSOF(common));
    struct tries after = tries_in(&cgroup);
    cr_expect(eq(int, after.null_both, 0));
    cr_expect(eq(int, after.zero_read, 0));
    cr_expect(eq(int, after.zero_write, EPERM));
    cr_expect(eq(int, after.zero_both, EPERM));
    cr_expect(eq(int, after.urandom_read, EPERM));
    cr_expect(eq(int, after.kmsg_read, EPERM));
    cr_expect(eq(int, after.mknod_char, 0));
    cr_expect(eq(int, after.mknod_block, 0));
    destroy(&cgroup);
}

Test(cgroup_devices, mknod_can_be_denied)
{
    make_nodes();
    struct cgroup cgroup = make(below("a"));
    struct plan_device_rule rules[] = {{false, 'a', -1, -1, RWM},
                                       {true, 'c', -1, -1, DEVICE_MKNOD}};
    restrict_devices(&cgroup, rules, 2);
    struct tries tries = tries_in(&cgroup);
    cr_expect(eq(int, tries.mknod_char, 0));
    cr_expect(eq(int, tries.mknod_block, EPERM));
    cr_expect(eq(int, tries.null_both, EPERM));
    destroy(&cgroup);
}

Test(cgroup_devices, all_allowed_loads_nothing)
{
    struct cgroup cgroup = make(below("a"));
    struct plan_device_rule all = {true, 'a', -1, -1, RWM};
    restrict_devices(&cgroup, &all, 1);
    cr_expect(eq(u32, programs_on(&cgroup), 0));
    destroy(&cgroup);
}

Test(cgroup_devices, no_rules_load_nothing)
{
    struct cgroup cgroup = make(below("a"));
    struct plan_cgroup plan = plan_at(NULL);
    cr_assert(eq(int, cgroup_restrict_devices(&cgroup, &plan, &err), 0));
    cr_expect(eq(u32, programs_on(&cgroup), 0));
    destroy(&cgroup);
}

/* A cgroup that was there may still have the program of its last container. */
Test(cgroup_devices, an_old_program_is_replaced)
{
    make_nodes();
    make_directory(below("a"));
    struct cgroup cgroup = make(below("a"));
    struct plan_device_rule none = {false, 'a', -1, -1, RWM}, all = {true, 'a', -1, -1, RWM};
    cr_assert(not(cgroup.created));
    restrict_devices(&cgroup, &none, 1);
    cr_expect(eq(int, tries_in(&cgroup).null_both, EPERM));
    restrict_devices(&cgroup, common, ELEMENTSOF(common));
    cr_expect(eq(u32, programs_on(&cgroup), 1));
    cr_expect(eq(int, tries_in(&cgroup).null_both, 0));
    restrict_devices(&cgroup, &all, 1);
    cr_expect(eq(u32, programs_on(&cgroup), 0));
    cr_expect(eq(int, tries_in(&cgroup).urandom_read, 0));
    cgroup_release(&cgroup);
    remove_directory(below("a"));
}

static int load_deny_all(void)
{
    const struct bpf_insn code[] = {
        {.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    return sys_bpf_load(BPF_PROG_TYPE_CGROUP_DEVICE, "deny_all", code, 2, NULL, 0);
}

Test(cgroup_devices, an_exclusive_program_is_replaced_in_place)
{
    make_nodes();
    make_directory(below("a"));
    struct cgroup cgroup = make(below("a"));
    _cleanup_(close_fd) int program = load_deny_all();
    cr_assert(eq(int, sys_bpf_attach(cgroup.fd, program, BPF_CGROUP_DEVICE, 0), 0));
    restrict_devices(&cgroup, common, ELEMENTSOF(common));
    cr_expect(eq(u32, programs_on(&cgroup), 1));
    cr_expect(eq(int, tries_in(&cgroup).null_both, 0));
    cgroup_release(&cgroup);
    remove_directory(below("a"));
}

Test(cgroup_devices, an_exclusive_program_above_is_named)
{
    struct cgroup outer = make(below("a"));
    _cleanup_(close_fd) int program = load_deny_all();
    cr_assert(eq(int, sys_bpf_attach(outer.fd, program, BPF_CGROUP_DEVICE, 0), 0));
    struct cgroup inner = make(below("a/b"));
    struct plan_cgroup plan = plan_at(NULL);
    plan.restrict_devices = true;
    plan.device_rules = common;
    plan.n_device_rules = ELEMENTSOF(common);
    cr_expect(eq(int, cgroup_restrict_devices(&inner, &plan, &err), -EPERM));
    expect_text(err.hint, "a cgroup above it");
    destroy(&inner);
    destroy(&outer);
}

Test(cgroup_devices, a_program_that_is_refused_says_why)
{
    const struct bpf_insn endless[] = {{.code = BPF_JMP | BPF_JA, .off = 17}};
    char log[4096];
    int r = sys_bpf_load(BPF_PROG_TYPE_CGROUP_DEVICE, "bad", endless, 1, log, sizeof(log));
    cr_expect(lt(int, r, 0));
    cr_expect(gt(sz, strlen(log), 0));
}

/* The kernel's verifier is the judge of what the compiler makes of any rules. */
Test(cgroup_devices, the_verifier_takes_any_rules)
{
    srandom(8);
    for (int round = 0; round < 200; round++) {
        _cleanup_(arena_release) struct arena arena = ARENA_INIT;
        struct plan_device_rule rules[40];
        size_t n = (size_t)random() % ELEMENTSOF(rules), length;
        struct bpf_insn *code;
        for (size_t i = 0; i < n; i++) {
            rules[i] =
                (struct plan_device_rule){random() & 1, "acb"[random() % 3], random() % 9 - 1,
                                          random() % 9 - 1, (unsigned)random() % 8};
        }
        cr_assert(eq(int, device_program_make(&arena, rules, n, &code, &length), 0));
        _cleanup_(close_fd) int fd =
            length ? sys_bpf_load(BPF_PROG_TYPE_CGROUP_DEVICE, "random", code, length, NULL, 0) : 0;
        cr_assert(ge(int, fd, 0), "round %d, %zu instructions: %s", round, length, strerror(-fd));
        fd = fd == 0 ? -1 : fd;
    }
}

Test(cgroup_devices, inside_a_user_namespace_the_kernel_itself_denies)
{
    struct cgroup cgroup = make(below("a"));
    pid_t pid = fork();
    if (pid == 0) {
        struct plan_cgroup plan = plan_at(NULL);
        plan.restrict_devices = true;
        plan.device_rules = common;
        plan.n_device_rules = ELEMENTSOF(common);
        if (unshare(CLONE_NEWUSER) < 0 ||
            file_write(AT_FDCWD, "/proc/self/uid_map", "0 0 1", 5) < 0)
            _exit(2);
        _exit(cgroup_restrict_devices(&cgroup, &plan, NULL) == 0 ? 0 : 1);
    }
    cr_expect(eq(int, status_of(pid), 0));
    cr_expect(eq(u32, programs_on(&cgroup), 0));
    destroy(&cgroup);
}
