/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(seccomp, TEST_SUITE);

/* The payload probes umask(2), which takes any number and always succeeds, and getppid(2). */

static struct bundle *bundle_with_rules(const char *rules)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/seccomp", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[%s]}",
               rules);
    return bundle;
}

/* What a probe of umask(value) shows: "ok", "!ERRNO" or "signal N". */
static const char *outcome(const struct result *result, const char *number, int n)
{
    const char *value = fact_nth(result, text_format("syscall.%s", number), n);

    if (strncmp(value, "(no", 3) == 0)
        return text_format("signal %s", fact(result, text_format("signalled.%s", number)));
    return value[0] == '!' ? value : "ok";
}

#define NUMBER(x)  NUMBER_(x)
#define NUMBER_(x) #x
#define UMASK      NUMBER(SYS_umask)
#define GETPPID    NUMBER(SYS_getppid)
#define GETPID     NUMBER(SYS_getpid)

Test(seccomp, a_filter_is_loaded, .description = "R309")
{
    struct bundle *bundle = bundle_with_rules("");
    struct result *result;

    bundle_set(bundle, "/linux/seccomp/syscalls",
               "[{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}]");
    bundle_payload(bundle, "status Seccomp ; status NoNewPrivs ; probe " GETPPID " ; probe " UMASK);
    result = bundle_run_ok(bundle);
    assert_fact(result, "status.Seccomp", "2");
    assert_fact(result, "status.NoNewPrivs", "1");
    cr_assert_str_eq(outcome(result, GETPPID, 0), "!EPERM");
    cr_assert_str_eq(outcome(result, UMASK, 0), "ok");
}

Test(seccomp, no_new_privileges_is_not_needed)
{
    struct bundle *bundle =
        bundle_with_rules("{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}");
    struct result *result;

    bundle_set(bundle, "/process/noNewPrivileges", "false");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "status Seccomp ; status NoNewPrivs ; caps ; probe " GETPPID);
    result = bundle_run_ok(bundle);
    assert_fact(result, "status.Seccomp", "2");
    assert_fact(result, "status.NoNewPrivs", "0");
    assert_fact(result, "status.CapEff", "0000000000000000");
    assert_fact(result, "status.CapPrm", "0000000000000000");
    cr_assert_str_eq(outcome(result, GETPPID, 0), "!EPERM");
}

Test(seccomp, every_action_does_what_it_says, .description = "R326 R327")
{
    static const struct {
        const char *action, *outcome;
    } cases[] = {
        {"\"SCMP_ACT_ALLOW\"", "ok"},
        {"\"SCMP_ACT_LOG\"", "ok"},
        {"\"SCMP_ACT_ERRNO\"", "!EPERM"},
        {"\"SCMP_ACT_ERRNO\",\"errnoRet\":38", "!ENOSYS"},
        {"\"SCMP_ACT_ERRNO\",\"errnoRet\":13", "!EACCES"},
        {"\"SCMP_ACT_ERRNO\",\"errnoRet\":0", "ok"},
        {"\"SCMP_ACT_TRAP\"", "signal 31"},
        {"\"SCMP_ACT_KILL\"", "signal 31"},
        {"\"SCMP_ACT_KILL_THREAD\"", "signal 31"},
        {"\"SCMP_ACT_KILL_PROCESS\"", "signal 31"},
        /* Without a tracer the call is not made. */
        {"\"SCMP_ACT_TRACE\"", "!ENOSYS"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_with_rules(
            text_format("{\"names\":[\"getppid\"],\"action\":%s}", cases[i].action));
        struct result *result;

        if (i < 2)
            bundle_set(bundle, "/linux/seccomp/defaultAction", "\"SCMP_ACT_LOG\"");
        bundle_payload(bundle, "probe " GETPPID);
        result = bundle_run_ok(bundle);
        cr_expect_str_eq(outcome(result, GETPPID, 0), cases[i].outcome, "%s: %s", cases[i].action,
                         result->out);
    }
}

Test(seccomp, the_default_action_and_its_errno_hold, .description = "R310 R311")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/seccomp",
               "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":121,"
               "\"architectures\":[\"SCMP_ARCH_X86_64\"],"
               "\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\",\"names\":[\"execve\",\"exit_group\","
               "\"exit\","
               "\"write\",\"read\",\"openat\",\"close\",\"mmap\",\"munmap\",\"brk\",\"fstat\","
               "\"newfstatat\","
               "\"arch_prctl\",\"set_tid_address\",\"set_robust_list\",\"rseq\",\"prlimit64\","
               "\"mprotect\","
               "\"readlink\",\"readlinkat\",\"getrandom\",\"futex\",\"wait4\",\"clone\",\"fork\","
               "\"vfork\","
               "\"rt_sigprocmask\",\"rt_sigaction\",\"uname\",\"ioctl\",\"lseek\",\"getpid\","
               "\"gettid\"]}]}");
    bundle_payload(bundle, "probe " GETPPID " ; probe " GETPID " ; probe " UMASK);
    result = bundle_run_ok(bundle);
    cr_assert_str_eq(outcome(result, GETPPID, 0), "!EREMOTEIO");
    cr_assert_str_eq(outcome(result, UMASK, 0), "!EREMOTEIO");
    cr_assert_str_eq(outcome(result, GETPID, 0), "ok");
}

