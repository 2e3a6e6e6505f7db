/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(namespaces, TEST_SUITE);

/* Types of the configuration and their names below /proc/PID/ns. */
static const struct {
    const char *type, *link;
    int flag;
} types[] = {
    {"pid", "pid", CLONE_NEWPID},    {"network", "net", CLONE_NEWNET},
    {"ipc", "ipc", CLONE_NEWIPC},    {"uts", "uts", CLONE_NEWUTS},
    {"mount", "mnt", CLONE_NEWNS},   {"cgroup", "cgroup", CLONE_NEWCGROUP},
    {"user", "user", CLONE_NEWUSER}, {"time", "time", CLONE_NEWTIME},
};

enum { TYPES = sizeof(types) / sizeof(types[0]) };

static const char *own_link(const char *name)
{
    static char target[64];
    ssize_t n = readlink(text_format("/proc/self/ns/%s", name), target, sizeof(target) - 1);

    cr_assert_gt(n, 0);
    target[n] = 0;
    return target;
}

/* A process that holds new namespaces until it is killed. */
static pid_t holder_start(int flags)
{
    int ready[2];
    char byte;
    pid_t pid;

    cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        if (unshare(flags & ~CLONE_NEWPID) < 0)
            _exit(1);
        if ((flags & CLONE_NEWUTS) && sethostname("holder", 6) < 0)
            _exit(2);
        if (write(ready[1], "x", 1) != 1)
            _exit(3);
        for (;;)
            pause();
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void holder_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

Test(namespaces, a_new_pid_namespace_has_the_program_as_init)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "pid");
    result = bundle_run_ok(bundle);
    assert_fact(result, "pid", "1");
    assert_fact(result, "ppid", "0");
}

Test(namespaces, listed_types_are_new_and_others_are_inherited, .description = "R203 R204")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "ns");
    result = bundle_run_ok(bundle);
    for (int i = 0; i < TYPES; i++) {
        bool inherited = types[i].flag == CLONE_NEWUSER || types[i].flag == CLONE_NEWTIME;
        const char *link = fact(result, text_format("ns.%s", types[i].link));

        cr_assert_eq(strcmp(link, own_link(types[i].link)) == 0, inherited, "%s: %s", types[i].type,
                     link);
    }
}

Test(namespaces, each_type_alone_can_be_left_out, .description = "R204")
{
    static const char *const optional[] = {"network", "ipc", "cgroup", "pid"};
    static const char *const links[] = {"net", "ipc", "cgroup", "pid"};

    for (int i = 0; i < 4; i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;

        bundle_remove_namespace(bundle, optional[i]);
        /* The host's sysfs and mqueue belong to the host's namespaces. */
        bundle_payload(bundle, "ns");
        result = bundle_run_ok(bundle);
        assert_fact(result, text_format("ns.%s", links[i]), own_link(links[i]));
    }
}

/* What is mounted below the root file system of a bundle, as seen from outside. */
static int mounts_below(const struct bundle *bundle)
{
    const char *at = text_format(" %s", bundle->rootfs);
    int n = 0;

    for (const char *line = file_read("/proc/self/mountinfo"); (line = strstr(line, at)) != NULL;
         line++)
        n++;
    return n;
}

Test(namespaces, a_container_without_any_namespace_mounts_below_its_root,
     .description = "R040 R044 R204: what it mounted in the caller's namespace goes with it")
{
    struct bundle *bundle = bundle_new();

    bundle_remove(bundle, "/hostname");
    bundle_set(bundle, "/linux", "{\"namespaces\":[]}");
    bundle_set(bundle, "/root/readonly", "true");
    bundle_payload(bundle, "ns ; pause");
    struct result *created = bundle_create(bundle);
    cr_assert_gt(mounts_below(bundle), 3);
    bundle_start(bundle);
    result_await(created, "ns.uts=");
    for (int i = 0; i < TYPES; i++)
        assert_fact(created, text_format("ns.%s", types[i].link), own_link(types[i].link));
    bundle_delete(bundle);
    unlink(PID_FILE);
    assert_nothing_left();

    bundle_payload(bundle, "exit 0");
    bundle_run_ok(bundle);
    assert_nothing_left();

    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"no-such-option=1\"");
    assert_run_fails(bundle, "/mounts");
}

Test(namespaces, loopback_of_a_new_network_is_up)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "interfaces");
    result = bundle_run_ok(bundle);
    assert_fact(result, "interface.lo", "up");
}

