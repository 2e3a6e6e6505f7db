/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "seccomp-simulator.h"
#include "spec/parse.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static const char *const x86_family[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32",
                                         NULL};
static const char *const little_endian[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",
                                            "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64",
                                            "SCMP_ARCH_PPC64LE", "SCMP_ARCH_MIPSEL64N32",
                                            "SCMP_ARCH_RISCV64", "SCMP_ARCH_X86",
                                            "SCMP_ARCH_X86_64",  NULL};

/* ---- the same answers as libseccomp's ---- */

Test(seccomp_compile, nothing_but_a_default, .description = "R324")
{
    static const uint32_t actions[] = {
        SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
        SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,          SECCOMP_RET_ALLOW};
    for (size_t i = 0; i < COUNT(actions); i++) {
        struct profile p;
        profile_init(&p, actions[i]);
        cr_assert(compare_with_reference(&p, "default only", NULL) > 1000);
        profile_set_architectures(&p, x86_family);
        compare_with_reference(&p, "default only, three architectures", NULL);
        profile_release(&p);
    }
}

Test(seccomp_compile, every_action_and_errno, .description = "R326 R327")
{
    static const uint32_t actions[] = {
        SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
        SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,          SECCOMP_RET_ALLOW};
    static const long errnos[] = {-1, 0, 1, 13, 38, 4094, 4096, 65535};
    for (size_t i = 0; i < COUNT(actions); i++) {
        for (size_t k = 0; k < COUNT(errnos); k++) {
            bool data = actions[i] == SECCOMP_RET_ERRNO || actions[i] == SECCOMP_RET_TRACE;
            struct profile p;
            profile_init(&p, SECCOMP_RET_ERRNO);
            p.seccomp.default_errno_ret = (struct opt_u32){true, 95};
            profile_set_architectures(&p, x86_family);
            profile_add(&p, "read mkdir", actions[i], data ? errnos[k] : -1, NULL, 0);
            profile_add(&p, "openat", SECCOMP_RET_ALLOW, -1, NULL, 0);
            compare_with_reference(&p, "action and errno", NULL);
            profile_release(&p);
        }
    }
}

Test(seccomp_compile, every_operator, .description = "R332")
{
    static const uint64_t values[] = {
        0, 1, 5, 0xffffffffULL, 0x100000000ULL, 0x500000005ULL, UINT64_MAX, UINT64_MAX - 1};
    for (unsigned op = SECCOMP_OP_NE; op <= SECCOMP_OP_MASKED_EQ; op++) {
        for (size_t i = 0; i < COUNT(values); i++) {
            for (uint32_t index = 0; index < 6; index += 5) {
                struct profile p;
                char what[64];
                struct seccomp_arg arg = {index, values[i], 0x10, (enum seccomp_operator)op};
                snprintf(what, sizeof(what), "operator %u, value %#llx", op,
                         (unsigned long long)values[i]);
                profile_init(&p, SECCOMP_RET_ERRNO);
                profile_set_architectures(&p, x86_family);
                profile_add(&p, "read socket shmat", SECCOMP_RET_ALLOW, -1, &arg, 1);
                compare_with_reference(&p, what, NULL);
                profile_release(&p);
            }
        }
    }
}

static const struct seccomp_arg is_1 = {0, 1, 0, SECCOMP_OP_EQ};
static const struct seccomp_arg is_2 = {0, 2, 0, SECCOMP_OP_EQ};
static const struct seccomp_arg is_not_2 = {0, 2, 0, SECCOMP_OP_NE};
static const struct seccomp_arg is_1_and_2[] = {{0, 1, 0, SECCOMP_OP_EQ}, {1, 2, 0, SECCOMP_OP_EQ}};
static const struct seccomp_arg between[] = {{1, 3, 0, SECCOMP_OP_GT}, {1, 9, 0, SECCOMP_OP_LE}};
static const struct seccomp_arg always = {2, 0, 7, SECCOMP_OP_MASKED_EQ};

/* Pairs of rules for one system call, in both orders: what wins is libseccomp's business. */
Test(seccomp_compile, two_rules_for_one_call)
{
    static const struct {
        const struct seccomp_arg *args;
        size_t n;
    } conditions[] = {
        {NULL, 0},       {&is_1, 1},   {&is_2, 1},   {&is_not_2, 1},
        {is_1_and_2, 2}, {between, 2}, {&always, 1},
    };
    for (size_t a = 0; a < COUNT(conditions); a++) {
        for (size_t b = 0; b < COUNT(conditions); b++) {
            for (int same = 0; same < 2; same++) {
                struct profile p;
                char what[64];
                snprintf(what, sizeof(what), "conditions %zu and %zu, same %d", a, b, same);
                profile_init(&p, SECCOMP_RET_ERRNO);
                profile_set_architectures(&p, x86_family);
                profile_add(&p, "personality accept", SECCOMP_RET_ALLOW, -1, conditions[a].args,
                            conditions[a].n);
                profile_add(&p, "personality accept", same ? SECCOMP_RET_ALLOW : SECCOMP_RET_LOG,
                            -1, conditions[b].args, conditions[b].n);
                compare_with_reference(&p, what, NULL);
                profile_release(&p);
            }
        }
    }
}

