/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/exec.h"
#include "tests/support/text.h"

/* What a process is that tare exec puts into a container. */

TestSuite(exec, TEST_SUITE);

/* ---- where it is ---- */

static void assert_same_namespaces(const struct bundle *bundle)
{
    static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
    struct result *result = exec_payload(bundle, NULL, "ns");
    char target[64];

    assert_status(result, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ssize_t n = readlink(text_format("/proc/%d/ns/%s", bundle_pid(), names[i]), target,
                             sizeof(target) - 1);

        cr_assert_gt(n, 0);
        target[n] = 0;
        assert_fact(result, text_format("ns.%s", names[i]), target);
    }
}

Test(exec, it_is_in_all_namespaces_of_the_init)
{
    struct bundle *bundle = bundle_running();

    assert_same_namespaces(bundle);
    bundle_delete(bundle);
}

Test(exec, in_a_user_namespace_too)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_map_users(bundle);
    bundle_run_paused(bundle);
    assert_same_namespaces(bundle);
    result = exec_payload(bundle, "--user 7:8 --additional-gids 9", "id ; cat /proc/self/uid_map");
    assert_status(result, 0);
    assert_fact(result, "uid", "7");
    assert_fact(result, "gid", "8");
    assert_fact(result, "groups", "9");
    assert_contains(fact(result, "cat./proc/self/uid_map"), "100000");
    assert_exec_fails(255, bundle, "--user 70000", "id", "70000");
    bundle_delete(bundle);
}

Test(exec, a_time_namespace_is_joined, .description = "exec: the clocks of the container hold")
{
    struct bundle *bundle = bundle_new();
    char target[64];
    ssize_t n;

    if (!file_exists("/proc/self/ns/time"))
        SKIP("the kernel has no time namespaces");
    bundle_add_namespace(bundle, "time", NULL);
    bundle_set(bundle, "/linux/timeOffsets", "{\"boottime\":{\"secs\":100000}}");
    bundle_run_paused(bundle);
    n = readlink(text_format("/proc/%d/ns/time", bundle_pid()), target, sizeof(target) - 1);
    cr_assert_gt(n, 0);
    target[n] = 0;
    assert_fact(exec_payload(bundle, NULL, "ns"), "ns.time", target);
    bundle_delete(bundle);
}

Test(exec, without_namespaces_of_its_own_the_root_is_still_the_containers)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/namespaces", "[{\"type\":\"pid\"}]");
    bundle_set(bundle, "/mounts", "[]");
    bundle_remove(bundle, "/hostname");
    bundle_set(bundle, "/linux/maskedPaths", "[]");
    bundle_set(bundle, "/linux/readonlyPaths", "[]");
    bundle_run_paused(bundle);
    result = exec_payload(bundle, NULL, "stat /payload ; stat %s", WORK);
    assert_status(result, 0);
    assert_contains(fact(result, "stat./payload"), "-");
    assert_fact(result, "stat." WORK, "!ENOENT");
    bundle_delete(bundle);
}

Test(exec, it_is_in_the_cgroup_of_the_container)
{
    struct bundle *bundle = bundle_running();
    char *cgroup = text_format("/sys/fs/cgroup/tare-%s", bundle->id);
    struct result *result;
    pid_t pid;

    result = exec_payload(bundle, "--detach --pid-file " EXEC_PID, "pause");
    assert_status(result, 0);
    pid = (pid_t)strtol(file_read(EXEC_PID), NULL, 10);
    cr_assert_str_eq(file_read(text_format("/proc/%d/cgroup", pid)),
                     file_read(text_format("/proc/%d/cgroup", bundle_pid())));
    assert_contains(file_read(text_format("%s/cgroup.procs", cgroup)), file_read(EXEC_PID));
    exec_end();
    bundle_delete(bundle);
}

