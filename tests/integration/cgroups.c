/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(cgroups, TEST_SUITE);
TestSuite(cgroups_limits, TEST_SUITE);
TestSuite(cgroups_hybrid, .init = test_setup_hybrid, .fini = test_teardown, .timeout = TEST_LIMIT);

#define CGROUP "/sys/fs/cgroup"

/* Where a process is: "/a/b". */
static char *cgroup_of(pid_t pid)
{
    char *text = file_read(text_format("/proc/%d/cgroup", pid)), *line = strstr(text, "0::");

    cr_assert_not_null(line);
    return strndup(line + 3, strcspn(line + 3, "\n"));
}

Test(cgroups, an_absolute_path_is_below_the_mount, .description = "R233 R234 R235")
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("/%s-own", test_prefix());

    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    /* In place when create returns. */
    cr_assert_str_eq(cgroup_of(bundle_pid()), path);
    assert_contains(file_read(text_format(CGROUP "%s/cgroup.procs", path)), file_read(PID_FILE));
    bundle_start(bundle);
    cr_assert_str_eq(cgroup_of(bundle_pid()), path);
    bundle_delete(bundle);
    cr_assert_not(file_exists(text_format(CGROUP "%s", path)));
}

Test(cgroups, missing_parents_are_made, .description = "R240")
{
    struct bundle *bundle = bundle_new();
    char *parent = text_format(CGROUP "/%s-parent", test_prefix());

    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-parent/mid/leaf\"", test_prefix());
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    cr_assert_str_eq(cgroup_of(bundle_pid()), text_format("/%s-parent/mid/leaf", test_prefix()));
    bundle_delete(bundle);
    cr_assert_not(file_exists(text_format("%s/mid/leaf", parent)));
    /* Parents may be shared with others: they may stay. */
    rmdir(text_format("%s/mid", parent));
    rmdir(parent);
}

Test(cgroups, a_relative_path_is_the_same_place_each_time, .description = "R234 R236 R237")
{
    struct bundle *bundle = bundle_new();
    char *first, *second;

    bundle_set(bundle, "/linux/cgroupsPath", "\"%s-relative\"", test_prefix());
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    first = cgroup_of(bundle_pid());
    bundle_delete(bundle);
    bundle_create(bundle);
    second = cgroup_of(bundle_pid());
    bundle_delete(bundle);
    cr_assert_str_eq(first, second);
    assert_contains(first, text_format("%s-relative", test_prefix()));
}

Test(cgroups, without_a_path_the_id_names_it, .description = "R238")
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    assert_contains(cgroup_of(bundle_pid()), bundle->id);
    bundle_delete(bundle);
}

Test(cgroups, dots_do_not_lead_out, .description = "R239")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/cgroupsPath", "\"/../../../../%s-dots\"", test_prefix());
    bundle_payload(bundle, "say hello");
    result = bundle_run(bundle);
    if (result->status != 0)
        assert_failed(result, 125, "/linux/cgroupsPath");
    cr_assert_not(file_exists(text_format("/%s-dots", test_prefix())));
    cr_assert_not(file_exists(text_format("/sys/%s-dots", test_prefix())));
}

/* A process of someone else's in the cgroup. */
static pid_t squatter_start(const char *path)
{
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    file_write(text_format(CGROUP "%s/cgroup.procs", path), "%d", pid);
    return pid;
}

Test(cgroups, one_with_processes_in_it_is_refused, .description = "R070 R232")
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("/%s-taken", test_prefix());
    struct result *result;
    pid_t pid;
    int status;

    cr_assert_eq(mkdir(text_format(CGROUP "%s", path), 0755), 0);
    pid = squatter_start(path);
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    result = bundle_run(bundle);
    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "empty");
    cr_assert_eq(waitpid(pid, &status, WNOHANG), 0, "the stranger was killed");
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    usleep(10000);
    cr_assert_eq(rmdir(text_format(CGROUP "%s", path)), 0, "%s", strerror(errno));
}

/* With a process of somebody else's in it. */
Test(cgroups, one_that_others_made_since_is_theirs)
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("/%s-since", test_prefix());
    char *directory = text_format(CGROUP "%s", path);
    pid_t pid;
    int status;

    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    cr_assert_eq(rmdir(directory), 0);
    cr_assert_eq(mkdir(directory, 0755), 0);
    pid = squatter_start(path);
    assert_status(tare("kill", "--all", bundle->id, "KILL", NULL), 0);
    bundle_delete(bundle);
    cr_assert_eq(waitpid(pid, &status, WNOHANG), 0, "the stranger was killed");
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    usleep(10000);
    cr_assert_eq(rmdir(directory), 0, "%s", strerror(errno));
}