Test(namespaces, loopback_of_a_joined_network_is_left_alone)
{
    pid_t holder = holder_start(CLONE_NEWNET | CLONE_NEWUTS);
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_add_namespace(bundle, "network", text_format("/proc/%d/ns/net", holder));
    bundle_payload(bundle, "interfaces");
    result = bundle_run_ok(bundle);
    assert_fact(result, "interface.lo", "down");
    holder_end(holder);
}

Test(namespaces, namespaces_are_joined_by_path, .description = "R201")
{
    int flags = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    pid_t holder = holder_start(flags);
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_remove(bundle, "/hostname");
    for (int i = 0; i < TYPES; i++) {
        if (types[i].flag & flags)
            bundle_add_namespace(bundle, types[i].type,
                                 text_format("/proc/%d/ns/%s", holder, types[i].link));
    }
    bundle_payload(bundle, "ns ; hostname");
    result = bundle_run_ok(bundle);
    for (int i = 0; i < TYPES; i++) {
        if (types[i].flag & flags) {
            char target[64] = {0};

            cr_assert_gt(readlink(text_format("/proc/%d/ns/%s", holder, types[i].link), target, 63),
                         0);
            assert_fact(result, text_format("ns.%s", types[i].link), target);
        }
    }
    assert_fact(result, "hostname", "holder");
    holder_end(holder);
}

Test(namespaces, a_bind_mounted_namespace_file_is_joined, .description = "R201")
{
    pid_t holder = holder_start(CLONE_NEWNET | CLONE_NEWUTS);
    struct bundle *bundle = bundle_new();
    char target[64] = {0};
    struct result *result;

    file_write(WORK "/netns", "%s", "");
    cr_assert_eq(mount(text_format("/proc/%d/ns/net", holder), WORK "/netns", NULL, MS_BIND, NULL),
                 0);
    cr_assert_gt(readlink(text_format("/proc/%d/ns/net", holder), target, 63), 0);
    holder_end(holder);
    bundle_add_namespace(bundle, "network", WORK "/netns");
    bundle_payload(bundle, "ns");
    result = bundle_run_ok(bundle);
    assert_fact(result, "ns.net", target);
    umount(WORK "/netns");
}

Test(namespaces, the_pid_namespace_of_another_container_is_joined, .description = "R201")
{
    struct bundle *first = bundle_new(), *second = bundle_new();
    struct result *result;
    const char *pid;

    bundle_payload(first, "pause");
    bundle_create(first);
    bundle_start(first);
    pid = file_read(PID_FILE);
    bundle_add_namespace(second, "pid", text_format("/proc/%s/ns/pid", pid));
    bundle_payload(second, "pid ; ns");
    result = bundle_run_ok(second);
    cr_assert_str_neq(fact(result, "pid"), "1");
    {
        char target[64] = {0};

        cr_assert_gt(readlink(text_format("/proc/%s/ns/pid", pid), target, 63), 0);
        assert_fact(result, "ns.pid", target);
    }
    bundle_delete(first);
}

Test(namespaces, others_namespaces_are_joined_from_a_new_user_namespace)
{
    pid_t holder = holder_start(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);
    struct bundle *bundle = bundle_new();
    char target[64] = {0};
    struct result *result;

    cr_assert_gt(readlink(text_format("/proc/%d/ns/net", holder), target, 63), 0);
    bundle_map_users(bundle);
    bundle_add_namespace(bundle, "network", text_format("/proc/%d/ns/net", holder));
    bundle_add_namespace(bundle, "ipc", text_format("/proc/%d/ns/ipc", holder));
    bundle_add_namespace(bundle, "uts", text_format("/proc/%d/ns/uts", holder));
    bundle_remove(bundle, "/hostname");
    /* Neither sysfs nor mqueue can be mounted by one who does not own those namespaces. */
    bundle_remove(bundle, "/mounts/5");
    bundle_remove(bundle, "/mounts/4");
    bundle_payload(bundle, "ns ; hostname");
    result = bundle_run_ok(bundle);
    assert_fact(result, "ns.net", target);
    assert_fact(result, "hostname", "holder");
    holder_end(holder);
}

Test(namespaces, a_path_of_another_type_is_refused, .description = "R202")
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "ipc", "/proc/self/ns/net");
    assert_run_fails(bundle, "/linux/namespaces/5", "/proc/self/ns/net");
}

Test(namespaces, a_path_that_is_no_namespace_is_refused, .description = "R202")
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "uts", "/etc/passwd");
    assert_run_fails(bundle, "/linux/namespaces/5", "/etc/passwd");
    bundle_add_namespace(bundle, "uts", "/proc");
    assert_run_fails(bundle, "/linux/namespaces/5", "/proc");
}

