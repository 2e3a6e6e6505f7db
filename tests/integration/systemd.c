/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* The cgroup manager systemd. Nearly all of it needs systemd as process 1, which scripts/vm-test
 * --systemd has. */

#define MIB(n) ((n)*1048576L)

/* In every name of this test's: what is left is found by it. */
static char *slice;

static void use_systemd(void)
{
    const char *twin = TEST_BUILDDIR "/tare-dynamic";
    const char *binary = getenv("TARE_BINARY");

    /* The static program needs its twin where it is installed: without an installation we call it by its name. */
    if (binary == NULL && file_exists(twin))
        setenv("TARE_BINARY", twin, 1);
}

static void set_up(void)
{
    test_setup();
    use_systemd();
    slice = text_format("%s.slice", test_prefix());
}

static char *systemctl(const char *first, const char *second, const char *third, const char *fourth)
{
    /* In the tests' pid namespace it believes that it runs in a chroot, and does not believe in a systemd whose
     * pid it cannot see: it is told to go by the message bus. */
    static const char *const path[] = {"PATH=/usr/bin:/bin", "SYSTEMD_IGNORE_CHROOT=1",
                                       "SYSTEMCTL_FORCE_BUS=1", NULL};
    const struct setting setting = {.env = path};
    const char *const argv[] = {
        "/usr/bin/systemctl", "--no-pager", first, second, third, fourth, NULL};
    struct result *result = program_run(&setting, argv);
    char *out = result->out;

    if (strcmp(first, "stop") != 0)
        assert_status(result, 0);
    out[strcspn(out, "\n")] = '\0';
    return out;
}

static void tear_down(void)
{
    if (file_exists("/run/systemd/private"))
        systemctl("stop", slice, NULL, NULL);
    test_teardown();
}

TestSuite(systemd, .init = set_up, .fini = tear_down, .timeout = TEST_LIMIT);
TestSuite(systemd_errors, .init = set_up, .fini = tear_down, .timeout = TEST_LIMIT);

static void need_systemd(void)
{
    if (!file_exists("/run/systemd/private"))
        SKIP("needs systemd as process 1; runs in the virtual machine (scripts/vm-test --systemd)");
}

static struct bundle *scoped(void)
{
    struct bundle *bundle;

    need_systemd();
    bundle = bundle_new_busybox();
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s:pod:%s\"", slice, bundle->id);
    bundle_args(bundle, "/bin/sleep", "1000", NULL);
    return bundle;
}

static char *unit_of(const struct bundle *bundle)
{
    return text_format("pod-%s.scope", bundle->id);
}

/* ---- calls with the manager ---- */

static struct result *run(const struct bundle *bundle)
{
    bundle_write(bundle);
    return tare("--systemd-cgroup", "run", "--bundle", bundle->path, bundle->id, NULL);
}

static struct result *create(const struct bundle *bundle)
{
    bundle_write(bundle);
    return tare("--cgroup-manager=systemd", "create", "--bundle", bundle->path, "--pid-file",
                PID_FILE, bundle->id, NULL);
}

static void create_ok(const struct bundle *bundle)
{
    struct result *result = create(bundle);

    assert_status(result, 0);
}

/* `tare run` fails with the texts, and neither a unit nor anything else is left. */
#define assert_fails(bundle, ...)                                                                  \
    do {                                                                                           \
        assert_failed(run(bundle), 125, __VA_ARGS__);                                              \
        assert_unit(bundle, "not-found");                                                          \
    } while (0)

/* ---- what systemd says ---- */

static char *property(const char *unit, const char *name)
{
    return systemctl("show", "--value", text_format("--property=%s", name), unit);
}

#define assert_property(bundle, name, expected)                                                    \
    cr_assert_str_eq(property(unit_of(bundle), name), expected, "%s is %s", name,                  \
                     property(unit_of(bundle), name))

static void assert_unit(const struct bundle *bundle, const char *load_state)
{
    assert_property(bundle, "LoadState", load_state);
}

/* ---- what the kernel says ---- */

/* The cgroup of the container's init, below /sys/fs/cgroup. */
static char *cgroup_of_init(void)
{
    char *text = file_read(text_format("/proc/%d/cgroup", (int)bundle_pid()));

    cr_assert_eq(strncmp(text, "0::/", 4), 0, "%s", text);
    text[strcspn(text, "\n")] = '\0';
    return text + 3;
}

static char *leaf_file(const char *file)
{
    return file_read(text_format("/sys/fs/cgroup%s/%s", cgroup_of_init(), file));
}

static char *scope_file(const char *file)
{
    return file_read(text_format("/sys/fs/cgroup%s/../%s", cgroup_of_init(), file));
}

/* Nested below what its dashes say: tare-test-1-2.slice is in tare-test-1.slice, and so on. */
static char *slice_path(const char *name)
{
    struct text path = {0};

    for (const char *dash = strchr(name, '-'); dash != NULL; dash = strchr(dash + 1, '-'))
        text_add(&path, "/%.*s.slice", (int)(dash - name), name);
    text_add(&path, "/%s", name);
    return text_string(&path);
}

/* ---- the scope ---- */