Test(cgroups, one_that_was_there_and_empty_survives, .description = "R070")
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("/%s-mine", test_prefix());

    cr_assert_eq(mkdir(text_format(CGROUP "%s", path), 0755), 0);
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    bundle_run_ok(bundle);
    cr_assert(file_exists(text_format(CGROUP "%s", path)));
    bundle_set(bundle, "/process/args", "[\"/none\"]");
    cr_assert_neq(bundle_run(bundle)->status, 0);
    cr_assert_eq(rmdir(text_format(CGROUP "%s", path)), 0);
}

Test(cgroups, children_of_the_containers_making_are_removed, .description = "R069")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/mounts/6/options", "[\"nosuid\",\"noexec\",\"nodev\",\"relatime\"]");
    bundle_payload(bundle, "mkdir /sys/fs/cgroup/a ; mkdir /sys/fs/cgroup/a/b");
    result = bundle_run_ok(bundle);
    assert_fact(result, "mkdir./sys/fs/cgroup/a/b", "ok");
}

Test(cgroups, everything_in_it_ends_with_the_container, .description = "R069")
{
    struct bundle *bundle = bundle_new();

    /* Without a pid namespace only the cgroup holds the container together. */
    bundle_remove_namespace(bundle, "pid");
    bundle_payload(bundle, "child 60000 ; child 60000 ; say end");
    bundle_run_ok(bundle);
    assert_nothing_left();
}

Test(cgroups, a_frozen_one_is_refused, .description = "R232")
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("/%s-frozen", test_prefix());
    struct result *result;

    cr_assert_eq(mkdir(text_format(CGROUP "%s", path), 0755), 0);
    file_write(text_format(CGROUP "%s/cgroup.freeze", path), "1");
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    result = bundle_run(bundle);
    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "frozen");
    cr_assert_eq(rmdir(text_format(CGROUP "%s", path)), 0);
}

Test(cgroups, one_that_cannot_hold_processes_is_explained, .description = "R044")
{
    struct bundle *bundle = bundle_new();
    char *parent = text_format(CGROUP "/%s-domain", test_prefix());
    char *thread = text_format("%s/thread", parent);

    cr_assert_eq(mkdir(parent, 0755), 0);
    cr_assert_eq(mkdir(thread, 0755), 0);
    file_write(text_format("%s/cgroup.type", thread), "threaded");
    host_snapshot();
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-domain/other\"", test_prefix());
    assert_run_fails(bundle, "below a threaded cgroup", "choose another cgroupsPath");
    cr_assert_not(file_exists(text_format("%s/other", parent)));
    cr_assert_eq(rmdir(thread), 0);
    cr_assert_eq(rmdir(parent), 0);
    host_snapshot();
}

Test(cgroups, a_missing_controller_is_explained, .description = "R057")
{
    static const struct {
        const char *controller, *pointer, *resource;
    } cases[] = {
        {"memory", "/linux/resources/memory", "{\"limit\":67108864}"},
        {"pids", "/linux/resources/pids", "{\"limit\":100}"},
        {"cpu", "/linux/resources/cpu", "{\"shares\":512}"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();

        if (host_has_controller(cases[i].controller))
            SKIP("the host has the %s controller on cgroup v2", cases[i].controller);
        bundle_set(bundle, cases[i].pointer, "%s", cases[i].resource);
        assert_run_fails(bundle, cases[i].controller, cases[i].pointer);
    }
}

Test(cgroups, no_controller_is_needed_to_limit_nothing, .description = "-1 is no limit")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/resources",
               "{\"memory\":{\"limit\":-1,\"swap\":-1,\"reservation\":-1},\"pids\":{\"limit\":-1},"
               " \"cpu\":{\"quota\":-1},\"unified\":{\"memory.high\":\"max\"}}");
    bundle_run_ok(bundle);
    assert_status(
        tare("--cgroup-manager=disabled", "run", "--bundle", bundle->path, bundle->id, NULL), 0);
}

/* ---- delegation ---- */

static struct bundle *bundle_with_cgroup_mount(const char *options)
{
    struct bundle *bundle = bundle_new();

    bundle_map_users(bundle);
    bundle_set(bundle, "/mounts/6/options", "[%s]", options);
    bundle_payload(bundle, "stat /sys/fs/cgroup ; stat /sys/fs/cgroup/cgroup.procs ; stat "
                           "/sys/fs/cgroup/cgroup.subtree_control ; stat "
                           "/sys/fs/cgroup/cgroup.threads ; stat /sys/fs/cgroup/cgroup.max.depth ; "
                           "mkdir /sys/fs/cgroup/child ; write "
                           "/sys/fs/cgroup/child/cgroup.procs 0 ; cat /proc/self/cgroup");
    return bundle;
}

