/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile is refused for, and that everything in it counts. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

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

/* ---- calls newer than the profile ---- */

static uint32_t answer_of(struct profile *p, int number)
{
    struct seccomp_program program;
    struct seccomp_data data = {.arch = AUDIT_ARCH_X86_64, .nr = number};
    cr_assert_eq(seccomp_compile(&p->arena, &p->seccomp, "", &program, NULL, NULL), 0);
    return simulate(program.instructions, program.n, &data);
}

#ifdef __x86_64__
Test(
    seccomp_profile, newer_calls_are_unknown,
    .description = "R311: behind the largest number that is named, unless the default lets through")
{
    static const struct {
        uint32_t action, answer;
    } cases[] = {
        {SECCOMP_RET_ERRNO, SECCOMP_RET_ERRNO | ENOSYS},
        {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | ENOSYS},
        {SECCOMP_RET_KILL_THREAD, SECCOMP_RET_ERRNO | ENOSYS},
        {SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO | ENOSYS},
        {SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW},
        {SECCOMP_RET_LOG, SECCOMP_RET_LOG},
        {SECCOMP_RET_TRACE, SECCOMP_RET_TRACE | EPERM},
        {SECCOMP_RET_USER_NOTIF, SECCOMP_RET_USER_NOTIF},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct profile p;
        profile_init(&p, cases[i].action);
        /* That the rule for the largest one says what the default says makes no difference. */
        profile_add(&p, "getpid", SECCOMP_RET_ALLOW, -1, NULL, 0);
        profile_add(&p, "statx", cases[i].action, -1, NULL, 0);
        cr_expect_eq(answer_of(&p, SYS_statx + 1), cases[i].answer, "%#x", cases[i].action);
        cr_expect_neq(answer_of(&p, SYS_statx), SECCOMP_RET_ERRNO | ENOSYS);
        cr_expect_neq(answer_of(&p, SYS_getppid), SECCOMP_RET_ERRNO | ENOSYS);
        profile_release(&p);
    }
}
#endif

/* ---- a program of somebody else's ---- */

static int decode(struct arena *arena, const char *text, struct seccomp_program *program,
                  struct error *err)
{
    return seccomp_decode(arena, text, "/annotations/x", program, err);
}

Test(seccomp_profile, base64_is_decoded)
{
    struct arena arena = ARENA_INIT;
    struct seccomp_program program;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    /* return ALLOW; and return NOTIFY before it */
    cr_assert_eq(decode(&arena, "BgAAAAAA/38=", &program, &err), 0, "%s", err.text);
    cr_assert_eq(program.n, 1);
    cr_assert_eq(program.instructions[0].code, BPF_RET | BPF_K);
    cr_assert_eq(program.instructions[0].k, SECCOMP_RET_ALLOW);
    cr_assert_not(program.notifies);
    cr_assert_eq(decode(&arena, "BgAAAAAAwH8GAAAAAAD/fw==", &program, &err), 0, "%s", err.text);
    cr_assert_eq(program.n, 2);
    cr_assert_eq(program.instructions[0].k, SECCOMP_RET_USER_NOTIF);
    cr_assert(program.notifies);
    cr_assert_eq(program.flags, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
    arena_release(&arena);
}

Test(seccomp_profile, what_is_no_base64_is_refused)
{
    static const char *const texts[] = {"",
                                        "BgAAAAAA/38",
                                        "BgAAAAAA/38==",
                                        "BgAA====",
                                        "BgAAAAAA/38=A",
                                        "BgAA AAA/38=",
                                        "BgAA",
                                        "BgAAAAAA/38=BgAAAAAA/38=",
                                        "=",
                                        "BgAAAAAA_38="};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena arena = ARENA_INIT;
        struct seccomp_program program;
        struct error err _cleanup_(error_release) = ERROR_INIT;
        cr_expect_eq(decode(&arena, texts[i], &program, &err), -EINVAL, "%s", texts[i]);
        cr_expect_str_eq(err.where, "/annotations/x");
        arena_release(&arena);
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
