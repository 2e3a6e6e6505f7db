/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

/* What limits do to the processes under them; cgroups.c reads back what was written. These need the
 * controllers on cgroup v2, which hosts of today have and scripts/vm-test always. */

TestSuite(limits, TEST_SUITE);

/* A bundle with a shell and the limits, in a cgroup two levels below the top: the controllers have to be handed
 * down. */
static struct bundle *limited(const char *controller, const char *script, const char *resources)
{
    struct bundle *bundle;

    need_controller(controller);
    bundle = bundle_new_busybox();
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s/inner\"", bundle->id);
    bundle_set(bundle, "/linux/resources", "%s", resources);
    bundle_args(bundle, "/bin/sh", "-c", script, NULL);
    return bundle;
}

static char *cgroup_file(const struct bundle *bundle, const char *file)
{
    return file_read(text_format("/sys/fs/cgroup/%s/inner/%s", bundle->id, file));
}

/* The number after a name in a file of "NAME NUMBER" lines. */
static long event_count(const struct bundle *bundle, const char *file, const char *name)
{
    for (char *line = strtok(cgroup_file(bundle, file), "\n"); line; line = strtok(NULL, "\n")) {
        size_t n = strlen(name);

        if (strncmp(line, name, n) == 0 && line[n] == ' ')
            return atol(line + n + 1);
    }
    cr_assert_fail("no %s in %s", name, file);
    return -1;
}

static void await_event(const struct bundle *bundle, const char *file, const char *name)
{
    for (int i = 0; event_count(bundle, file, name) == 0; i++) {
        cr_assert_lt(i, 200, "%s of %s stays 0", name, file);
        usleep(50000);
    }
}

/* ---- memory ---- */

#define MIB(n) ((n)*1048576L)

Test(limits, a_process_that_takes_too_much_memory_is_killed, .description = "R038 R256")
{
    struct bundle *bundle =
        limited("memory", "exec dd if=/dev/zero of=/dev/null bs=16M count=1",
                text_format("{\"memory\":{\"limit\":%ld,\"swap\":%ld}}", MIB(4), MIB(4)));

    assert_status(bundle_run(bundle), 128 + 9);
    /* What is there when the process is gone can still be asked for. */
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    cr_assert_geq(event_count(bundle, "memory.events", "oom_kill"), 1);
    bundle_delete(bundle);
}

Test(limits, a_child_that_takes_too_much_memory_dies_alone)
{
    struct bundle *bundle =
        limited("memory", "dd if=/dev/zero of=/dev/null bs=16M count=1; echo child=$?",
                text_format("{\"memory\":{\"limit\":%ld,\"swap\":%ld}}", MIB(4), MIB(4)));

    assert_fact(bundle_run_ok(bundle), "child", "137");
}

Test(limits, within_the_memory_limit_all_is_well)
{
    struct bundle *bundle =
        limited("memory", "dd if=/dev/zero of=/dev/null bs=16M count=1",
                text_format("{\"memory\":{\"limit\":%ld,\"swap\":%ld}}", MIB(32), MIB(32)));

    bundle_run_ok(bundle);
}

Test(limits, memory_too_small_for_tare_itself_is_an_error, .description = "R044")
{
    struct bundle *bundle = limited("memory", "true", "{\"memory\":{\"limit\":4096}}");

    assert_run_fails(bundle, "memory");
}

/* ---- pids ---- */

Test(limits, no_more_processes_than_allowed, .description = "R275")
{
    struct bundle *bundle = limited("pids", "sleep 0 & sleep 9 & sleep 9 & sleep 9 & echo not=here",
                                    "{\"pids\":{\"limit\":3}}");
    struct result *result = bundle_run(bundle);

    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "fork: Resource temporarily unavailable");
    assert_fact(result, "not", "(no not)");
}

Test(limits, as_many_processes_as_allowed)
{
    struct bundle *bundle =
        limited("pids", "sleep 0 & sleep 0 & wait; echo all=here", "{\"pids\":{\"limit\":3}}");

    assert_fact(bundle_run_ok(bundle), "all", "here");
}

/* ---- cpu ---- */

Test(limits, a_process_is_throttled_to_its_quota, .description = "R262")
{
    struct bundle *bundle = limited("cpu", "while :; do :; done",
                                    "{\"cpu\":{\"quota\":20000,\"period\":100000,\"shares\":512}}");

    bundle_create(bundle);
    cr_assert_str_eq(cgroup_file(bundle, "cpu.max"), "20000 100000\n");
    cr_assert_str_eq(cgroup_file(bundle, "cpu.weight"), "59\n");
    bundle_start(bundle);
    await_event(bundle, "cpu.stat", "nr_throttled");
    bundle_delete(bundle);
}

Test(limits, only_the_given_processors_are_used, .description = "R265")
{
    struct bundle *bundle =
        limited("cpuset", "sed -n 's/^Cpus_allowed_list:\t/cpus=/p' /proc/self/status",
                "{\"cpu\":{\"cpus\":\"1\",\"mems\":\"0\"}}");

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        SKIP("needs two processors");
    assert_fact(bundle_run_ok(bundle), "cpus", "1");
}