Test(systemd, a_scope_is_made_in_the_slice, .description = "R233 R235 R237 R240: a scope is made")
{
    struct bundle *bundle = scoped();

    for (int i = 0; i < 2; i++) {
        create_ok(bundle);
        cr_assert_str_eq(cgroup_of_init(),
                         text_format("%s/%s/container", slice_path(slice), unit_of(bundle)), "%s",
                         cgroup_of_init());
        assert_property(bundle, "ActiveState", "active");
        assert_property(bundle, "Slice", slice);
        assert_property(bundle, "Delegate", "yes");
        assert_property(bundle, "Description", text_format("container %s", bundle->id));
        assert_property(bundle, "DefaultDependencies", "no");
        assert_property(bundle, "TasksCurrent", "1");
        bundle_start(bundle);
        cr_assert_str_eq(bundle_status(bundle), "running");
        /* Without the option: the state knows. */
        bundle_delete(bundle);
        assert_unit(bundle, "not-found");
        assert_nothing_left();
        systemctl("stop", slice, NULL, NULL);
    }
}

Test(systemd, the_default_is_named_after_the_container,
     .description = "R238: a default without cgroupsPath")
{
    struct bundle *bundle = scoped();

    bundle_remove(bundle, "/linux/cgroupsPath");
    create_ok(bundle);
    cr_assert_str_eq(cgroup_of_init(),
                     text_format("/system.slice/tare-%s.scope/container", bundle->id));
    bundle_delete(bundle);
    bundle_set(bundle, "/linux/cgroupsPath", "\":pod:\"");
    create_ok(bundle);
    cr_assert_str_eq(cgroup_of_init(), text_format("/system.slice/%s/container", unit_of(bundle)));
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd, characters_of_no_unit_are_escaped)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/cgroupsPath", "\"%s::%s+a b\"", slice, bundle->id);
    create_ok(bundle);
    cr_assert_str_eq(property(text_format("%s\\x2ba\\x20b.scope", bundle->id), "ActiveState"),
                     "active");
    bundle_delete(bundle);
}

Test(systemd, dashes_and_escapes_stay_in_names)
{
    struct bundle *bundle = scoped();
    char *deep = text_format("%s-x\\x2dy-z.slice", test_prefix()), *unit;

    /* In JSON a backslash is two. */
    bundle_set(bundle, "/linux/cgroupsPath", "\"%s-x\\\\x2dy-z.slice:a-b:%s\\\\x2dc\"",
               test_prefix(), bundle->id);
    create_ok(bundle);
    unit = text_format("a-b-%s\\x2dc.scope", bundle->id);
    cr_assert_str_eq(cgroup_of_init(), text_format("%s/%s/container", slice_path(deep), unit), "%s",
                     cgroup_of_init());
    cr_assert_str_eq(property(unit, "Slice"), deep);
    assert_status(tare("update", "--pids-limit", "50", bundle->id, NULL), 0);
    cr_assert_str_eq(property(unit, "TasksMax"), "50");
    bundle_delete(bundle);
    cr_assert_str_eq(property(unit, "LoadState"), "not-found");
}

Test(systemd, state_names_the_scope_and_list_does_not)
{
    struct bundle *bundle = scoped();
    char *json;

    create_ok(bundle);
    cr_assert_str_eq(json_text(json_parse(tare("state", bundle->id, NULL)->out), "/systemd-scope"),
                     unit_of(bundle));
    json = tare("list", "--format=json", NULL)->out;
    assert_contains(json, bundle->id);
    assert_lacks(json, "systemd-scope");
    bundle_delete(bundle);
}

Test(systemd, run_removes_the_scope)
{
    struct bundle *bundle = scoped();
    struct result *result;

    bundle_args(bundle, "/bin/sh", "-c", "read x </proc/self/cgroup; echo cgroup=$x; exit 7", NULL);
    result = run(bundle);
    assert_status(result, 7);
    /* Its own cgroup is the root of its namespace. */
    assert_fact(result, "cgroup", "0::/");
    assert_unit(bundle, "not-found");
}