Test(cgroups, a_cgroup_is_handed_to_the_user, .description = "R242 R245 R247 R250: and is of use")
{
    struct bundle *bundle = bundle_with_cgroup_mount("\"nosuid\",\"noexec\",\"nodev\"");
    struct result *result = bundle_run_ok(bundle);

    assert_fact(result, "stat./sys/fs/cgroup", "d 0755 0 65534");
    assert_fact(result, "stat./sys/fs/cgroup/cgroup.procs", "- 0644 0 65534");
    assert_fact(result, "stat./sys/fs/cgroup/cgroup.subtree_control", "- 0644 0 65534");
    assert_fact(result, "stat./sys/fs/cgroup/cgroup.threads", "- 0644 0 65534");
    assert_fact(result, "stat./sys/fs/cgroup/cgroup.max.depth", "- 0644 65534 65534");
    assert_fact(result, "mkdir./sys/fs/cgroup/child", "ok");
    assert_fact(result, "write./sys/fs/cgroup/child/cgroup.procs", "ok");
    assert_contains(fact(result, "cat./proc/self/cgroup"), "0::/child\\n");
}

Test(cgroups, a_cgroup_is_handed_to_the_user_of_the_process, .description = "R242")
{
    struct bundle *bundle = bundle_with_cgroup_mount("\"nosuid\"");
    struct result *result;

    bundle_set(bundle, "/process/user", "{\"uid\":7,\"gid\":7}");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./sys/fs/cgroup", "d 0755 7 65534");
    assert_fact(result, "mkdir./sys/fs/cgroup/child", "ok");
}

Test(cgroups, a_cgroup_is_not_handed_out_otherwise, .description = "R244 R245 R246")
{
    struct bundle *bundle = bundle_with_cgroup_mount("\"ro\"");
    struct result *result = bundle_run_ok(bundle);

    assert_fact(result, "stat./sys/fs/cgroup", "d 0755 65534 65534");
    assert_fact(result, "mkdir./sys/fs/cgroup/child", "!EROFS");

    bundle = bundle_with_cgroup_mount("\"nosuid\"");
    bundle_remove_namespace(bundle, "cgroup");
    bundle_payload(bundle, "stat /sys/fs/cgroup/tare-%s/cgroup.procs", bundle->id);
    result = bundle_run_ok(bundle);
    assert_fact(result, text_format("stat./sys/fs/cgroup/tare-%s/cgroup.procs", bundle->id),
                "- 0644 65534 65534");
}

#define DELEGATE "run.oci.delegate-cgroup"

Test(cgroups, the_init_starts_in_a_delegated_one, .description = "annotation " DELEGATE)
{
    struct bundle *bundle = bundle_new();
    char *path = text_format("/%s-own", test_prefix());
    struct result *created;
    struct stat st;

    bundle_map_users(bundle);
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s\"", path);
    bundle_set(bundle, "/annotations", "{\"" DELEGATE "\":\"mine\"}");
    bundle_payload(bundle, "cat /proc/self/cgroup ; pause");
    created = bundle_create(bundle);
    cr_assert_str_eq(cgroup_of(bundle_pid()), text_format("%s/mine", path));
    cr_assert_eq(stat(text_format(CGROUP "%s/mine/cgroup.procs", path), &st), 0);
    cr_assert_eq(st.st_uid, 100000);
    cr_assert_eq(stat(text_format(CGROUP "%s/cgroup.procs", path), &st), 0);
    cr_assert_eq(st.st_uid, 0);
    bundle_start(bundle);
    /* The root of its cgroup namespace is the one above. */
    result_await(created, "0::/mine");
    cr_assert_str_eq(tare("ps", "-f", "json", bundle->id, NULL)->out,
                     text_format("[%d]\n", (int)bundle_pid()));
    bundle_delete(bundle);
    cr_assert_not(file_exists(text_format(CGROUP "%s", path)));
}

Test(cgroups, a_delegated_one_that_cannot_be_is_refused)
{
    static const char *const names[] = {"", "a/b", "..", "."};
    struct bundle *bundle = bundle_new();
    char *path = text_format(CGROUP "/%s-own", test_prefix());

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bundle_set(bundle, "/annotations", "{\"" DELEGATE "\":\"%s\"}", names[i]);
        assert_run_fails(bundle, "/annotations/" DELEGATE, "is not the name of a cgroup");
    }
    bundle_set(bundle, "/annotations", "{\"" DELEGATE "\":\"cgroup.procs\"}");
    assert_run_fails(bundle, "/annotations/" DELEGATE, "choose another");
    bundle_set(bundle, "/annotations", "{\"" DELEGATE "\":\"mine\"}");
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-own\"", test_prefix());
    directory_make(path);
    host_snapshot();
    assert_run_fails(bundle, "/annotations/" DELEGATE, "was there before the container");
    rmdir(path);
    host_snapshot();
}