Test(namespaces, a_missing_path_is_refused, .description = "R023")
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "network", "/run/netns/none-such");
    assert_run_fails(bundle, "/linux/namespaces/5", "/run/netns/none-such",
                     "no such file or directory");
}

Test(namespaces, a_relative_path_is_refused, .description = "R200")
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "network", "proc/self/ns/net");
    assert_run_fails(bundle, "/linux/namespaces/5/path", "absolute");
}

Test(namespaces, duplicates_are_refused, .description = "R205")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/namespaces/-", "{\"type\":\"ipc\"}");
    assert_run_fails(bundle, "/linux/namespaces/6", "ipc");
}

Test(namespaces, unknown_types_are_refused, .description = "R199")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/namespaces/-", "{\"type\":\"parallel\"}");
    assert_run_fails(bundle, "/linux/namespaces/6/type", "parallel");
}

/* ---- user namespaces ---- */

Test(namespaces, a_user_namespace_maps_ids, .description = "R203 R206 R207")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_map_users(bundle);
    bundle_payload(bundle, "id ; cat /proc/self/uid_map ; cat /proc/self/gid_map ; stat /payload");
    result = bundle_run_ok(bundle);
    assert_fact(result, "uids", "0 0 0");
    assert_fact(result, "cat./proc/self/uid_map", "         0     100000      65536\\n");
    assert_fact(result, "cat./proc/self/gid_map", "         0     100000      65536\\n");
    assert_fact(result, "stat./payload", "- 0755 65534 65534");
}

Test(namespaces, several_mappings_are_written, .description = "R153 R206")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_map_users(bundle);
    bundle_set(bundle, "/linux/uidMappings",
               "[{\"containerID\":0,\"hostID\":100000,\"size\":1000},"
               " {\"containerID\":1000,\"hostID\":0,\"size\":1},"
               " {\"containerID\":2000,\"hostID\":300000,\"size\":10}]");
    bundle_set(bundle, "/process/user", "{\"uid\":2005,\"gid\":7}");
    bundle_payload(bundle, "id ; cat /proc/self/uid_map ; stat /payload");
    result = bundle_run_ok(bundle);
    assert_fact(result, "uid", "2005");
    assert_fact(result, "gid", "7");
    assert_fact(result, "cat./proc/self/uid_map",
                "         0     100000       1000\\n      1000          0          1\\n      2000 "
                "    300000         10\\n");
    assert_fact(result, "stat./payload", "- 0755 1000 65534");
}

Test(namespaces, the_default_devices_work_in_a_user_namespace, .description = "R212 R222")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_map_users(bundle);
    bundle_payload(bundle,
                   "open /dev/null rw ; open /dev/zero r ; stat /dev/null ; open /dev/full r "
                   "; open /dev/random r ; open /dev/urandom r ; stat /dev/tty");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/null", "ok");
    assert_fact(result, "open./dev/zero", "ok");
    assert_fact(result, "open./dev/full", "ok");
    assert_fact(result, "open./dev/random", "ok");
    assert_fact(result, "open./dev/urandom", "ok");
    cr_assert_str_eq(strrchr(fact(result, "stat./dev/null"), ' '), " 1:3");
    cr_assert_str_eq(strrchr(fact(result, "stat./dev/tty"), ' '), " 5:0");
}

Test(namespaces, a_user_that_is_not_mapped_is_refused, .description = "R153")
{
    struct bundle *bundle = bundle_new();

    bundle_map_users(bundle);
    bundle_set(bundle, "/process/user", "{\"uid\":70000,\"gid\":0}");
    assert_run_fails(bundle, "70000", "/process/user");
}

Test(namespaces, a_user_namespace_needs_mappings)
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "user", NULL);
    assert_run_fails(bundle, "/linux/uidMappings");
}

Test(namespaces, mappings_need_a_user_namespace)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/uidMappings", "[{\"containerID\":0,\"hostID\":1,\"size\":1}]");
    bundle_set(bundle, "/linux/gidMappings", "[{\"containerID\":0,\"hostID\":1,\"size\":1}]");
    assert_run_fails(bundle, "/linux/uidMappings");
}

Test(namespaces, overlapping_mappings_are_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_map_users(bundle);
    bundle_set(bundle, "/linux/uidMappings/-", "{\"containerID\":10,\"hostID\":5,\"size\":1}");
    assert_run_fails(bundle, "/linux/uidMappings");
}

/* ---- time ---- */