Test(systemd, a_scope_that_ended_by_itself_is_deleted)
{
    struct bundle *bundle = scoped();

    bundle_args(bundle, "/bin/true", NULL);
    create_ok(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    assert_status(tare("delete", bundle->id, NULL), 0);
    unlink(PID_FILE);
    assert_unit(bundle, "not-found");
}

/* Its name is free when the last process has ended. */
Test(systemd, a_scope_of_the_same_name_is_anothers)
{
    static const char *const subgroups[] = {"container", ""};

    for (size_t i = 0; i < sizeof(subgroups) / sizeof(subgroups[0]); i++) {
        struct bundle *first = scoped(), *second = scoped();
        char *annotations = text_format("{\"run.oci.systemd.subgroup\":\"%s\"}", subgroups[i]);
        char *cgroups_path = text_format("\"%s:pod:%s\"", slice, first->id);

        bundle_set(first, "/annotations", "%s", annotations);
        bundle_args(first, "/bin/true", NULL);
        create_ok(first);
        bundle_start(first);
        bundle_await(first, "stopped");
        for (int j = 0; j < 500 && strcmp(property(unit_of(first), "LoadState"), "not-found") != 0;
             j++)
            usleep(10000);
        bundle_set(second, "/annotations", "%s", annotations);
        bundle_set(second, "/linux/cgroupsPath", "%s", cgroups_path);
        create_ok(second);
        bundle_start(second);
        assert_status(tare("delete", first->id, NULL), 0);
        cr_assert_str_eq(bundle_status(second), "running");
        bundle_delete(second);
        assert_unit(first, "not-found");
    }
}

Test(systemd, other_subgroups)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/annotations", "{\"run.oci.systemd.subgroup\":\"inner\"}");
    create_ok(bundle);
    assert_contains(cgroup_of_init(), text_format("/%s/inner", unit_of(bundle)));
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");

    bundle_set(bundle, "/annotations", "{\"run.oci.systemd.subgroup\":\"\"}");
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":7}");
    create_ok(bundle);
    cr_assert_str_eq(strrchr(cgroup_of_init(), '/') + 1, unit_of(bundle));
    cr_assert_str_eq(leaf_file("pids.max"), "7\n");
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd, a_paused_container_is_resumed_and_deleted)
{
    struct bundle *bundle = scoped();

    create_ok(bundle);
    bundle_start(bundle);
    assert_status(tare("pause", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    assert_status(tare("resume", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_status(tare("pause", bundle->id, NULL), 0);
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd, a_scope_that_was_stopped_is_a_stopped_container)
{
    struct bundle *bundle = scoped();
    struct result *result;

    create_ok(bundle);
    bundle_start(bundle);
    systemctl("kill", "--signal=KILL", unit_of(bundle), NULL);
    systemctl("stop", unit_of(bundle), NULL, NULL);
    cr_assert_str_eq(bundle_status(bundle), "stopped");
    result = tare("exec", bundle->id, "/bin/true", NULL);
    assert_status(result, 255);
    assert_contains(result->err, "cannot exec in a stopped container");
    assert_status(tare("update", "--pids-limit", "9", bundle->id, NULL), 1);
    assert_status(tare("delete", bundle->id, NULL), 0);
    unlink(PID_FILE);
    assert_unit(bundle, "not-found");
    create_ok(bundle);
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

/* The unit is inactive, and its processes and their cgroup are there. */
Test(systemd, a_container_that_outlives_its_scope_is_deleted)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/annotations", "{\"org.systemd.property.KillMode\":\"'none'\"}");
    create_ok(bundle);
    bundle_start(bundle);
    systemctl("stop", unit_of(bundle), NULL, NULL);
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_status(tare("exec", bundle->id, "/bin/true", NULL), 0);
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
    assert_nothing_left();
}

/* ---- limits ---- */

Test(systemd, limits_are_properties_and_files)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/resources",
               "{\"memory\":{\"limit\":%ld,\"swap\":%ld,\"reservation\":%ld},"
               "\"pids\":{\"limit\":100},\"cpu\":{\"shares\":512,\"quota\":50001,"
               "\"period\":100000,\"cpus\":\"0\",\"mems\":\"0\"},\"blockIO\":{\"weight\":500}}",
               MIB(64), MIB(96), MIB(16));
    create_ok(bundle);
    assert_property(bundle, "MemoryMax", text_format("%ld", MIB(64)));
    assert_property(bundle, "MemorySwapMax", text_format("%ld", MIB(32)));
    assert_property(bundle, "MemoryLow", text_format("%ld", MIB(16)));
    assert_property(bundle, "TasksMax", "100");
    assert_property(bundle, "CPUWeight", "59");
    assert_property(bundle, "CPUQuotaPerSecUSec", "510ms");
    assert_property(bundle, "CPUQuotaPeriodUSec", "100ms");
    assert_property(bundle, "AllowedCPUs", "0");
    assert_property(bundle, "AllowedMemoryNodes", "0");
    assert_property(bundle, "IOWeight", "4950");
    cr_assert_str_eq(scope_file("memory.max"), text_format("%ld\n", MIB(64)));
    cr_assert_str_eq(scope_file("cpu.weight"), "59\n");
    cr_assert_str_eq(leaf_file("memory.max"), text_format("%ld\n", MIB(64)));
    cr_assert_str_eq(leaf_file("memory.swap.max"), text_format("%ld\n", MIB(32)));
    cr_assert_str_eq(leaf_file("pids.max"), "100\n");
    cr_assert_str_eq(leaf_file("cpu.max"), "50001 100000\n");
    cr_assert_str_eq(leaf_file("cpuset.cpus"), "0\n");
    bundle_delete(bundle);
}

Test(systemd, unified_resources_reach_the_scope)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/resources",
               "{\"unified\":{\"cpu.weight\":\"33\",\"memory.high\":\"33554432\","
               "\"memory.min\":\"4194304\",\"memory.oom.group\":\"1\",\"cpu.idle\":\"0\"}}");
    create_ok(bundle);
    assert_property(bundle, "CPUWeight", "33");
    assert_property(bundle, "MemoryHigh", "33554432");
    assert_property(bundle, "MemoryMin", "4194304");
    cr_assert_str_eq(scope_file("cpu.weight"), "33\n");
    cr_assert_str_eq(leaf_file("memory.oom.group"), "1\n");
    bundle_delete(bundle);
}

/* "MAJOR:MINOR" of a disk. */
static char *disk_find(void)
{
    DIR *directory = opendir("/sys/block");

    cr_assert_not_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, "vd", 2) == 0 || strncmp(entry->d_name, "sd", 2) == 0) {
            char *number = file_read(text_format("/sys/block/%s/dev", entry->d_name));

            number[strcspn(number, "\n")] = '\0';
            return number;
        }
    }
    SKIP("needs a disk");
}