Test(limits, processors_that_are_not_there_are_refused, .description = "R265")
{
    struct bundle *bundle = limited("cpuset", "true", "{\"cpu\":{\"cpus\":\"100000\"}}");

    assert_run_fails(bundle, "/linux/resources/cpu/cpus", "cpuset.cpus");
}

/* ---- io ---- */

/* "MAJOR:MINOR" of a disk that can be read, and its name. */
static char *disk_find(char **name)
{
    DIR *directory = opendir("/sys/block");

    cr_assert_not_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char *number;

        if (strncmp(entry->d_name, "vd", 2) != 0 && strncmp(entry->d_name, "sd", 2) != 0 &&
            strncmp(entry->d_name, "nvme", 4) != 0)
            continue;
        number = file_read(text_format("/sys/block/%s/dev", entry->d_name));
        number[strcspn(number, "\n")] = '\0';
        *name = text_format("%s", entry->d_name);
        closedir(directory);
        return number;
    }
    SKIP("needs a disk");
}

Test(limits, a_disk_is_read_no_faster_than_allowed, .description = "R267")
{
    struct bundle *bundle;
    char *name, *number, *colon;
    int major, minor, milliseconds;

    need_controller("io");
    number = disk_find(&name);
    major = (int)strtol(number, &colon, 10);
    minor = atoi(colon + 1);
    bundle = limited(
        "io", "dd if=/dev/disk of=/dev/null bs=64k count=8 iflag=direct",
        text_format("{\"devices\":[{\"allow\":true,\"type\":\"b\",\"major\":%d,\"minor\":%d,"
                    "\"access\":\"rwm\"}],\"blockIO\":{\"throttleReadBpsDevice\":"
                    "[{\"major\":%d,\"minor\":%d,\"rate\":131072}],\"throttleWriteIOPSDevice\":"
                    "[{\"major\":%d,\"minor\":%d,\"rate\":77}]}}",
                    major, minor, major, minor, major, minor));
    bundle_set(bundle, "/linux/devices",
               "[{\"path\":\"/dev/disk\",\"type\":\"b\",\"major\":%d,\"minor\":%d}]", major, minor);
    bundle_create(bundle);
    cr_assert_str_eq(cgroup_file(bundle, "io.max"),
                     text_format("%s rbps=131072 wbps=max riops=max wiops=77\n", number));
    bundle_delete(bundle);
    /* 512 KiB at 128 KiB/s. */
    milliseconds = bundle_run_ok(bundle)->milliseconds;
    cr_assert_geq(milliseconds, 2000, "it took %d ms", milliseconds);
}

/* ---- hugetlb ---- */

Test(limits, no_more_huge_pages_than_allowed, .description = "R270 R271 R272")
{
    struct bundle *bundle =
        limited("hugetlb", "", "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2097152}]}");
    struct result *result;
    char *pages = file_read("/proc/sys/vm/nr_hugepages");

    if (atoi(pages) < 2)
        SKIP("needs two huge pages of 2 MiB: write 2 to /proc/sys/vm/nr_hugepages");
    /* mmap of one page, of two pages: PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB. */
    bundle_payload(bundle, "syscall 9 0 4194304 3 262178 -1 0");
    result = bundle_run_ok(bundle);
    assert_fact(result, "syscall.9", "!ENOMEM");
    bundle_payload(bundle, "syscall 9 0 2097152 3 262178 -1 0");
    result = bundle_run_ok(bundle);
    cr_assert_neq(fact(result, "syscall.9")[0], '!', "%s", fact(result, "syscall.9"));
}

/* ---- unified ---- */

Test(limits, unified_settings_are_written_as_they_are, .description = "R279 R280")
{
    struct bundle *bundle = limited("memory", "true",
                                    "{\"memory\":{\"limit\":67108864},\"unified\":{"
                                    "\"memory.high\":\"33554432\",\"memory.oom.group\":\"1\","
                                    "\"cpu.weight\":\"321\",\"pids.max\":\"55\"}}");

    bundle_create(bundle);
    cr_assert_str_eq(cgroup_file(bundle, "memory.max"), "67108864\n");
    cr_assert_str_eq(cgroup_file(bundle, "memory.high"), "33554432\n");
    cr_assert_str_eq(cgroup_file(bundle, "memory.oom.group"), "1\n");
    cr_assert_str_eq(cgroup_file(bundle, "cpu.weight"), "321\n");
    cr_assert_str_eq(cgroup_file(bundle, "pids.max"), "55\n");
    bundle_delete(bundle);
}

Test(limits, what_the_kernel_refuses_is_named_and_undone, .description = "R044 R282")
{
    static const struct {
        const char *controller, *resources, *file;
    } cases[] = {
        {"memory", "{\"unified\":{\"memory.max\":\"plenty\"}}", "memory.max"},
        {"memory", "{\"unified\":{\"memory.nothing\":\"1\"}}", "memory.nothing"},
        {"pids", "{\"unified\":{\"pids.max\":\"-5\"}}", "pids.max"},
        {"cpu", "{\"unified\":{\"cpu.max\":\"10 10\"}}", "cpu.max"},
        {"io", "{\"unified\":{\"io.max\":\"999:999 rbps=1\"}}", "io.max"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = limited(cases[i].controller, "true", cases[i].resources);

        assert_run_fails(bundle, text_format("/linux/resources/unified/%s", cases[i].file));
        assert_nothing_left();
    }
}