Test(cgroups, any_file_can_be_in_unified, .description = "R279 R281")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-unified\"", test_prefix());
    bundle_set(bundle, "/linux/resources/unified", "{\"cgroup.max.descendants\":\"7\"}");
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    cr_assert_str_eq(
        file_read(text_format(CGROUP "/%s-unified/cgroup.max.descendants", test_prefix())), "7\n");
    bundle_delete(bundle);
    bundle_set(bundle, "/linux/resources/unified", "{\"cgroup.no_such\":\"7\"}");
    assert_run_fails(bundle, "/linux/resources/unified/cgroup.no_such");
}

Test(cgroups, no_manager_means_no_cgroup)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-none\"", test_prefix());
    bundle_remove(bundle, "/linux/resources");
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    result = tare("--cgroup-manager=disabled", "create", "--bundle", bundle->path, "--pid-file",
                  PID_FILE, bundle->id, NULL);
    assert_status(result, 0);
    cr_assert_not(file_exists(text_format(CGROUP "/%s-none", test_prefix())));
    bundle_delete(bundle);
}

Test(cgroups, an_unknown_manager_is_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    assert_failed(
        tare("--cgroup-manager=committee", "run", "--bundle", bundle->path, bundle->id, NULL), 125,
        "committee");
}

/* ---- limits, where the controllers are on cgroup v2 ---- */

static const char *limit_read(const struct bundle *bundle, const char *file)
{
    char *path = text_format(CGROUP "%s/%s", cgroup_of(bundle_pid()), file), *text;

    (void)bundle;
    if (!file_exists(path))
        return "(none)";
    text = file_read(path);
    return strndup(text, strcspn(text, "\n"));
}

static void check_limit(const char *controller, const char *resources, const char *file,
                        const char *expected)
{
    struct bundle *bundle;

    need_controller(controller);
    bundle = bundle_new();
    bundle_set(bundle, "/linux/resources", "%s", resources);
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    cr_assert_str_eq(limit_read(bundle, file), expected, "%s: %s is %s", resources, file,
                     limit_read(bundle, file));
    bundle_delete(bundle);
}

Test(cgroups_limits, memory, .description = "R256")
{
    check_limit("memory", "{\"memory\":{\"limit\":67108864}}", "memory.max", "67108864");
    check_limit("memory", "{\"memory\":{\"limit\":-1}}", "memory.max", "max");
    check_limit("memory", "{\"memory\":{\"reservation\":33554432}}", "memory.low", "33554432");
}

Test(cgroups_limits, memory_swap_is_the_difference, .description = "R256")
{
    if (!host_has_controller("memory") || !file_exists("/proc/swaps"))
        need_controller("memory");
    check_limit("memory", "{\"memory\":{\"limit\":67108864,\"swap\":100663296}}", "memory.swap.max",
                "33554432");
}

Test(cgroups_limits, cpu, .description = "R262 R266 R283")
{
    check_limit("cpu", "{\"cpu\":{\"shares\":1024}}", "cpu.weight", "100");
    check_limit("cpu", "{\"cpu\":{\"quota\":50000,\"period\":200000}}", "cpu.max", "50000 200000");
    check_limit("cpu", "{\"cpu\":{\"quota\":-1}}", "cpu.max", "max 100000");
    check_limit("cpu", "{\"cpu\":{\"idle\":1}}", "cpu.idle", "1");
}

Test(cgroups_limits, cpuset, .description = "R265")
{
    check_limit("cpuset", "{\"cpu\":{\"cpus\":\"0\",\"mems\":\"0\"}}", "cpuset.cpus", "0");
}

Test(cgroups_limits, pids, .description = "R275")
{
    check_limit("pids", "{\"pids\":{\"limit\":77}}", "pids.max", "77");
    check_limit("pids", "{\"pids\":{\"limit\":-1}}", "pids.max", "max");
}