Test(seccomp_compile, rules_with_the_default_action_say_nothing)
{
    struct profile p;
    profile_init(&p, SECCOMP_RET_ERRNO);
    profile_add(&p, "read", SECCOMP_RET_ERRNO, 1, NULL, 0);
    profile_add(&p, "read", SECCOMP_RET_ALLOW, -1, &is_1, 1);
    profile_add(&p, "write", SECCOMP_RET_ERRNO, 2, NULL, 0);
    compare_with_reference(&p, "default action", NULL);
    profile_release(&p);
}

Test(seccomp_compile, multiplexed_calls)
{
    static const char *const names[] = {
        "socket bind connect listen accept getsockname getpeername socketpair",
        "send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg",
        "accept4 recvmmsg sendmmsg",
        "semop semget semctl semtimedop msgsnd msgrcv msgget msgctl",
        "shmat shmdt shmget shmctl",
        "socketcall",
        "ipc"};
    for (size_t a = 0; a < COUNT(names); a++) {
        for (size_t b = 0; b < COUNT(names); b++) {
            struct profile p;
            profile_init(&p, SECCOMP_RET_ERRNO);
            profile_set_architectures(&p, little_endian);
            profile_add(&p, "read close", SECCOMP_RET_ALLOW, -1, NULL, 0);
            profile_add(&p, names[a], SECCOMP_RET_ALLOW, -1, a == b ? is_1_and_2 : NULL,
                        a == b ? 2 : 0);
            profile_add(&p, names[b], SECCOMP_RET_LOG, -1, NULL, 0);
            compare_with_reference(&p, names[a], NULL);
            profile_release(&p);
        }
    }
}

Test(seccomp_compile, engines_profiles)
{
    static const char *const engines[] = {"docker", "podman", "containerd"};
    for (size_t i = 0; i < COUNT(engines); i++) {
        char path[512];
        snprintf(path, sizeof(path), TEST_DATA "/bundles/%s.json", engines[i]);
        struct arena arena = ARENA_INIT;
        struct error err _cleanup_(error_release) = ERROR_INIT;
        char *json = NULL;
        size_t size = 0;
        FILE *file = fopen(path, "re");
        cr_assert(file);
        json = malloc(1 << 20);
        size = fread(json, 1, 1 << 20, file);
        fclose(file);
        struct spec *spec = NULL;
        cr_assert(spec_parse(&arena, json, size, &spec, NULL, &err) == 0, "%s", err.text);
        if (spec->linux_section->seccomp) {
            struct profile p = {.seccomp = *spec->linux_section->seccomp};
            size_t tried = compare_with_reference(&p, engines[i], NULL);
            cr_assert(tried > 10000, "%s: %zu", engines[i], tried);
        } else {
            cr_log_info("%s: no seccomp profile\n", engines[i]);
        }
        free(json);
        arena_release(&arena);
    }
}

/* ---- where libseccomp is wrong: the smallest profiles, and what they say ---- */

static void expect_answer(const struct profile *p, uint32_t arch, int number, uint64_t arg1,
                          uint64_t arg2, uint32_t expected)
{
    struct arena arena = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct seccomp_program program = {0};
    struct seccomp_data data = {.arch = arch, .nr = number, .args = {0, arg1, arg2}};
    cr_assert(seccomp_compile(&arena, &p->seccomp, "/linux/seccomp", &program, NULL, &err) == 0,
              "%s", err.text);
    uint32_t answer = simulate(program.instructions, program.n, &data);
    cr_expect(answer == expected, "call %d (0, %#llx, %#llx): %#x in place of %#x", number,
              (unsigned long long)arg1, (unsigned long long)arg2, answer, expected);
    arena_release(&arena);
}

enum { REFUSED = SECCOMP_RET_ERRNO | EPERM, SHMAT = 30, RISCV64_SHMAT = 196 };

Test(seccomp_compile, a_word_is_loaded_before_it_is_compared)
{
    static const struct seccomp_arg outside[] = {{1, 0, 0, SECCOMP_OP_LE},
                                                 {1, 0x100000001, 0, SECCOMP_OP_GE}};
    struct profile p;
    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_add(&p, "shmat", SECCOMP_RET_ERRNO, -1, outside, 2);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 0, 0, REFUSED);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 2, 0, SECCOMP_RET_ALLOW);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 0x100000000, 0, SECCOMP_RET_ALLOW);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 0x100000001, 0, REFUSED);
    profile_release(&p);
}