static struct result *run_shifted(const char *offsets)
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "time", NULL);
    bundle_set(bundle, "/linux/timeOffsets", "%s", offsets);
    bundle_payload(bundle, "ns ; clocks ; cat /proc/self/timens_offsets");
    return bundle_run_ok(bundle);
}

/* The clock that the payload read, after `before` was read here and shifted. */
static void assert_shifted(const struct result *result, const char *name, clockid_t clock,
                           long before, long offset)
{
    long found = strtol(fact(result, text_format("clock.%s", name)), NULL, 10);
    struct timespec now;

    clock_gettime(clock, &now);
    cr_assert_geq(found, before + offset - 1, "%s: %ld", name, found);
    cr_assert_leq(found, now.tv_sec + offset + 1, "%s: %ld", name, found);
}

Test(namespaces, clocks_are_shifted, .description = "R203 R209 R210: both, forth and back")
{
    struct timespec monotonic, boottime;
    struct result *result;

    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_BOOTTIME, &boottime);
    result = run_shifted(
        "{\"monotonic\":{\"secs\":172800,\"nanosecs\":5},\"boottime\":{\"secs\":604800}}");
    cr_assert_str_neq(fact(result, "ns.time"), own_link("time"));
    assert_contains(fact(result, "cat./proc/self/timens_offsets"), "172800");
    assert_contains(fact(result, "cat./proc/self/timens_offsets"), "604800");
    assert_shifted(result, "monotonic", CLOCK_MONOTONIC, monotonic.tv_sec, 172800);
    assert_shifted(result, "boottime", CLOCK_BOOTTIME, boottime.tv_sec, 604800);

    result = run_shifted("{\"boottime\":{\"secs\":-3,\"nanosecs\":999999999}}");
    assert_shifted(result, "monotonic", CLOCK_MONOTONIC, monotonic.tv_sec, 0);
    assert_shifted(result, "boottime", CLOCK_BOOTTIME, boottime.tv_sec, -2);
}

Test(namespaces, a_time_namespace_without_offsets_is_new)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_add_namespace(bundle, "time", NULL);
    bundle_payload(bundle, "ns");
    result = bundle_run_ok(bundle);
    cr_assert_str_neq(fact(result, "ns.time"), own_link("time"));
}

Test(namespaces, offsets_need_a_time_namespace)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/timeOffsets", "{\"monotonic\":{\"secs\":1}}");
    assert_run_fails(bundle, "/linux/timeOffsets");
}

Test(namespaces, unknown_clocks_are_refused, .description = "R209")
{
    struct bundle *bundle = bundle_new();

    bundle_add_namespace(bundle, "time", NULL);
    bundle_set(bundle, "/linux/timeOffsets", "{\"realtime\":{\"secs\":1}}");
    assert_run_fails(bundle, "/linux/timeOffsets", "realtime");
}

/* ---- uts ---- */

Test(namespaces, host_and_domain_names_are_set_inside_only, .description = "R158 R159")
{
    struct bundle *bundle = bundle_new();
    char before[65], after[65];
    struct result *result;

    gethostname(before, sizeof(before));
    bundle_set(bundle, "/hostname", "\"inside.example\"");
    bundle_set(bundle, "/domainname", "\"nis.example\"");
    bundle_payload(bundle, "hostname");
    result = bundle_run_ok(bundle);
    assert_fact(result, "hostname", "inside.example");
    assert_fact(result, "domainname", "nis.example");
    gethostname(after, sizeof(after));
    cr_assert_str_eq(before, after);
}

Test(namespaces, an_empty_host_name_is_none, .description = "R158 R159")
{
    struct bundle *bundle = bundle_new();
    struct utsname host;
    struct result *result;

    cr_assert_eq(uname(&host), 0);
    bundle_set(bundle, "/hostname", "\"\"");
    bundle_set(bundle, "/domainname", "\"\"");
    bundle_payload(bundle, "cat /proc/sys/kernel/hostname");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./proc/sys/kernel/hostname", text_format("%s\\n", host.nodename));
    bundle_remove_namespace(bundle, "uts");
    bundle_run_ok(bundle);
}

Test(namespaces, a_hostname_needs_a_uts_namespace, .description = "R158 R159")
{
    struct bundle *bundle = bundle_new();

    bundle_remove_namespace(bundle, "uts");
    assert_run_fails(bundle, "/hostname");
    bundle_remove(bundle, "/hostname");
    bundle_set(bundle, "/domainname", "\"x\"");
    assert_run_fails(bundle, "/domainname");
}

Test(namespaces, a_hostname_longer_than_the_kernel_takes_is_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/hostname", "\"%s\"", text_repeat("h", 65));
    assert_run_fails(bundle, "/hostname");
}