Test(exec, a_cgroup_below_the_containers)
{
    struct bundle *bundle = bundle_running();
    char *cgroup = text_format("/sys/fs/cgroup/tare-%s/below", bundle->id);

    cr_assert_eq(mkdir(cgroup, 0755), 0);
    assert_status(exec_payload(bundle, "--cgroup below --detach --pid-file " EXEC_PID, "pause"), 0);
    cr_assert_str_eq(file_read(text_format("%s/cgroup.procs", cgroup)),
                     text_format("%s\n", file_read(EXEC_PID)));
    exec_end();
    bundle_delete(bundle);
}

Test(exec, a_cgroup_must_be_there_and_below)
{
    struct bundle *bundle = bundle_running();
    const char *pid_file = " --pid-file " EXEC_PID;

    assert_exec_fails(255, bundle, text_format("--cgroup /nothing %s", pid_file), "pause",
                      text_format("tare-%s/nothing:", bundle->id), "No such file");
    assert_exec_fails(255, bundle, text_format("--cgroup ../other %s", pid_file), "pause",
                      "../other", "not below");
    assert_exec_fails(255, bundle, text_format("--cgroup a/../../b %s", pid_file), "pause",
                      "not below");
    assert_exec_fails(255, bundle, text_format("--cgroup cpu,memory:/x %s", pid_file), "pause",
                      "cpu,memory:/x", "cgroup v2");
    assert_exec_fails(255, bundle, "--cgroup=", "pause", "--cgroup");
    assert_status(exec_payload(bundle, "--cgroup /", "exit 4"), 4);
    bundle_delete(bundle);
}

Test(exec, the_session_keyring_is_the_containers)
{
    struct bundle *bundle = bundle_new();
    struct result *first, *second;

    bundle_run_paused(bundle);
    /* keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0): its serial number. */
    first = exec_payload(bundle, NULL, "syscall 250 0 0xfffffffffffffffd 0");
    second = exec_payload(bundle, NULL, "syscall 250 0 0xfffffffffffffffd 0");
    assert_status(first, 0);
    cr_assert_str_eq(fact(first, "syscall.250"), fact(second, "syscall.250"));
    bundle_delete(bundle);
}

/* ---- who it is ---- */

Test(exec, by_default_it_is_what_the_containers_process_is)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/user",
               "{\"uid\":1001,\"gid\":1002,\"additionalGids\":[5],\"umask\":63}");
    bundle_set(bundle, "/process/cwd", "\"/sys\"");
    bundle_set(bundle, "/process/env/-", "\"OWN=1\"");
    bundle_set(bundle, "/process/oomScoreAdj", "300");
    bundle_set(bundle, "/linux/personality", "{\"domain\":\"LINUX32\"}");
    bundle_run_paused(bundle);
    result = exec_payload(bundle, NULL,
                          "id ; umask ; cwd ; env OWN ; env HOME ; rlimit NOFILE ; process ; "
                          "cat /proc/self/oom_score_adj ; status Seccomp");
    assert_status(result, 0);
    assert_fact(result, "uid", "1001");
    assert_fact(result, "gid", "1002");
    assert_fact(result, "groups", "5");
    assert_fact(result, "umask", "0077");
    assert_fact(result, "cwd", "/sys");
    assert_fact(result, "env.OWN", "1");
    assert_fact(result, "env.HOME", "/");
    assert_fact(result, "rlimit.NOFILE", "1024:1024");
    assert_fact(result, "nnp", "1");
    assert_fact(result, "personality", "8");
    assert_fact(result, "cat./proc/self/oom_score_adj", "300\\n");
    assert_fact(result, "status.Seccomp", "0");
    bundle_delete(bundle);
}