Test(seccomp, every_operator_compares, .description = "R328 R329 R331 R332")
{
    static const struct {
        const char *operator;
        const char *matches; /* for the values 4, 5 and 6 */
    } cases[] = {
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_EQ\"}", "-+-"},
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_NE\"}", "+-+"},
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_LT\"}", "+--"},
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_LE\"}", "++-"},
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_GT\"}", "--+"},
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_GE\"}", "-++"},
        {"{\"index\":0,\"value\":6,\"valueTwo\":6,\"op\":\"SCMP_CMP_MASKED_EQ\"}", "--+"},
        {"{\"index\":0,\"value\":4,\"valueTwo\":4,\"op\":\"SCMP_CMP_MASKED_EQ\"}", "+++"},
        {"{\"index\":0,\"value\":1,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}", "+-+"},
        /* Two conditions on one argument are alternatives, on several they must all hold. */
        {"{\"index\":0,\"value\":4,\"op\":\"SCMP_CMP_EQ\"},"
         "{\"index\":0,\"value\":6,\"op\":\"SCMP_CMP_EQ\"}",
         "+-+"},
        {"{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_GE\"},"
         "{\"index\":1,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}",
         "-++"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_with_rules(
            text_format("{\"names\":[\"umask\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[%s]}",
                        cases[i].operator));
        struct result *result;

        bundle_payload(bundle, "probe " UMASK " 4 ; probe " UMASK " 5 ; probe " UMASK " 6");
        result = bundle_run_ok(bundle);
        for (int n = 0; n < 3; n++) {
            cr_expect_str_eq(outcome(result, UMASK, n),
                             cases[i].matches[n] == '+' ? "!EPERM" : "ok", "%s of %d: %s",
                             cases[i].operator, n + 4, result->out);
        }
    }
}

Test(seccomp, all_64_bits_are_compared, .description = "R330")
{
    struct bundle *bundle = bundle_with_rules(
        "{\"names\":[\"umask\"],\"action\":\"SCMP_ACT_ERRNO\","
        "\"args\":[{\"index\":0,\"value\":4294967301,\"op\":\"SCMP_CMP_EQ\"}]},"
        "{\"names\":[\"umask\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7,"
        "\"args\":[{\"index\":0,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_EQ\"}]}");
    struct result *result;

    bundle_payload(bundle, "probe " UMASK " 5 ; probe " UMASK " 4294967301 ; probe " UMASK
                           " 18446744073709551615 ; probe " UMASK " 4294967295");
    result = bundle_run_ok(bundle);
    cr_assert_str_eq(outcome(result, UMASK, 0), "ok");
    cr_assert_str_eq(outcome(result, UMASK, 1), "!EPERM");
    cr_assert_str_eq(outcome(result, UMASK, 2), "!E2BIG");
    cr_assert_str_eq(outcome(result, UMASK, 3), "ok");
}

Test(seccomp, flags_are_accepted, .description = "R314")
{
    static const char *const flags[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                        "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct bundle *bundle =
            bundle_with_rules("{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}");

        bundle_set(bundle, "/linux/seccomp/flags", "[\"%s\"]", flags[i]);
        bundle_payload(bundle, "probe " GETPPID);
        cr_assert_str_eq(outcome(bundle_run_ok(bundle), GETPPID, 0), "!EPERM");
    }
}

Test(seccomp, other_architectures_can_be_listed, .description = "R313")
{
    struct bundle *bundle =
        bundle_with_rules("{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}");

    bundle_set(bundle, "/linux/seccomp/architectures",
               "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_AARCH64\"]");
    bundle_payload(bundle, "probe " GETPPID);
    cr_assert_str_eq(outcome(bundle_run_ok(bundle), GETPPID, 0), "!EPERM");
}

Test(seccomp, unknown_system_calls_are_passed_over)
{
    struct bundle *bundle = bundle_with_rules(
        "{\"names\":[\"no_such_call\",\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}");

    bundle_payload(bundle, "probe " GETPPID);
    cr_assert_str_eq(outcome(bundle_run_ok(bundle), GETPPID, 0), "!EPERM");
}