Test(seccomp_compile, conditions_stay_with_their_rule)
{
    static const struct seccomp_arg one[] = {{1, 0, 0, SECCOMP_OP_GE}, {2, 7, 0, SECCOMP_OP_EQ}};
    static const struct seccomp_arg other[] = {{1, 0, 0, SECCOMP_OP_GT}, {2, 8, 0, SECCOMP_OP_EQ}};
    struct profile p;
    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_add(&p, "shmat", SECCOMP_RET_ERRNO, -1, one, 2);
    profile_add(&p, "shmat", SECCOMP_RET_ERRNO, -1, other, 2);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 0, 7, REFUSED);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 0, 8, SECCOMP_RET_ALLOW);
    expect_answer(&p, AUDIT_ARCH_X86_64, SHMAT, 1, 8, REFUSED);
    profile_release(&p);
}

Test(seccomp_compile, a_call_that_an_architecture_lacks_hides_no_other)
{
    static const char *const riscv64[] = {"SCMP_ARCH_RISCV64", NULL};
    static const struct seccomp_arg positive = {1, 0, 0, SECCOMP_OP_GT};
    struct profile p;
    profile_init(&p, SECCOMP_RET_ALLOW);
    profile_set_architectures(&p, riscv64);
    profile_add(&p, "open", SECCOMP_RET_LOG, -1, NULL, 0);
    profile_add(&p, "shmat", SECCOMP_RET_ERRNO, -1, &positive, 1);
    expect_answer(&p, AUDIT_ARCH_RISCV64, RISCV64_SHMAT, 1, 0, REFUSED);
    expect_answer(&p, AUDIT_ARCH_RISCV64, RISCV64_SHMAT, 0, 0, SECCOMP_RET_ALLOW);
    profile_release(&p);
}

/* ---- at random ---- */

static uint64_t state;

static uint64_t any(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % below;
}

static const char *const call_names[] = {
    "read",    "write",        "open",    "close",      "ioctl",
    "mmap",    "clone",        "socket",  "accept",     "send",
    "semop",   "shmat",        "ipc",     "socketcall", "personality",
    "openat2", "futex",        "chmod",   "mkdir",      "execve",
    "ptrace",  "rt_sigreturn", "waitid",  "preadv",     "process_mrelease",
    "stime",   "umount",       "umount2", "recvmmsg",   "no_such_call",
    "msgctl",  "kill",
};

static struct seccomp_arg any_arg(uint32_t index, bool equality)
{
    static const uint64_t values[] = {0,          1,          2,           7,
                                      0x7fffffff, 0xffffffff, 0x100000000, 0x100000001,
                                      0x7f000000, UINT64_MAX, 1ULL << 63,  0xfffffffe};
    struct seccomp_arg arg = {.index = index};
    arg.value = values[any(COUNT(values))];
    arg.value_two = values[any(COUNT(values))];
    do {
        arg.op = (enum seccomp_operator)(1 + any(7));
    } while (equality && arg.op != SECCOMP_OP_EQ && arg.op != SECCOMP_OP_MASKED_EQ);
    return arg;
}

static const uint32_t any_actions[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_LOG,
                                       SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRACE};

/* `rules` rules over few calls. With `one_action` all rules of a call agree on the action, and any
 * operators may meet; otherwise only tests for equality do. */
static void any_profile(struct profile *p, bool one_action, size_t rules)
{
    profile_init(p, any_actions[any(COUNT(any_actions))]);
    if (any(3))
        profile_set_architectures(p, any(2) ? x86_family : little_endian);
    for (size_t i = 0; i < rules; i++) {
        size_t name = any(any(2) ? COUNT(call_names) : 8);
        uint32_t action = any_actions[any(COUNT(any_actions))];
        if (one_action)
            action = any_actions[name % COUNT(any_actions)];
        bool data = action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
        struct seccomp_arg args[3];
        size_t n = any(4);
        uint32_t index = 0;
        for (size_t k = 0; k < n; k++) {
            index += (uint32_t)(any(8) ? 1 + any(2) : any(2));
            args[k] = any_arg(index % 6, !one_action);
        }
        profile_add(p, call_names[name], action, data ? (one_action ? 5 : (long)any(3)) : -1, args,
                    n);
    }
}

/* All cases in which libseccomp is wrong are known; they have to stay few. */
static void compare_random_profiles(uint64_t seed, bool one_action, size_t rules)
{
    int wrong = 0;
    state = seed;
    for (int round = 0; round < 200; round++) {
        struct profile p;
        char what[64];
        bool wrong_here = false;
        snprintf(what, sizeof(what), "round %d", round);
        any_profile(&p, one_action, 1 + any(rules));
        compare_with_reference(&p, what, &wrong_here);
        wrong += wrong_here;
        profile_release(&p);
    }
    cr_log_info("libseccomp is wrong on %d of 200 profiles\n", wrong);
    cr_assert(wrong < 50, "%d of 200 profiles", wrong);
}

Test(seccomp_compile, random_profiles_with_one_action_per_call)
{
    compare_random_profiles(0x74617265, true, 20);
}

Test(seccomp_compile, random_profiles_with_conflicts)
{
    compare_random_profiles(0x736563636f6d70, false, 8);
}