Test(systemd, limits_of_a_disk_are_properties_and_files)
{
    struct bundle *bundle = scoped();
    char *disk = disk_find(), *colon;
    int major = (int)strtol(disk, &colon, 10), minor = atoi(colon + 1);

    bundle_set(bundle, "/linux/resources/blockIO",
               "{\"throttleReadBpsDevice\":[{\"major\":%d,\"minor\":%d,\"rate\":131072}],"
               "\"throttleWriteBpsDevice\":[{\"major\":%d,\"minor\":%d,\"rate\":262144}],"
               "\"throttleReadIOPSDevice\":[{\"major\":%d,\"minor\":%d,\"rate\":66}],"
               "\"throttleWriteIOPSDevice\":[{\"major\":%d,\"minor\":%d,\"rate\":77}]}",
               major, minor, major, minor, major, minor, major, minor);
    create_ok(bundle);
    assert_property(bundle, "IOReadBandwidthMax", text_format("/dev/block/%s 131072", disk));
    assert_property(bundle, "IOWriteBandwidthMax", text_format("/dev/block/%s 262144", disk));
    assert_property(bundle, "IOReadIOPSMax", text_format("/dev/block/%s 66", disk));
    assert_property(bundle, "IOWriteIOPSMax", text_format("/dev/block/%s 77", disk));
    for (int i = 0; i < 2; i++)
        cr_expect_str_eq(i == 0 ? leaf_file("io.max") : scope_file("io.max"),
                         text_format("%s rbps=131072 wbps=262144 riops=66 wiops=77\n", disk));
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd, an_idle_container_has_an_idle_scope)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/resources", "{\"cpu\":{\"idle\":1}}");
    create_ok(bundle);
    cr_assert_str_eq(scope_file("cpu.idle"), "1\n");
    cr_assert_str_eq(leaf_file("cpu.idle"), "1\n");
    assert_status(tare("update", "--cpu-idle", "0", bundle->id, NULL), 0);
    cr_assert_str_eq(leaf_file("cpu.idle"), "0\n");
    cr_assert_str_eq(scope_file("cpu.idle"), "0\n");
    cr_assert_str_eq(scope_file("cpu.weight"), leaf_file("cpu.weight"));
    bundle_delete(bundle);
}

Test(systemd, controllers_are_there_without_limits)
{
    struct bundle *bundle = scoped();

    create_ok(bundle);
    for (const char *const *file =
             (const char *const[]){"memory.current", "pids.current", "cpu.stat", "io.stat", NULL};
         *file != NULL; file++)
        cr_assert(file_exists(text_format("/sys/fs/cgroup%s/%s", cgroup_of_init(), *file)), "%s",
                  *file);
    cr_assert_not(file_exists(text_format("/sys/fs/cgroup%s/../tare-holder", cgroup_of_init())));
    bundle_delete(bundle);
}