Test(exec, options_change_the_containers_process)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/user", "{\"uid\":1001,\"gid\":1002,\"additionalGids\":[5]}");
    bundle_set(bundle, "/process/noNewPrivileges", "false");
    bundle_run_paused(bundle);
    result = exec_payload(bundle,
                          "-u 7 -g 8 -g 9 --cwd /sys -e A=1,2 -e TERM=vt100 --no-new-privs -e A=3",
                          "id ; cwd ; env A ; env TERM ; process ; environ");
    assert_status(result, 0);
    assert_fact(result, "uid", "7");
    /* runc and crun keep it, too, when only a uid is given. */
    assert_fact(result, "gid", "1002");
    assert_fact(result, "groups", "5,8,9");
    assert_fact(result, "cwd", "/sys");
    assert_fact(result, "env.A", "3");
    assert_fact(result, "env.TERM", "vt100");
    assert_fact(result, "nnp", "1");
    cr_assert_null(strstr(strstr(result->out, "environ=TERM=") + 1, "environ=TERM="));
    bundle_delete(bundle);
}

Test(exec, a_user_is_a_number, .description = "CVE-2026-30892 CVE-2016-3697: strictly")
{
    static const char *const good[][3] = {{"0", "0", "0"},
                                          {"1", "1", "0"},
                                          {"10:20", "10", "20"},
                                          {"65534", "65534", "0"},
                                          {"4294967294:4294967294", "4294967294", "4294967294"}};
    static const char *const bad[] = {"1:",          ":1",
                                      "-1",          "4294967295",
                                      "4294967296",  "1x",
                                      "+1",          "root",
                                      "1:root",      "1:2:3",
                                      "0x10",        "1.0",
                                      "1:-1",        "99999999999999999999",
                                      "1:4294967295"};
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, "/etc"));
    file_write(bundle_path(bundle, "/etc/passwd"), "1:x:0:0::/:/bin/sh\nroot:x:5:5::/:/bin/sh\n");
    bundle_run_paused(bundle);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct result *result = exec_payload(bundle, text_format("-u %s", good[i][0]), "id");

        assert_status(result, 0);
        assert_fact(result, "uid", good[i][1]);
        assert_fact(result, "gid", good[i][2]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_exec_fails(255, bundle, text_format("-u %s", bad[i]), "id", bad[i], "as numbers");
    assert_exec_fails(255, bundle, "--user=", "id", "as numbers");
    assert_exec_fails(255, bundle, "-g wheel", "id", "wheel");
    assert_exec_fails(255, bundle, "-g 4294967295", "id", "4294967295");
    bundle_delete(bundle);
}

Test(exec, capabilities_are_the_containers_and_more)
{
    struct bundle *bundle = bundle_running();
    struct result *result = exec_payload(bundle, NULL, "caps");

    assert_fact(result, "status.CapBnd", "0000000020000420");
    assert_fact(result, "status.CapEff", "0000000020000420");
    result = exec_payload(bundle, "--cap CAP_NET_ADMIN -c chown", "caps");
    assert_status(result, 0);
    assert_fact(result, "status.CapBnd", "0000000020001421");
    assert_fact(result, "status.CapPrm", "0000000020001421");
    assert_fact(result, "status.CapEff", "0000000020001421");
    /* CVE-2022-29162 */
    assert_fact(result, "status.CapInh", "0000000000000000");
    assert_fact(result, "status.CapAmb", "0000000000000000");
    assert_exec_fails(255, bundle, "--cap CAP_TELEPORT", "caps", "CAP_TELEPORT");
    bundle_delete(bundle);
}

Test(exec, the_filter_of_the_container_applies)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/seccomp",
               "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],"
               "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77}]}");
    bundle_set(bundle, "/process/noNewPrivileges", "false");
    bundle_run_paused(bundle);
    result = exec_payload(bundle, "--user 5", "mkdir /x ; status Seccomp");
    assert_status(result, 0);
    assert_fact(result, "mkdir./x", "!EBADFD");
    assert_fact(result, "status.Seccomp", "2");
    bundle_delete(bundle);
}

/* ---- documents ---- */

