/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(process, TEST_SUITE);

/* ---- arguments and environment ---- */

Test(process, arguments_arrive_as_they_are, .description = "R124")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_args(bundle, "/payload", "say", "two words, \"quoted\" \\ and ünïcode\n", ";", "say", "",
                NULL);
    result = bundle_run_ok(bundle);
    assert_fact(result, "say", "two words, \"quoted\" \\\\ and ünïcode\\n");
    cr_assert_str_eq(fact_nth(result, "say", 1), "");
}

Test(process, the_environment_is_the_configured_one, .description = "R123")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.env = (const char *const[]){"CALLER=secret", NULL}};
    struct result *result;

    bundle_set(bundle, "/process/env", "[\"A=1\",\"EMPTY=\",\"B=x=y\"]");
    bundle_payload(bundle, "env A ; env EMPTY ; env B ; env CALLER ; env HOME");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "env.A", "1");
    assert_fact(result, "env.EMPTY", "");
    assert_fact(result, "env.B", "x=y");
    assert_fact(result, "env.CALLER", "(unset)");
    assert_fact(result, "env.HOME", "/");
}

Test(process, the_last_of_repeated_variables_stays, .description = "R123")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/env",
               "[\"PATH=/nowhere\",\"A=1\",\"AB=x\",\"A=2\",\"HOME=/own\",\"PATH=/\",\"A=3\","
               "\"HOME=\"]");
    bundle_payload(bundle, "env A ; env AB ; env PATH ; env HOME ; cat /proc/self/environ");
    bundle_set(bundle, "/process/args/0", "\"payload\"");
    result = bundle_run_ok(bundle);
    assert_fact(result, "env.A", "3");
    assert_fact(result, "env.AB", "x");
    assert_fact(result, "env.PATH", "/");
    assert_fact(result, "env.HOME", "/");
    assert_lacks(fact(result, "cat./proc/self/environ"), "A=1");
}

Test(process, home_comes_from_the_containers_passwd)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(bundle_path(bundle, "/etc/passwd"),
               "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000:me:/home/me:/bin/sh\n");
    bundle_payload(bundle, "env HOME");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    result = bundle_run_ok(bundle);
    assert_fact(result, "env.HOME", "/home/me");
    bundle_set(bundle, "/process/env/-", "\"HOME=/own\"");
    result = bundle_run_ok(bundle);
    assert_fact(result, "env.HOME", "/own");
}

Test(process, a_name_is_looked_up_in_the_containers_path, .description = "R124")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.env = (const char *const[]){"PATH=/nowhere", NULL}};
    struct result *result;

    file_copy(payload_binary(), bundle_path(bundle, "/opt/tools/tool"));
    bundle_set(bundle, "/process/env", "[\"PATH=/usr/bin:/opt/tools\"]");
    bundle_args(bundle, "tool", "say", "found", NULL);
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "say", "found");
}

Test(process, a_relative_program_is_taken_from_the_working_directory)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_copy(payload_binary(), bundle_path(bundle, "/opt/tool"));
    bundle_set(bundle, "/process/cwd", "\"/opt\"");
    bundle_args(bundle, "./tool", "cwd", NULL);
    result = bundle_run_ok(bundle);
    assert_fact(result, "cwd", "/opt");
}

Test(process, arguments_are_required, .description = "R124")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/args", "[]");
    assert_run_fails(bundle, "/process/args");
    bundle_remove(bundle, "/process/args");
    assert_run_fails(bundle, "/process");
}

Test(process, an_environment_entry_needs_an_equals_sign)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/env/-", "\"NOTHING\"");
    assert_run_fails(bundle, "/process/env/2", "NOTHING");
}

/* ---- working directory and umask ---- */

Test(process, a_missing_working_directory_is_made)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/cwd", "\"/made/for/me\"");
    bundle_payload(bundle, "cwd ; stat /made/for/me");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cwd", "/made/for/me");
    assert_fact(result, "stat./made/for/me", "d 0755 0 0");
}

Test(process, a_relative_working_directory_is_refused, .description = "R122")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/cwd", "\"tmp\"");
    assert_run_fails(bundle, "/process/cwd", "absolute");
    bundle_remove(bundle, "/process/cwd");
    assert_run_fails(bundle, "cwd", "/process");
}

Test(process, a_file_is_no_working_directory)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/cwd", "\"/payload\"");
    assert_run_fails(bundle, "/payload", "not a directory");
}

Test(process, the_umask_is_set, .description = "R154")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/user/umask", "63");
    bundle_payload(bundle, "umask");
    result = bundle_run_ok(bundle);
    assert_fact(result, "umask", "0077");
}