Test(systemd, one_process_is_enough)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/resources", "{\"pids\":{\"limit\":1}}");
    create_ok(bundle);
    cr_assert_str_eq(leaf_file("pids.max"), "1\n");
    bundle_start(bundle);
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(systemd, no_failed_unit_is_left_of_what_took_too_much_memory)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/resources", "{\"memory\":{\"limit\":%ld,\"swap\":%ld}}", MIB(4),
               MIB(4));
    bundle_args(bundle, "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=16M", "count=1", NULL);
    assert_status(run(bundle), 128 + 9);
    assert_unit(bundle, "not-found");
    create_ok(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd, devices_stay_restricted_when_systemd_reloads)
{
    struct bundle *bundle = scoped();
    struct result *result;

    /* Of numbers without a driver one can tell whether they may be opened: ENXIO or EPERM. */
    bundle_set(bundle, "/linux/devices",
               "[{\"path\":\"/dev/yes\",\"type\":\"c\",\"major\":240,\"minor\":7},"
               "{\"path\":\"/dev/no\",\"type\":\"c\",\"major\":240,\"minor\":8}]");
    bundle_set(bundle, "/linux/resources/devices",
               "[{\"allow\":false,\"access\":\"rwm\"},"
               "{\"allow\":true,\"type\":\"c\",\"major\":240,\"minor\":7,\"access\":\"r\"}]");
    bundle_args(bundle, "/bin/sh", "-c",
                "until test -e /go; do sleep 0.1; done; (: </dev/null) && echo null=open; "
                "cat /dev/yes /dev/no 2>&1; echo done=yes; sleep 1000",
                NULL);
    result = create(bundle);
    assert_status(result, 0);
    bundle_start(bundle);
    systemctl("daemon-reload", NULL, NULL, NULL);
    systemctl("set-property", "--runtime", unit_of(bundle), "CPUWeight=50");
    file_write(bundle_path(bundle, "/go"), "%s", "");
    result_await(result, "done=yes");
    assert_fact(result, "null", "open");
    assert_contains(result->out, "/dev/yes': No such device or address");
    assert_contains(result->out, "/dev/no': Operation not permitted");
    cr_assert_str_eq(scope_file("cpu.weight"), "50\n");
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd, an_update_reaches_the_scope)
{
    struct bundle *bundle = scoped();

    create_ok(bundle);
    assert_status(tare("update", "--memory", "67108864", "--pids-limit", "50", bundle->id, NULL),
                  0);
    assert_property(bundle, "MemoryMax", "67108864");
    assert_property(bundle, "TasksMax", "50");
    cr_assert_str_eq(leaf_file("memory.max"), "67108864\n");
    cr_assert_str_eq(leaf_file("pids.max"), "50\n");
    assert_status(tare("update", "--cpu-quota", "25000", "--cpu-period", "50000", "--cpu-share",
                       "2048", "--cpuset-cpus", "0", "--blkio-weight", "100", "--memory-swap",
                       "134217728", "--memory-reservation", "33554432", bundle->id, NULL),
                  0);
    assert_property(bundle, "CPUQuotaPerSecUSec", "500ms");
    assert_property(bundle, "CPUQuotaPeriodUSec", "50ms");
    assert_property(bundle, "AllowedCPUs", "0");
    assert_property(bundle, "MemorySwapMax", "67108864");
    assert_property(bundle, "MemoryLow", "33554432");
    cr_assert_str_eq(leaf_file("cpu.max"), "25000 50000\n");
    cr_assert_str_eq(text_format("%s\n", property(unit_of(bundle), "CPUWeight")),
                     leaf_file("cpu.weight"));
    /* Without a limit again. */
    assert_status(
        tare("update", "--cpu-quota=-1", "--memory=-1", "--pids-limit=-1", bundle->id, NULL), 0);
    assert_property(bundle, "CPUQuotaPerSecUSec", "infinity");
    assert_property(bundle, "MemoryMax", "infinity");
    assert_property(bundle, "TasksMax", "infinity");
    cr_assert_str_eq(scope_file("memory.max"), "max\n");
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

/* From now on the manager cannot be reached. */
static void hide_systemd(void)
{
    for (const char *const *directory = (const char *const[]){"/run/systemd", "/run/dbus", NULL};
         *directory != NULL; directory++) {
        if (file_exists(*directory))
            cr_assert_eq(mount("none", *directory, "tmpfs", 0, NULL), 0);
    }
}

Test(systemd_errors, an_update_that_systemd_cannot_have_is_undone)
{
    struct bundle *bundle = scoped();
    struct result *result;

    create_ok(bundle);
    assert_status(tare("update", "--pids-limit", "50", bundle->id, NULL), 0);
    hide_systemd();
    result = tare("update", "--pids-limit", "60", bundle->id, NULL);
    cr_assert_eq(umount("/run/dbus"), 0);
    cr_assert_eq(umount("/run/systemd"), 0);
    assert_status(result, 1);
    assert_contains(result->err, "connect to systemd's system manager");
    assert_property(bundle, "TasksMax", "50");
    cr_assert_str_eq(leaf_file("pids.max"), "50\n");
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

/* ---- annotations ---- */

Test(systemd, annotations_set_properties)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/annotations",
               "{\"org.systemd.property.TimeoutStopUSec\":\"uint64 7000000\","
               "\"org.systemd.property.RuntimeMaxSec\":\"900\","
               "\"org.systemd.property.KillSignal\":\"10\","
               "\"org.systemd.property.SendSIGKILL\":\"true\","
               "\"org.systemd.property.CollectMode\":\"'inactive'\","
               "\"org.systemd.property.Before\":\"['a-tare.service', 'b-tare.service']\","
               "\"org.systemd.property.Description\":\"'my own'\"}");
    create_ok(bundle);
    assert_property(bundle, "TimeoutStopUSec", "7s");
    assert_property(bundle, "RuntimeMaxUSec", "15min");
    assert_property(bundle, "KillSignal", "10");
    assert_property(bundle, "CollectMode", "inactive");
    assert_property(bundle, "Description", "my own");
    assert_contains(property(unit_of(bundle), "Before"), "a-tare.service");
    assert_contains(property(unit_of(bundle), "Before"), "b-tare.service");
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

Test(systemd_errors, annotations_that_systemd_refuses)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/annotations", "{\"org.systemd.property.NoSuchThing\":\"5\"}");
    assert_fails(bundle, "/annotations/org.systemd.property.NoSuchThing", "systemd says");
    bundle_set(bundle, "/annotations", "{\"org.systemd.property.MemoryMax\":\"uint64 0\"}");
    assert_fails(bundle, "/annotations/org.systemd.property.MemoryMax", "MemoryMax");
}

/* ---- the journal ---- */

Test(systemd, journald_keeps_what_is_logged)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    const struct setting setting = {.env = env};
    char *match = text_format("ID=%s", slice);
    struct json *entry;

    need_systemd();
    systemctl("start", "systemd-journald.socket", "systemd-journald.service", NULL);
    assert_status(tare(text_format("--log=journald:%s", slice), "state", "nobody", NULL), 1);
    assert_status(
        program_run(&setting, (const char *const[]){"/usr/bin/journalctl", "--sync", NULL}), 0);
    entry = json_parse(program_run(&setting, (const char *const[]){"/usr/bin/journalctl",
                                                                   "--output=json", match, NULL})
                           ->out);
    cr_assert_str_eq(json_text(entry, "/MESSAGE"), "nobody: container does not exist");
    cr_assert_str_eq(json_text(entry, "/PRIORITY"), "3");
}

/* ---- names that are taken ---- */

Test(systemd_errors, a_scope_that_is_in_use)
{
    struct bundle *bundle = scoped(), *other = scoped();

    create_ok(bundle);
    bundle_start(bundle);
    bundle_set(other, "/linux/cgroupsPath", "\"%s:pod:%s\"", slice, bundle->id);
    bundle_write(other);
    struct result *result =
        tare("--systemd-cgroup", "run", "--bundle", other->path, other->id, NULL);
    assert_status(result, 125);
    assert_contains(result->err, "systemd has a unit");
    assert_contains(result->err, "already");
    cr_assert_str_eq(bundle_status(other), "none");
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_property(bundle, "ActiveState", "active");
    bundle_delete(bundle);
}

