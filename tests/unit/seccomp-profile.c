/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile is refused for, and that everything in it counts. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seccomp-simulator.h"

static const char *const x86_family[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32",
                                         NULL};

static void expect_refusal(struct profile *p, const char *where, const char *text)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct seccomp_program program = {0};
    int r = seccomp_compile(&p->arena, &p->seccomp, "/linux/seccomp", &program, NULL, &err);
    cr_assert_eq(r, -EINVAL, "%s", text);
    cr_assert_str_eq(err.where, where);
    cr_assert(strstr(err.text, text), "\"%s\" is not in \"%s\"", text, err.text);
    cr_assert_null(program.instructions);
    profile_release(p);
}

Test(seccomp_profile, refusals)
{
    struct profile p;
    static const char *const big[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_S390X", NULL};
    profile_init(&p, SECCOMP_RET_ERRNO);
    profile_set_architectures(&p, big);
    expect_refusal(&p, "/linux/seccomp/architectures/1", "SCMP_ARCH_S390X: not supported");

    profile_init(&p, SECCOMP_RET_USER_NOTIF);
    expect_refusal(&p, "/linux/seccomp/defaultAction", "cannot be the default action");

    profile_init(&p, SECCOMP_RET_ERRNO);
    p.seccomp.listener_metadata = "x";
    expect_refusal(&p, "/linux/seccomp/listenerMetadata", "needs listenerPath");

    profile_init(&p, SECCOMP_RET_ALLOW);
    p.seccomp.default_errno_ret = (struct opt_u32){true, 1};
    expect_refusal(&p, "/linux/seccomp/defaultErrnoRet", "SCMP_ACT_ERRNO and SCMP_ACT_TRACE only");

    profile_init(&p, SECCOMP_RET_ERRNO);
    profile_add(&p, "read", SECCOMP_RET_ALLOW, -1, NULL, 0);
    profile_add(&p, "write", SECCOMP_RET_KILL_PROCESS, 1, NULL, 0);
    expect_refusal(&p, "/linux/seccomp/syscalls/1", "SCMP_ACT_ERRNO and SCMP_ACT_TRACE only");

    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_add(&p, "read", SECCOMP_RET_ERRNO, 4096, NULL, 0);
    expect_refusal(&p, "/linux/seccomp/syscalls/0", "errnoRet 4096 is too large");

    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_add(&p, "read", SECCOMP_RET_USER_NOTIF, -1, NULL, 0);
    expect_refusal(&p, "/linux/seccomp/syscalls/0", "needs listenerPath");

    profile_init(&p, SECCOMP_RET_ALLOW);
    p.seccomp.listener_path = "/run/listener";
    profile_add(&p, "read write", SECCOMP_RET_USER_NOTIF, -1, NULL, 0);
    expect_refusal(&p, "/linux/seccomp/syscalls/0", "cannot be used for write");

    struct seccomp_arg same = {0, 7, 0, SECCOMP_OP_EQ};
    profile_init(&p, SECCOMP_RET_ERRNO);
    profile_add(&p, "read", SECCOMP_RET_ALLOW, -1, &same, 1);
    profile_add(&p, "close read", SECCOMP_RET_LOG, -1, &same, 1);
    expect_refusal(&p, "/linux/seccomp/syscalls/1", "contradicts /linux/seccomp/syscalls/0");
}

Test(seccomp_profile, too_many_instructions)
{
    struct profile p;
    profile_init(&p, SECCOMP_RET_ERRNO);
    for (uint64_t i = 0; i < 1200; i++) {
        struct seccomp_arg arg = {(uint32_t)(i % 6), i * 0x10001, 0, SECCOMP_OP_EQ};
        profile_add(&p, "ioctl", SECCOMP_RET_ALLOW, -1, &arg, 1);
    }
    expect_refusal(&p, "/linux/seccomp", "more than the 4096 instructions");
}

/* Thousands of instructions, and jumps far beyond what one reaches. */
Test(seccomp_profile, long_jumps)
{
    struct profile p;
    profile_init(&p, SECCOMP_RET_ERRNO);
    for (uint64_t i = 0; i < 600; i++) {
        struct seccomp_arg arg = {(uint32_t)(i % 2), i / 60 * 3, 0, SECCOMP_OP_EQ};
        char name[64];
        static const char *const names[] = {"read",  "write", "ioctl", "mmap",   "clone", "futex",
                                            "chmod", "mkdir", "kill",  "waitid", "openat"};
        snprintf(name, sizeof(name), "%s", names[i % 11]);
        profile_add(&p, name, SECCOMP_RET_ALLOW, -1, &arg, 1);
    }
    compare_with_reference(&p, "long jumps", NULL);
    profile_release(&p);
}

Test(seccomp_profile, unknown_names_are_collected)
{
    struct profile p;
    struct seccomp_program program;
    struct strings unknown = {0};
    profile_init(&p, SECCOMP_RET_ERRNO);
    profile_add(&p, "read no_such_call socketcall", SECCOMP_RET_ALLOW, -1, NULL, 0);
    profile_add(&p, "another", SECCOMP_RET_ALLOW, -1, NULL, 0);
    cr_assert_eq(seccomp_compile(&p.arena, &p.seccomp, "", &program, &unknown, NULL), 0);
    cr_assert_eq(unknown.n, 2);
    cr_assert_str_eq(unknown.items[0], "no_such_call");
    cr_assert_str_eq(unknown.items[1], "another");
    cr_assert_null(unknown.items[2]);
    profile_release(&p);
}

Test(seccomp_profile, flags)
{
    static const struct {
        bool set, notify;
        uint64_t mask;
        unsigned expected;
    } cases[] = {
        {false, false, 0, SECCOMP_FILTER_FLAG_SPEC_ALLOW},
        {true, false, 0, 0},
        {true, false, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG,
         SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG},
        {true, false, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0},
        {true, true, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
         SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
        {false, true, 0, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct profile p;
        struct seccomp_program program;
        profile_init(&p, SECCOMP_RET_ALLOW);
        p.seccomp.flags = (struct flag_set){cases[i].set, cases[i].mask};
        p.seccomp.listener_path = cases[i].notify ? "/run/listener" : NULL;
        profile_add(&p, "mkdir", cases[i].notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO, -1,
                    NULL, 0);
        cr_assert_eq(seccomp_compile(&p.arena, &p.seccomp, "", &program, NULL, NULL), 0);
        cr_assert_eq(program.flags, cases[i].expected, "case %zu: %#x", i, program.flags);
        cr_assert_eq(program.notifies, cases[i].notify);
        profile_release(&p);
    }
}

/* ---- each field counts ---- */

static void base_profile(struct profile *p, struct seccomp_arg arg, const char *names,
                         uint32_t action, long errno_ret)
{
    profile_init(p, SECCOMP_RET_ERRNO);
    profile_add(p, "getpid", SECCOMP_RET_ALLOW, -1, NULL, 0);
    profile_add(p, names, action, errno_ret, &arg, 1);
}

static bool programs_equal(struct profile *a, struct profile *b)
{
    struct seccomp_program x, y;
    cr_assert_eq(seccomp_compile(&a->arena, &a->seccomp, "", &x, NULL, NULL), 0);
    cr_assert_eq(seccomp_compile(&b->arena, &b->seccomp, "", &y, NULL, NULL), 0);
    return x.n == y.n && x.flags == y.flags &&
           memcmp(x.instructions, y.instructions, x.n * sizeof(*x.instructions)) == 0;
}

static void expect_difference(struct profile *other, const char *field)
{
    struct profile base;
    struct seccomp_arg arg = {1, 0x200000005ULL, 0x4, SECCOMP_OP_MASKED_EQ};
    base_profile(&base, arg, "read", SECCOMP_RET_TRACE, 13);
    cr_assert_not(programs_equal(&base, other), "%s does not count", field);
    profile_release(&base);
    profile_release(other);
}

Test(seccomp_profile, each_field_counts, .description = "R327")
{
    struct seccomp_arg arg = {1, 0x200000005ULL, 0x4, SECCOMP_OP_MASKED_EQ};
    struct seccomp_arg index = arg, value = arg, value_two = arg, op = arg;
    struct profile p, same;
    index.index = 2;
    value.value ^= 1ULL << 40;
    value_two.value_two ^= 1;
    op.op = SECCOMP_OP_GE;

    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 13);
    base_profile(&same, arg, "read", SECCOMP_RET_TRACE, 13);
    cr_assert(programs_equal(&p, &same));
    profile_release(&p);
    profile_release(&same);

    base_profile(&p, index, "read", SECCOMP_RET_TRACE, 13);
    expect_difference(&p, "index");
    base_profile(&p, value, "read", SECCOMP_RET_TRACE, 13);
    expect_difference(&p, "value");
    base_profile(&p, value_two, "read", SECCOMP_RET_TRACE, 13);
    expect_difference(&p, "valueTwo");
    base_profile(&p, op, "read", SECCOMP_RET_TRACE, 13);
    expect_difference(&p, "op");
    base_profile(&p, arg, "readv", SECCOMP_RET_TRACE, 13);
    expect_difference(&p, "names");
    base_profile(&p, arg, "read write", SECCOMP_RET_TRACE, 13);
    expect_difference(&p, "one name more");
    base_profile(&p, arg, "read", SECCOMP_RET_ERRNO, 13);
    expect_difference(&p, "action");
    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 38);
    expect_difference(&p, "errnoRet");
    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 0);
    expect_difference(&p, "errnoRet 0");
    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 13);
    p.seccomp.default_action = SECCOMP_RET_KILL_PROCESS;
    expect_difference(&p, "defaultAction");
    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 13);
    p.seccomp.default_errno_ret = (struct opt_u32){true, 0};
    expect_difference(&p, "defaultErrnoRet");
    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 13);
    profile_set_architectures(&p, x86_family);
    expect_difference(&p, "architectures");
    base_profile(&p, arg, "read", SECCOMP_RET_TRACE, 13);
    p.seccomp.flags.set = true;
    expect_difference(&p, "flags");
}