Test(process, the_umask_is_0022_when_none_is_configured, .description = "R154")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "umask");
    bundle_write(bundle);
    umask(037);
    result = tare("run", "--bundle", bundle->path, bundle->id, NULL);
    umask(022);
    assert_status(result, 0);
    assert_fact(result, "umask", "0022");
}

/* ---- user ---- */

Test(process, user_and_groups_are_set, .description = "R153 R155")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/user",
               "{\"uid\":1001,\"gid\":1002,\"additionalGids\":[5,4294967294,1002]}");
    bundle_payload(bundle, "id ; caps");
    result = bundle_run_ok(bundle);
    assert_fact(result, "uids", "1001 1001 1001");
    assert_fact(result, "gids", "1002 1002 1002");
    assert_fact(result, "groups", "5,1002,4294967294");
}

Test(process, the_callers_groups_are_dropped)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "id");
    result = bundle_run_ok(bundle);
    assert_fact(result, "groups", "");
}

Test(process, ids_out_of_range_are_refused, .description = "R153 R156")
{
    static const char *const ids[] = {"4294967295", "4294967296", "-1", "1.5", "\"root\""};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/process/user", "{\"uid\":%s,\"gid\":0}", ids[i]);
        assert_run_fails(bundle, "/process/user/uid");
        bundle_set(bundle, "/process/user", "{\"uid\":0,\"gid\":%s}", ids[i]);
        assert_run_fails(bundle, "/process/user/gid");
    }
}

/* ---- capabilities ---- */

enum { CHOWN = 1 << 0, KILL = 1 << 5, SETUID = 1 << 7, NET_RAW = 1 << 13 };

static void assert_capabilities(const struct result *result, const char *set, unsigned expected)
{
    assert_fact(result, text_format("status.Cap%s", set), text_format("%016x", expected));
}

Test(process, the_five_sets_are_each_what_was_asked_for, .description = "R134")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/capabilities",
               "{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\",\"CAP_SETUID\",\"CAP_NET_RAW\"],"
               "\"permitted\":[\"CAP_CHOWN\",\"CAP_KILL\",\"CAP_NET_RAW\"],"
               "\"effective\":[\"CAP_CHOWN\"],"
               "\"inheritable\":[\"CAP_KILL\",\"CAP_NET_RAW\"],\"ambient\":[\"CAP_KILL\"]}");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "caps");
    result = bundle_run_ok(bundle);
    /* After execve, a program that is not root has what was ambient. */
    assert_capabilities(result, "Bnd", CHOWN | KILL | SETUID | NET_RAW);
    assert_capabilities(result, "Inh", KILL | NET_RAW);
    assert_capabilities(result, "Amb", KILL);
    assert_capabilities(result, "Prm", KILL);
    assert_capabilities(result, "Eff", KILL);
}

Test(process, root_has_the_bounding_set_after_exec, .description = "R134")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(
        bundle, "/process/capabilities",
        "{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"permitted\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
        "\"effective\":[\"CAP_CHOWN\",\"CAP_KILL\"]}");
    bundle_payload(bundle, "caps");
    result = bundle_run_ok(bundle);
    assert_capabilities(result, "Bnd", CHOWN | KILL);
    assert_capabilities(result, "Prm", CHOWN | KILL);
    assert_capabilities(result, "Eff", CHOWN | KILL);
    assert_capabilities(result, "Inh", 0);
    assert_capabilities(result, "Amb", 0);
}

Test(process, empty_sets_leave_nothing, .description = "R134")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/capabilities", "{}");
    bundle_payload(bundle, "caps");
    result = bundle_run_ok(bundle);
    assert_capabilities(result, "Bnd", 0);
    assert_capabilities(result, "Prm", 0);
    assert_capabilities(result, "Eff", 0);
}

Test(process, an_unknown_capability_is_a_warning, .description = "R045 R046 R135")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/capabilities/bounding/-", "\"CAP_TELEPORT\"");
    bundle_payload(bundle, "say hello");
    bundle_write(bundle);
    result = tare("--log", WORK "/log", "run", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    assert_fact(result, "say", "hello");
    assert_contains(file_read(WORK "/log"), "CAP_TELEPORT");
}

static void drop_sys_resource(const void *data)
{
    (void)data;
    prctl(PR_CAPBSET_DROP, 24, 0, 0, 0);
}

Test(process, a_capability_that_cannot_be_granted_is_a_warning, .description = "R046 R135 R136")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = drop_sys_resource};
    struct result *result;

    bundle_set(bundle, "/process/capabilities",
               "{\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS_RESOURCE\"],"
               "\"permitted\":[\"CAP_CHOWN\",\"CAP_SYS_RESOURCE\"],"
               "\"effective\":[\"CAP_CHOWN\",\"CAP_SYS_RESOURCE\"]}");
    bundle_payload(bundle, "caps");
    bundle_write(bundle);
    result = tare_with(&setting, "--log", WORK "/log", "run", "--bundle", bundle->path, bundle->id,
                       NULL);
    assert_status(result, 0);
    assert_capabilities(result, "Eff", CHOWN);
    assert_capabilities(result, "Bnd", CHOWN);
    assert_contains(file_read(WORK "/log"), "CAP_SYS_RESOURCE");
}