Test(systemd, a_failed_scope_of_that_name_is_replaced)
{
    struct bundle *bundle = scoped(), *other = scoped();

    /* It fails when its time is up, and is kept then. */
    bundle_set(bundle, "/annotations",
               "{\"org.systemd.property.RuntimeMaxSec\":\"5\","
               "\"org.systemd.property.TimeoutStopSec\":\"1\","
               "\"org.systemd.property.CollectMode\":\"'inactive'\"}");
    create_ok(bundle);
    for (int i = 0; strcmp(property(unit_of(bundle), "ActiveState"), "failed") != 0; i++) {
        cr_assert_lt(i, 300, "%s", property(unit_of(bundle), "ActiveState"));
        usleep(100000);
    }
    bundle_set(other, "/linux/cgroupsPath", "\"%s:pod:%s\"", slice, bundle->id);
    create_ok(other);
    assert_property(bundle, "ActiveState", "active");
    bundle_delete(other);
    bundle_delete(bundle);
    assert_unit(bundle, "not-found");
}

/* ---- failures ---- */

Test(systemd_errors, what_fails_after_the_scope_takes_it_along)
{
    struct bundle *bundle = scoped();

    bundle_set(bundle, "/linux/resources", "{\"unified\":{\"memory.max\":\"plenty\"}}");
    assert_fails(bundle, "/linux/resources/unified/memory.max");
    bundle_set(bundle, "/linux/resources", "{}");
    bundle_args(bundle, "/no/such/program", NULL);
    assert_failed(run(bundle), 127, "/no/such/program");
    assert_unit(bundle, "not-found");
    bundle_args(bundle, "/bin/true", NULL);
    bundle_set(bundle, "/hooks", "{\"createRuntime\":[{\"path\":\"/bin/false\"}]}");
    assert_fails(bundle, "/bin/false");
}

/* The hook kills its parent: create, in the middle of its work. */
static void assert_killed_create_is_deleted(const char *hook)
{
    struct bundle *bundle = scoped();
    struct result *result;

    bundle_set(
        bundle, "/hooks",
        "{\"%s\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"kill -9 $PPID; sleep 1\"]}]}",
        hook);
    result = create(bundle);
    assert_status(result, 1000 + SIGKILL);
    assert_status(tare("delete", "--force", bundle->id, NULL), 0);
    assert_unit(bundle, "not-found");
    assert_nothing_left();
}

Test(systemd, a_killed_create_leaves_nothing)
{
    assert_killed_create_is_deleted("prestart");
}

Test(systemd_errors, a_frozen_slice)
{
    struct bundle *bundle = scoped(), *first = scoped();
    char *file;

    create_ok(first);
    file = text_format("/sys/fs/cgroup%s/cgroup.freeze", slice_path(slice));
    file_write(file, "1");
    bundle_write(bundle);
    struct result *result =
        tare("--systemd-cgroup", "run", "--bundle", bundle->path, bundle->id, NULL);
    file_write(file, "0");
    assert_status(result, 125);
    assert_contains(result->err, "frozen");
    assert_unit(bundle, "not-found");
    bundle_delete(first);
}

static void need_libsystemd(void)
{
    if (dlopen("libsystemd.so.0", RTLD_LAZY) == NULL)
        SKIP("needs libsystemd.so.0");
}

/* By the twin of a static binary, which need not be installed for these. */
static struct result *run_directly(const struct bundle *bundle)
{
    char *twin = text_format("%s-dynamic", tare_binary());

    bundle_write(bundle);
    return tare_with(&(struct setting){.binary = file_exists(twin) ? twin : NULL},
                     "--systemd-cgroup", "run", "--bundle", bundle->path, bundle->id, NULL);
}

Test(systemd_errors, no_systemd, .description = "R079: an error leaves nothing behind")
{
    struct bundle *bundle = bundle_new();

    need_libsystemd();
    bundle_payload(bundle, "pid");
    hide_systemd();
    host_snapshot();
    assert_failed(run_directly(bundle), 125, "connect to systemd's system manager",
                  "--cgroup-manager=cgroupfs");
}

Test(systemd_errors, a_manager_that_does_not_answer, .description = "R079")
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/private"};
    struct bundle *bundle = bundle_new();
    struct result *result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    need_libsystemd();
    if (!file_exists("/run/systemd"))
        SKIP("needs /run/systemd");
    bundle_payload(bundle, "pid");
    hide_systemd();
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(fd, 8), 0);
    host_snapshot();
    result = run_directly(bundle);
    assert_failed(result, 125, "connect to systemd's system manager", "timed out");
    close(fd);
}

Test(systemd_errors, configurations_are_judged_before)
{
    struct bundle *bundle = bundle_new();

    need_libsystemd();
    bundle_payload(bundle, "pid");
    bundle_set(bundle, "/linux/cgroupsPath", "\"/a/path\"");
    assert_failed(run_directly(bundle), 125, "/linux/cgroupsPath", "SLICE:PREFIX:NAME");
    bundle_set(bundle, "/linux/cgroupsPath", "\"no:p:n\"");
    assert_failed(run_directly(bundle), 125, "/linux/cgroupsPath", "is not the name of a slice");
    bundle_set(bundle, "/linux/cgroupsPath", "\":p:n\"");
    bundle_set(bundle, "/annotations", "{\"org.systemd.property.KillMode\":\"mixed\"}");
    assert_failed(run_directly(bundle), 125, "/annotations/org.systemd.property.KillMode",
                  "text stands in quotes");
}