Test(exec, a_document_describes_the_process)
{
    struct bundle *bundle = bundle_running();
    struct result *result = exec_document(
        bundle, NULL,
        ",\"user\":{\"uid\":3,\"gid\":4,\"umask\":2,\"additionalGids\":[6]},\"env\":[\"B=2\"],"
        "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\"]},\"noNewPrivileges\":true,"
        "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":50,\"hard\":60}],\"oomScoreAdj\":200,"
        "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":3},"
        "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\",\"priority\":0}",
        "id ; umask ; env B ; env TERM ; caps ; process ; sched ; rlimit NOFILE ; "
        "cat /proc/self/oom_score_adj");

    assert_status(result, 0);
    assert_fact(result, "uid", "3");
    assert_fact(result, "gid", "4");
    assert_fact(result, "groups", "6");
    assert_fact(result, "umask", "0002");
    assert_fact(result, "env.B", "2");
    assert_fact(result, "env.TERM", "(unset)");
    assert_fact(result, "status.CapBnd", "0000000000000001");
    assert_fact(result, "status.CapEff", "0000000000000000");
    assert_fact(result, "nnp", "1");
    assert_contains(fact(result, "sched"), "policy 3");
    assert_contains(fact(result, "sched"), "nice 3");
    assert_fact(result, "ioprio", text_format("%d", 3 << 13));
    assert_fact(result, "rlimit.NOFILE", "50:60");
    assert_fact(result, "cat./proc/self/oom_score_adj", "200\\n");
    bundle_delete(bundle);
}

Test(exec, what_a_document_leaves_out_is_the_containers)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/user/umask", "63");
    bundle_set(bundle, "/process/oomScoreAdj", "150");
    bundle_run_paused(bundle);
    result = exec_document(bundle, NULL, "",
                           "caps ; rlimit NOFILE ; umask ; cat /proc/self/oom_score_adj");
    assert_status(result, 0);
    assert_fact(result, "status.CapBnd", "0000000020000420");
    assert_fact(result, "rlimit.NOFILE", "1024:1024");
    assert_fact(result, "umask", "0077");
    assert_fact(result, "cat./proc/self/oom_score_adj", "150\\n");
    bundle_delete(bundle);
}

Test(exec, a_document_may_come_from_stdin)
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.input = "{\"cwd\":\"/\",\"args\":[\"/payload\",\"say\",\"hello\"]}"};
    struct result *result = exec_payload_with(&setting, bundle, "--process -", NULL);

    assert_status(result, 0);
    assert_fact(result, "say", "hello");
    bundle_delete(bundle);
}

Test(exec, a_wrong_document_is_refused_with_its_place)
{
    struct bundle *bundle = bundle_running();
    const char *option = "--pid-file " EXEC_PID;

    assert_exec_failed(exec_document(bundle, option, ",\"user\":{\"uid\":\"x\",\"gid\":0}", ""),
                       255, bundle, "/user/uid", "line 1", WORK "/process.json");
    assert_exec_failed(exec_document(bundle, option, ",\"oomScoreAdj\":2000", ""), 255, bundle,
                       "/oomScoreAdj");
    /* What the planner or the child finds is at its place in the document, too. */
    assert_exec_failed(exec_document(bundle, option,
                                     ",\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":0}",
                                     ""),
                       255, bundle, " /scheduler/priority", "line 1");
    assert_exec_failed(
        exec_document(bundle, option,
                      ",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":2,\"hard\":1}]", ""),
        255, bundle, " /rlimits/0/soft");
    file_write(WORK "/process.json", "{ no");
    assert_exec_failed(exec_payload_with(NULL, bundle, "-p " WORK "/process.json", NULL), 255,
                       bundle, WORK "/process.json");
    assert_exec_failed(exec_payload_with(NULL, bundle, "-p " WORK "/absent.json", NULL), 255,
                       bundle, "absent.json", "No such file");
    file_write(WORK "/process.json", "{\"cwd\":\"/nowhere\",\"args\":[\"/payload\"]}");
    assert_exec_failed(exec_payload_with(NULL, bundle, "-p " WORK "/process.json", NULL), 255,
                       bundle, " /cwd", "/nowhere", "line 1");
    assert_exec_failed(exec_payload_with(NULL, bundle, "-p " WORK "/process.json", "say x"), 255,
                       bundle, "exclude");
    bundle_delete(bundle);
}