/* Engines show what containers use, whether these have limits or not. */
Test(cgroups_limits, parents_that_are_made_keep_no_controllers, .description = "R240")
{
    struct bundle *limited, *bundle;

    need_controller("memory");
    limited = bundle_new();
    bundle_set(limited, "/linux/resources", "{\"memory\":{\"limit\":67108864}}");
    bundle_payload(limited, "pause");
    bundle_create(limited);

    bundle = bundle_new();
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-above/middle/below\"", bundle->id);
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    cr_assert_str_neq(limit_read(bundle, "memory.current"), "(none)");
    bundle_delete(bundle);
    cr_assert(!file_exists(text_format(CGROUP "/%s-above", bundle->id)), "a parent is left");
    bundle_delete(limited);
}

Test(cgroups_limits, a_limit_of_before_is_lifted, .description = "-1 where there was a limit")
{
    const char *path = text_format(CGROUP "/%s-limited", test_prefix());
    struct bundle *bundle;

    need_controller("pids");
    bundle = bundle_new();
    cr_assert_eq(mkdir(path, 0755), 0);
    file_write(text_format("%s/pids.max", path), "20");
    host_snapshot();
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-limited\"", test_prefix());
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":-1}");
    bundle_run_ok(bundle);
    cr_assert_str_eq(file_read(text_format("%s/pids.max", path)), "max\n");
    cr_assert_eq(rmdir(path), 0);
    host_snapshot();
}

Test(cgroups_limits, io)
{
    check_limit("io", "{\"unified\":{\"io.weight\":\"default 250\"}}", "io.weight", "default 250");
}

Test(cgroups_limits, unified, .description = "R279")
{
    check_limit("memory", "{\"unified\":{\"memory.high\":\"41943040\"}}", "memory.high",
                "41943040");
    check_limit("pids", "{\"pids\":{\"limit\":5},\"unified\":{\"pids.max\":\"66\"}}", "pids.max",
                "66");
}

Test(cgroups_limits, a_tiny_memory_limit_kills_and_says_so)
{
    struct bundle *bundle;
    struct result *result;

    need_controller("memory");
    bundle = bundle_new();
    bundle_set(bundle, "/linux/resources/memory", "{\"limit\":20480}");
    result = bundle_run(bundle);
    if (result->status != 0)
        assert_failed(result, 125, "memory");
}

/* What does not need a controller to be wrong. */
Test(cgroups_limits, wrong_values_are_refused, .description = "R196")
{
    static const struct {
        const char *resources, *where;
    } cases[] = {
        {"{\"memory\":{\"limit\":\"1G\"}}", "/linux/resources/memory/limit"},
        {"{\"memory\":{\"limit\":1000000,\"swap\":500000}}", "/linux/resources/memory/swap"},
        {"{\"cpu\":{\"shares\":-5}}", "/linux/resources/cpu/shares"},
        {"{\"cpu\":{\"period\":1.5}}", "/linux/resources/cpu/period"},
        {"{\"unified\":{\"../memory.max\":\"1\"}}", "/linux/resources/unified"},
        {"{\"pids\":{\"limit\":true}}", "/linux/resources/pids/limit"},
        {"{\"blockIO\":{\"weight\":5}}", "/linux/resources/blockIO/weight"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/linux/resources", "%s", cases[i].resources);
        assert_run_fails(bundle, cases[i].where);
    }
}

/* Settings that only cgroup v1 knows are reported, not dropped. */
Test(cgroups_limits, settings_of_v1_are_refused, .description = "R258 R259 R273 R284")
{
    static const struct {
        const char *resources, *where;
    } cases[] = {
        {"{\"memory\":{\"swappiness\":60}}", "/linux/resources/memory/swappiness"},
        {"{\"memory\":{\"disableOOMKiller\":true}}", "/linux/resources/memory/disableOOMKiller"},
        {"{\"cpu\":{\"realtimeRuntime\":950000}}", "/linux/resources/cpu/realtimeRuntime"},
        {"{\"network\":{\"classID\":1048577}}", "/linux/resources/network"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;

        bundle_set(bundle, "/linux/resources", "%s", cases[i].resources);
        result = bundle_run(bundle);
        assert_contains(result->err, cases[i].where);
    }
}

/* ---- hybrid hosts ---- */

Test(cgroups_hybrid, the_default_configuration_runs)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "say hello ; mount /sys/fs/cgroup");
    result = bundle_run_ok(bundle);
    assert_fact(result, "say", "hello");
}

Test(cgroups_hybrid, the_container_is_in_the_unified_hierarchy)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s-h\"", test_prefix());
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    cr_assert_str_eq(cgroup_of(bundle_pid()), text_format("/%s-h", test_prefix()));
    bundle_delete(bundle);
}

Test(cgroups_hybrid, a_limit_whose_controller_is_on_v1_is_explained)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/resources/memory", "{\"limit\":67108864}");
    assert_run_fails(bundle, "memory", "/linux/resources/memory", "v1", "cgroup_no_v1");
}