/* The scope has to come after a unit that does not get there. */
Test(systemd, a_signal_ends_the_wait_for_a_job)
{
    struct bundle *bundle = scoped();
    char *slow = text_format("%s-slow.service", test_prefix());
    char *path = text_format("/run/systemd/system/%s", slow);
    struct result *result;
    pid_t pid;

    file_write(path, "[Service]\nType=oneshot\nExecStart=/bin/sleep 100\n");
    systemctl("daemon-reload", NULL, NULL, NULL);
    systemctl("start", "--no-block", slow, NULL);
    bundle_set(bundle, "/annotations", "{\"org.systemd.property.After\":\"['%s']\"}", slow);
    bundle_write(bundle);
    pid = tare_start(&(struct setting){0}, &result, "--systemd-cgroup", "create", "--bundle",
                     bundle->path, bundle->id, NULL);
    for (int i = 0; strcmp(property(unit_of(bundle), "LoadState"), "loaded") != 0; i++) {
        cr_assert_lt(i, 300, "the scope is not started");
        usleep(100000);
    }
    cr_assert_eq(kill(pid, SIGTERM), 0);
    tare_wait(pid, result);
    assert_status(result, 1);
    assert_contains(result->err, "interrupted by SIGTERM");
    systemctl("stop", slow, NULL, NULL);
    assert_unit(bundle, "not-found");
    cr_assert_str_eq(bundle_status(bundle), "none");
    cr_assert_eq(unlink(path), 0);
    systemctl("daemon-reload", NULL, NULL, NULL);
}

/* ---- a user's manager ---- */

/* Where that user can see it. */
static struct bundle *bundle_of_user(char **directory)
{
    struct bundle *bundle = scoped();

    if (!file_exists("/usr/bin/as-user"))
        SKIP("needs the user of the virtual machine");
    *directory = text_format("/tmp/%s", bundle->id);
    cr_assert_eq(mkdir(*directory, 0755), 0);
    directory_make(text_format("%s/bundle/rootfs/proc", *directory));
    directory_make(text_format("%s/bundle/rootfs/dev", *directory));
    file_copy("/bin/busybox", text_format("%s/bundle/rootfs/bin/busybox", *directory));
    bundle_add_namespace(bundle, "user", NULL);
    bundle_set(bundle, "/linux/uidMappings", "[{\"containerID\":0,\"hostID\":1000,\"size\":1}]");
    bundle_set(bundle, "/linux/gidMappings", "[{\"containerID\":0,\"hostID\":1000,\"size\":1}]");
    bundle_remove(bundle, "/linux/resources/devices");
    bundle_set(bundle, "/mounts",
               "[{\"destination\":\"/proc\",\"type\":\"proc\"},"
               "{\"destination\":\"/dev\",\"type\":\"tmpfs\"}]");
    return bundle;
}

static struct result *as_user(const char *const *words)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", "SYSTEMD_IGNORE_CHROOT=1",
                                      "SYSTEMCTL_FORCE_BUS=1", NULL};
    const struct setting setting = {.env = env, .cwd = "/"};
    const char *argv[32] = {"/usr/bin/as-user"};
    size_t n = 1;

    for (; *words != NULL; words++)
        argv[n++] = *words;
    return program_run(&setting, argv);
}

Test(systemd, a_user_has_scopes_of_the_own_manager)
{
    char *directory;
    struct bundle *bundle = bundle_of_user(&directory);
    struct result *result;
    char *root = text_format("%s/state", directory), *at = text_format("%s/bundle", directory);

    bundle_set(bundle, "/linux/cgroupsPath", "\":pod:%s\"", bundle->id);
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":9}");
    bundle_args(bundle, "/bin/busybox", "sh", "-c", "busybox sleep 1000", NULL);
    file_write(text_format("%s/config.json", at), "%s", json_write(bundle->config));
    result = as_user((const char *const[]){"/bin/busybox", "true", NULL});
    if (result->status != 0)
        SKIP("no user manager: %s", result->err);
    cr_assert_eq(chown(directory, 1000, 1000), 0);
    result = as_user((const char *const[]){tare_binary(), "--root", root, "--systemd-cgroup",
                                           "create", "--bundle", at, "--pid-file",
                                           text_format("%s/pid", directory), bundle->id, NULL});
    assert_status(result, 0);
    /* Its pid is one of another pid namespace than the test's. */
    char *path = text_format("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/"
                             "user.slice/%s/container",
                             unit_of(bundle));
    cr_assert_str_eq(file_read(text_format("%s/pids.max", path)), "9\n");
    cr_assert_str_eq(file_read(text_format("%s/pids.current", path)), "1\n");
    result = as_user((const char *const[]){"/usr/bin/systemctl", "--user", "show", "--value",
                                           "--property=TasksMax", unit_of(bundle), NULL});
    cr_assert_str_eq(result->out, "9\n");
    result = as_user((const char *const[]){tare_binary(), "--root", root, "delete", "--force",
                                           bundle->id, NULL});
    assert_status(result, 0);
    result = as_user((const char *const[]){"/usr/bin/systemctl", "--user", "show", "--value",
                                           "--property=LoadState", unit_of(bundle), NULL});
    cr_assert_str_eq(result->out, "not-found\n");
    cr_assert_not(file_exists(path));
}