/* ---- limits and attributes ---- */

/* By number: what is set is below the limits that the caller has, and can be lived with. */
static const char *const limit_names[] = {
    "CPU",     "FSIZE", "DATA",  "STACK",      "CORE",     "RSS",  "NPROC",  "NOFILE",
    "MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};

enum { LIMITS = sizeof(limit_names) / sizeof(limit_names[0]) };

static rlim_t limit_wanted(int i)
{
    static const rlim_t small[LIMITS] = {
        [RLIMIT_NPROC] = 900,      [RLIMIT_NOFILE] = 100,     [RLIMIT_MEMLOCK] = 50000,
        [RLIMIT_SIGPENDING] = 901, [RLIMIT_MSGQUEUE] = 60000, [RLIMIT_NICE] = 17,
        [RLIMIT_RTPRIO] = 18};
    rlim_t wanted = small[i] ? small[i] : 1000000000 + (rlim_t)i;
    struct rlimit own;

    cr_assert_eq(getrlimit((__rlimit_resource_t)i, &own), 0);
    return wanted < own.rlim_max ? wanted : own.rlim_max;
}

Test(process, rlimits_are_set, .description = "R127 R129 R130 R131: all sixteen")
{
    struct bundle *bundle = bundle_new();
    struct text words = {0};
    struct result *result;

    bundle_set(bundle, "/process/rlimits", "[]");
    for (int i = 0; i < LIMITS; i++) {
        unsigned long hard = limit_wanted(i), soft = hard ? hard - 1 : 0;

        bundle_set(bundle, "/process/rlimits/-",
                   "{\"type\":\"RLIMIT_%s\",\"soft\":%lu,\"hard\":%lu}", limit_names[i], soft,
                   hard);
        text_add(&words, "rlimit %s ; ", limit_names[i]);
    }
    bundle_payload(bundle, "%s", text_string(&words));
    result = bundle_run_ok(bundle);
    for (int i = 0; i < LIMITS; i++) {
        unsigned long hard = limit_wanted(i);

        assert_fact(result, text_format("rlimit.%s", limit_names[i]),
                    text_format("%lu:%lu", hard ? hard - 1 : 0, hard));
    }
}

static void limit_files(const void *data)
{
    struct rlimit limit = {123, 456};

    (void)data;
    setrlimit(RLIMIT_NOFILE, &limit);
}

Test(process, rlimits_that_are_not_configured_are_the_callers, .description = "R126")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = limit_files};
    struct result *result;

    bundle_remove(bundle, "/process/rlimits");
    bundle_payload(bundle, "rlimit NOFILE");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "rlimit.NOFILE", "123:456");
}

Test(process, infinity_is_the_largest_number, .description = "R130 R131")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/rlimits",
               "[{\"type\":\"RLIMIT_CPU\",\"soft\":5000,\"hard\":18446744073709551615}]");
    bundle_payload(bundle, "rlimit CPU");
    result = bundle_run_ok(bundle);
    assert_fact(result, "rlimit.CPU", "5000:-1");
}

Test(process, wrong_rlimits_are_refused, .description = "R023 R128 R130 R131 R132")
{
    static const struct {
        const char *limits, *where;
    } cases[] = {
        {"[{\"type\":\"RLIMIT_TEST\",\"soft\":1,\"hard\":1}]", "/process/rlimits/0/type"},
        {"[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]", "/process/rlimits/0"},
        {"[{\"type\":\"RLIMIT_CPU\",\"soft\":2}]", "/process/rlimits/0"},
        {"[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
         "{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":2}]",
         "/process/rlimits/1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/process/rlimits", "%s", cases[i].limits);
        assert_run_fails(bundle, cases[i].where);
    }
}

Test(process, a_limit_above_the_callers_is_named)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = drop_sys_resource};
    struct result *result;

    bundle_set(bundle, "/process/rlimits",
               "[{\"type\":\"RLIMIT_NOFILE\",\"soft\":2000000000,\"hard\":2000000000}]");
    result = bundle_run_with(bundle, &setting);
    assert_failed(result, 125, "RLIMIT_NOFILE", "/process/rlimits/0", "operation not permitted");
}

Test(process, oom_score_adj_is_set, .description = "R138")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/oomScoreAdj", "321");
    bundle_payload(bundle, "cat /proc/self/oom_score_adj");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./proc/self/oom_score_adj", "321\\n");
}

static void set_oom_score(const void *data)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);

    (void)data;
    if (write(fd, "77", 2) != 2)
        _exit(204);
    close(fd);
}