Test(exec, changes_of_the_bundle_have_no_effect,
     .description = "R025 R059: what the container was made with holds")
{
    struct bundle *bundle = bundle_running();

    bundle_set(bundle, "/process/user", "{\"uid\":5,\"gid\":5}");
    bundle_write(bundle);
    assert_fact(exec_payload(bundle, NULL, "id"), "uid", "0");
    cr_assert_eq(unlink(text_format("%s/config.json", bundle->path)), 0);
    assert_fact(exec_payload(bundle, NULL, "id"), "uid", "0");
    bundle_delete(bundle);
}

/* ---- processors ---- */

static void bind_to_first(const void *data)
{
    cpu_set_t set;

    (void)data;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

static const char *all_processors(void)
{
    const char *line = strstr(file_read("/proc/self/status"), "Cpus_allowed_list:\t") + 19;

    return strndup(line, strcspn(line, "\n"));
}

Test(exec, final_processors, .description = "R149 R151: execCPUAffinity.final is for exec alone")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("needs two processors");
    bundle_set(bundle, "/process/execCPUAffinity", "{\"final\":\"1\"}");
    bundle_payload(bundle, "status Cpus_allowed_list ; pause");
    result = bundle_create(bundle);
    bundle_start(bundle);
    result_await(result, "Cpus_allowed_list");
    assert_fact(result, "status.Cpus_allowed_list", all_processors());
    result = exec_payload(bundle, NULL, "status Cpus_allowed_list");
    assert_fact(result, "status.Cpus_allowed_list", "1");
    result =
        exec_document(bundle, NULL, ",\"execCPUAffinity\":{\"initial\":\"1\",\"final\":\" 0 \"}",
                      "status Cpus_allowed_list");
    assert_fact(result, "status.Cpus_allowed_list", "0");
    bundle_delete(bundle);
}

Test(exec, initial_processors,
     .description = "R150 R151: the kernel's affair when there is no final one")
{
    struct bundle *bundle = bundle_running();
    struct result *result;
    bool kept;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("needs two processors");
    result = exec_document(bundle, NULL, ",\"execCPUAffinity\":{\"initial\":\"1\",\"final\":\"\"}",
                           "status Cpus_allowed_list");
    assert_status(result, 0);
    /* Before Linux 6.2 who enters another cpuset forgets what was asked for. */
    kept = !host_has_controller("cpuset") || host_has_kernel(6, 2);
    assert_fact(result, "status.Cpus_allowed_list", kept ? "1" : all_processors());
    bundle_delete(bundle);
}

Test(exec, the_callers_processors_are_not_handed_on,
     .description = "R151: without any, it is the cgroup's cpuset that counts")
{
    struct bundle *bundle = bundle_running();
    struct setting setting = {.prepare = bind_to_first};
    struct result *result = exec_payload_with(&setting, bundle, NULL, "status Cpus_allowed_list");

    assert_status(result, 0);
    assert_fact(result, "status.Cpus_allowed_list", all_processors());
    bundle_delete(bundle);
}

Test(exec, wrong_processors_are_refused)
{
    static const char *const cases[][2] = {{"\"initial\":\"3-1\"", "/execCPUAffinity/initial"},
                                           {"\"final\":\"1,,2\"", "/execCPUAffinity/final"},
                                           {"\"final\":\"9000\"", "/execCPUAffinity/final"},
                                           {"\"initial\":\"8000\"", "/execCPUAffinity/initial"},
                                           {"\"final\":\"8000\"", "/execCPUAffinity/final"}};
    struct bundle *bundle = bundle_running();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_exec_failed(exec_document(bundle, "--pid-file " EXEC_PID,
                                         text_format(",\"execCPUAffinity\":{%s}", cases[i][0]),
                                         "say x"),
                           255, bundle, cases[i][1]);
    bundle_delete(bundle);
}