Test(systemd, what_a_users_manager_was_not_given_is_explained)
{
    char *directory;
    struct bundle *bundle = bundle_of_user(&directory);
    char *root = text_format("%s/state", directory), *at = text_format("%s/bundle", directory);
    struct result *result;

    bundle_set(bundle, "/linux/cgroupsPath", "\":pod:%s\"", bundle->id);
    bundle_set(bundle, "/linux/resources/hugepageLimits",
               "[{\"pageSize\":\"2MB\",\"limit\":2097152}]");
    bundle_args(bundle, "/bin/busybox", "true", NULL);
    file_write(text_format("%s/config.json", at), "%s", json_write(bundle->config));
    cr_assert_eq(chown(directory, 1000, 1000), 0);
    result = as_user((const char *const[]){tare_binary(), "--root", root, "--systemd-cgroup", "run",
                                           "--bundle", at, bundle->id, NULL});
    assert_status(result, 125);
    assert_contains(result->err, "/linux/resources/hugepageLimits/0");
    assert_contains(result->err, "the hugetlb controller is not delegated to your systemd");
    assert_contains(result->err, "Delegate=cpu cpuset io memory pids hugetlb");
    result = as_user((const char *const[]){"/usr/bin/systemctl", "--user", "show", "--value",
                                           "--property=LoadState", unit_of(bundle), NULL});
    cr_assert_str_eq(result->out, "not-found\n");
}

/* In our part of the hierarchy, and not in the user's manager's, as after a login. */
static struct result *as_user_elsewhere(const char *const *words)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", "XDG_RUNTIME_DIR=/run/user/1000",
                                      "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus",
                                      NULL};
    const struct setting setting = {.env = env, .cwd = "/"};
    const char *argv[32] = {"/usr/bin/setpriv", "--reuid=1000", "--regid=1000", "--init-groups"};
    size_t n = 4;

    for (; *words != NULL; words++)
        argv[n++] = *words;
    return program_run(&setting, argv);
}

Test(systemd, a_user_elsewhere_is_let_in_by_the_manager)
{
    char *directory;
    struct bundle *bundle = bundle_of_user(&directory);
    char *root = text_format("%s/state", directory), *at = text_format("%s/bundle", directory);
    char *path;
    struct result *result;

    bundle_set(bundle, "/linux/cgroupsPath", "\":pod:%s\"", bundle->id);
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":9}");
    bundle_args(bundle, "/bin/busybox", "sh", "-c", "busybox sleep 1000", NULL);
    file_write(text_format("%s/config.json", at), "%s", json_write(bundle->config));
    cr_assert_eq(chown(directory, 1000, 1000), 0);
    result =
        as_user_elsewhere((const char *const[]){tare_binary(), "--root", root, "--systemd-cgroup",
                                                "create", "--bundle", at, bundle->id, NULL});
    assert_status(result, 0);
    path = text_format("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/"
                       "user.slice/%s/container",
                       unit_of(bundle));
    cr_assert_str_eq(file_read(text_format("%s/pids.max", path)), "9\n");
    cr_assert_str_eq(file_read(text_format("%s/pids.current", path)), "1\n");
    result = as_user_elsewhere(
        (const char *const[]){tare_binary(), "--root", root, "start", bundle->id, NULL});
    assert_status(result, 0);
    result =
        as_user_elsewhere((const char *const[]){tare_binary(), "--root", root, "exec", bundle->id,
                                                "/bin/busybox", "cat", "/proc/self/cgroup", NULL});
    assert_status(result, 0);
    /* The root of the container's cgroup namespace. */
    assert_contains(result->out, "0::/\n");
    result = as_user_elsewhere((const char *const[]){tare_binary(), "--root", root, "delete",
                                                     "--force", bundle->id, NULL});
    assert_status(result, 0);
    cr_assert_not(file_exists(path));
}

/* The first attempt to clone has been to the joined namespace and back. */
Test(systemd, a_user_elsewhere_may_join_namespaces)
{
    char *directory;
    struct bundle *bundle = bundle_of_user(&directory);
    char *root = text_format("%s/state", directory), *at = text_format("%s/bundle", directory);
    struct result *result;

    bundle_remove(bundle, "/linux/uidMappings");
    bundle_remove(bundle, "/linux/gidMappings");
    bundle_set(bundle, "/linux/namespaces",
               "[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
               "{\"type\":\"cgroup\"},"
               "{\"type\":\"time\",\"path\":\"/proc/self/ns/time_for_children\"}]");
    bundle_set(bundle, "/linux/cgroupsPath", "\":pod:%s\"", bundle->id);
    bundle_args(bundle, "/bin/busybox", "cat", "/proc/self/cgroup", NULL);
    file_write(text_format("%s/config.json", at), "%s", json_write(bundle->config));
    cr_assert_eq(chown(directory, 1000, 1000), 0);
    result = as_user_elsewhere((const char *const[]){
        "/usr/bin/unshare", "--user", "--map-root-user", "--time", tare_binary(), "--root", root,
        "--systemd-cgroup", "run", "--bundle", at, bundle->id, NULL});
    assert_status(result, 0);
    cr_assert_str_eq(result->out, "0::/\n");
}