Test(process, oom_score_adj_is_left_alone_when_it_is_not_configured, .description = "R139")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.prepare = set_oom_score};
    struct result *result;

    bundle_payload(bundle, "cat /proc/self/oom_score_adj");
    result = bundle_run_with(bundle, &setting);
    assert_fact(result, "cat./proc/self/oom_score_adj", "77\\n");
}

Test(process, oom_score_adj_out_of_range_is_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/oomScoreAdj", "1001");
    assert_run_fails(bundle, "/process/oomScoreAdj");
}

Test(process, no_new_privileges_is_set_or_not, .description = "R137")
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "process");
    assert_fact(bundle_run_ok(bundle), "nnp", "1");
    bundle_set(bundle, "/process/noNewPrivileges", "false");
    assert_fact(bundle_run_ok(bundle), "nnp", "0");
}

Test(process, the_process_is_an_ordinary_one)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "process ; pid ; status SigBlk ; status SigIgn ; status Seccomp");
    result = bundle_run_ok(bundle);
    assert_fact(result, "dumpable", "1");
    assert_fact(result, "keepcaps", "0");
    assert_fact(result, "subreaper", "0");
    assert_fact(result, "sid", "1");
    assert_fact(result, "status.SigBlk", "0000000000000000");
    assert_fact(result, "status.SigIgn", "0000000000000000");
    assert_fact(result, "status.Seccomp", "0");
}

Test(process, a_personality_is_set, .description = "R351")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/personality", "{\"domain\":\"LINUX32\"}");
    bundle_payload(bundle, "process ; hostname");
    assert_fact(bundle_run_ok(bundle), "personality", "8");
    bundle_set(bundle, "/linux/personality", "{\"domain\":\"LINUX\"}");
    assert_fact(bundle_run_ok(bundle), "personality", "0");
}

Test(process, an_unknown_personality_is_refused, .description = "R351")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/personality", "{\"domain\":\"SOLARIS\"}");
    assert_run_fails(bundle, "/linux/personality/domain", "SOLARIS");
}

Test(process, flags_of_a_personality_are_refused, .description = "R352")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/personality",
               "{\"domain\":\"LINUX32\",\"flags\":[\"ADDR_NO_RANDOMIZE\"]}");
    assert_run_fails(bundle, "/linux/personality/flags/0", "ADDR_NO_RANDOMIZE");
}

/* ---- labels: what a kernel has that is without the module ---- */

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

Test(process, a_profile_without_apparmor_is_an_error, .description = "R057 R133")
{
    struct bundle *bundle = bundle_new();

    if (exists("/sys/module/apparmor"))
        SKIP("this kernel has AppArmor");
    bundle_set(bundle, "/process/apparmorProfile", "\"strict\"");
    assert_run_fails(bundle, "/process/apparmorProfile", "strict", "AppArmor is not enabled");
    bundle_set(bundle, "/process/apparmorProfile", "\"unconfined\"");
    bundle_run_ok(bundle);
}

Test(process, a_label_without_selinux_is_an_error, .description = "R057 R145")
{
    struct bundle *bundle = bundle_new();

    if (exists("/sys/fs/selinux"))
        SKIP("this kernel has SELinux");
    bundle_set(bundle, "/process/selinuxLabel", "\"system_u:system_r:container_t:s0\"");
    assert_run_fails(bundle, "/process/selinuxLabel", "SELinux is not enabled");
}

Test(process, a_mount_label_without_selinux_is_a_warning,
     .description = "R350: a label of files that no policy looks at has no effect")
{
    struct bundle *bundle = bundle_new();

    if (exists("/sys/fs/selinux"))
        SKIP("this kernel has SELinux");
    bundle_set(bundle, "/linux/mountLabel", "\"system_u:object_r:container_file_t:s0\"");
    bundle_payload(bundle, "exit 0");
    bundle_write(bundle);
    assert_status(tare("--log", WORK "/log", "run", "--bundle", bundle->path, bundle->id, NULL), 0);
    assert_contains(file_read(WORK "/log"), "mountLabel has no effect");
}

Test(process, intel_rdt_without_resctrl_is_an_error, .description = "R286 R290")
{
    struct bundle *bundle = bundle_new();

    if (exists("/sys/fs/resctrl/schemata"))
        SKIP("this host has a resctrl");
    bundle_set(bundle, "/linux/intelRdt", "{\"closID\":\"gold\",\"l3CacheSchema\":\"L3:0=f\"}");
    assert_run_fails(bundle, "/linux/intelRdt", "/sys/fs/resctrl");
    bundle_set(bundle, "/linux/intelRdt", "{\"memBwSchema\":\"XX:0=20\"}");
    assert_run_fails(bundle, "/linux/intelRdt/memBwSchema");
}