/* A call newer than the profile must look like one that the kernel lacks, or libraries do not fall back. */
Test(seccomp, calls_newer_than_the_profile_are_enosys)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(
        bundle, "/linux/seccomp",
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\","
        "\"names\":[\"execve\",\"exit_group\",\"write\",\"read\",\"brk\",\"mmap\",\"munmap\","
        "\"arch_prctl\",\"set_tid_address\",\"set_robust_list\",\"rseq\",\"prlimit64\","
        "\"mprotect\",\"readlink\",\"readlinkat\",\"getrandom\",\"fstat\",\"newfstatat\","
        "\"clone\",\"wait4\",\"gettid\",\"getpid\",\"rt_sigprocmask\",\"statx\"]}]}");
    bundle_payload(bundle, "probe 9999 ; probe " GETPPID);
    result = bundle_run_ok(bundle);
    cr_assert_str_eq(outcome(result, "9999", 0), "!ENOSYS");
    cr_assert_str_eq(outcome(result, GETPPID, 0), "!EPERM");
}

/* Two profiles that differ in one field are two filters. */
Test(seccomp, profiles_are_not_mixed_up, .description = "R327")
{
    static const struct {
        int number;
        const char *name;
    } errnos[] = {{38, "!ENOSYS"}, {13, "!EACCES"}, {28, "!ENOSPC"}};

    for (int i = 0; i < 3; i++) {
        struct bundle *bundle = bundle_with_rules(
            text_format("{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%d}",
                        errnos[i].number));

        bundle_payload(bundle, "probe " GETPPID);
        cr_assert_str_eq(outcome(bundle_run_ok(bundle), GETPPID, 0), errnos[i].name);
    }
}

Test(seccomp, wrong_profiles_are_refused, .description = "R310 R313 R314 R325 R326 R329 R332")
{
    static const struct {
        const char *profile, *where;
    } cases[] = {
        {"{\"defaultAction\":\"SCMP_ACT_MAYBE\"}", "/linux/seccomp/defaultAction"},
        {"{\"syscalls\":[]}", "/linux/seccomp"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_PDP11\"]}",
         "/linux/seccomp/architectures/0"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_NOPE\"]}",
         "/linux/seccomp/flags/0"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],"
         "\"action\":\"SCMP_ACT_ERRNO\"}]}",
         "/linux/seccomp/syscalls/0/names"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"]}]}",
         "/linux/seccomp/syscalls/0"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"umask\"],"
         "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]"
         "}]}",
         "/linux/seccomp/syscalls/0/args/0/index"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"umask\"],"
         "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_XX\"}]"
         "}]}",
         "/linux/seccomp/syscalls/0/args/0/op"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/linux/seccomp", "%s", cases[i].profile);
        assert_run_fails(bundle, cases[i].where);
    }
}

Test(seccomp, unknown_system_calls_can_be_errors,
     .description = "run.oci.seccomp_fail_unknown_syscall")
{
    struct bundle *bundle = bundle_with_rules(
        "{\"names\":[\"getppid\",\"no_such_call\"],\"action\":\"SCMP_ACT_ERRNO\"}");

    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp_fail_unknown_syscall\":\"1\"}");
    assert_run_fails(bundle, "/linux/seccomp/syscalls/0/names/1",
                     "the system call \"no_such_call\" is unknown");
    bundle_set(bundle, "/linux/seccomp/syscalls/0/names", "[\"getppid\"]");
    bundle_payload(bundle, "probe " GETPPID);
    cr_assert_str_eq(outcome(bundle_run_ok(bundle), GETPPID, 0), "!EPERM");
    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp_fail_unknown_syscall\":\"maybe\"}");
    assert_run_fails(bundle, "/annotations/run.oci.seccomp_fail_unknown_syscall");
}

/* ld [nr]; jeq #getppid, 0, 1; ret ERRNO|ENOTTY; ret ALLOW */
#define PROGRAM "IAAAAAAAAAAVAAABbgAAAAYAAAAZAAUABgAAAAAA/38="

Test(seccomp, a_program_can_be_given_as_it_is, .description = "run.oci.seccomp_bpf_data")
{
    struct bundle *bundle =
        bundle_with_rules("{\"names\":[\"umask\"],\"action\":\"SCMP_ACT_ERRNO\"}");
    struct result *result;

    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp_bpf_data\":\"" PROGRAM "\"}");
    bundle_payload(bundle, "probe " GETPPID " ; probe " UMASK);
    for (int i = 0; i < 2; i++) {
        result = bundle_run_ok(bundle);
        cr_assert_str_eq(outcome(result, GETPPID, 0), "!ENOTTY");
        cr_assert_str_eq(outcome(result, UMASK, 0), "ok");
        bundle_remove(bundle, "/linux/seccomp");
    }
    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp_bpf_data\":\"BgAA\"}");
    assert_run_fails(bundle, "/annotations/run.oci.seccomp_bpf_data", "no seccomp program");
    bundle_set(bundle, "/annotations", "{\"run.oci.seccomp_bpf_data\":\"BgAAAAAAwH8=\"}");
    assert_run_fails(bundle, "/annotations/run.oci.seccomp_bpf_data", "nobody would answer");
}
