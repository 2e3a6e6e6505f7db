/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(masks, TEST_SUITE);

/* ---- masked paths ---- */

Test(masks, files_and_directories_are_hidden, .description = "R346")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(bundle_path(bundle, "/etc/secret"), "secret");
    file_write(bundle_path(bundle, "/secrets/one"), "secret");
    bundle_set(bundle, "/linux/maskedPaths", "[\"/etc/secret\",\"/secrets\",\"/proc/uptime\"]");
    bundle_payload(bundle,
                   "cat /etc/secret ; stat /etc/secret ; ls /secrets ; create /secrets/x 1 ; "
                   "cat /proc/uptime");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./etc/secret", "");
    assert_fact(result, "stat./etc/secret", "c 0666 0 0 1:3");
    assert_fact(result, "ls./secrets", "");
    assert_fact(result, "create./secrets/x", "!EROFS");
    assert_fact(result, "cat./proc/uptime", "");
}

Test(masks, missing_and_repeated_paths_are_passed_over, .description = "R346")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/maskedPaths",
               "[\"/nothing/here\",\"/proc/uptime\",\"/proc/uptime\"]");
    bundle_payload(bundle, "cat /proc/uptime ; stat /nothing");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./proc/uptime", "");
    assert_fact(result, "stat./nothing", "!ENOENT");
}

Test(masks, relative_masked_paths_are_refused, .description = "R347")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/maskedPaths", "[\"/proc/kcore\",\"etc/secret\"]");
    assert_run_fails(bundle, "/linux/maskedPaths/1", "absolute");
}

/* A link in the image is followed inside the root, never out of it. */
Test(masks, a_link_is_followed_in_the_root)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(bundle_path(bundle, "/etc/secret"), "secret");
    cr_assert_eq(symlink("/etc/secret", bundle_path(bundle, "/link")), 0);
    bundle_set(bundle, "/linux/maskedPaths", "[\"/link\"]");
    bundle_payload(bundle, "cat /etc/secret");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./etc/secret", "");
}

/* ---- read-only paths ---- */

Test(masks, readonly_paths_are_readonly, .description = "R348")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(bundle_path(bundle, "/etc/conf"), "old");
    directory_make(bundle_path(bundle, "/etc/dir"));
    bundle_set(bundle, "/linux/readonlyPaths",
               "[\"/etc/conf\",\"/etc/dir\",\"/proc/sys\",\"/missing\"]");
    bundle_payload(bundle, "write /etc/conf new ; cat /etc/conf ; create /etc/dir/x 1 ; "
                           "open /proc/sys/kernel/hostname w ; create /etc/y 1");
    result = bundle_run_ok(bundle);
    assert_fact(result, "write./etc/conf", "!EROFS");
    assert_fact(result, "cat./etc/conf", "old");
    assert_fact(result, "create./etc/dir/x", "!EROFS");
    assert_fact(result, "open./proc/sys/kernel/hostname", "!EROFS");
    assert_fact(result, "create./etc/y", "ok");
}

Test(masks, the_root_can_be_a_readonly_path, .description = "R348")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/readonlyPaths", "[\"/proc/sys\",\"/./\"]");
    bundle_payload(bundle, "create /x 1 ; create /dev/x 1 ; open /proc/sys/kernel/hostname w");
    result = bundle_run_ok(bundle);
    assert_fact(result, "create./x", "!EROFS");
    assert_fact(result, "create./dev/x", "ok");
    assert_fact(result, "open./proc/sys/kernel/hostname", "!EROFS");
}

Test(masks, the_root_cannot_be_masked, .description = "R346")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/maskedPaths", "[\"/proc/kcore\",\"/\"]");
    assert_run_fails(bundle, "/linux/maskedPaths/1", "root itself cannot be masked");
}

Test(masks, readonly_paths_keep_the_flags_of_their_mount)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_mount(bundle, "tmpfs", "tmpfs", "/mnt", "\"nosuid\",\"nodev\",\"noexec\"");
    bundle_set(bundle, "/linux/readonlyPaths", "[\"/mnt\"]");
    bundle_payload(bundle, "mount /mnt");
    result = bundle_run_ok(bundle);
    assert_fact(result, "mount./mnt", "ro,nosuid,nodev,noexec,relatime");
}

Test(masks, relative_readonly_paths_are_refused, .description = "R349")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/readonlyPaths", "[\"proc/sys\"]");
    assert_run_fails(bundle, "/linux/readonlyPaths/0", "absolute");
}

Test(masks, the_default_ones_hold)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "cat /proc/kcore ; ls /sys/firmware ; open /proc/sysrq-trigger w ; "
                           "open /proc/sys/kernel/core_pattern w");
    result = bundle_run_ok(bundle);
    /* Kernels differ in which of them they have. */
    assert_fact(result, "cat./proc/kcore", file_exists("/proc/kcore") ? "" : "!ENOENT");
    assert_fact(result, "open./proc/sysrq-trigger",
                file_exists("/proc/sysrq-trigger") ? "!EROFS" : "!ENOENT");
    assert_fact(result, "open./proc/sys/kernel/core_pattern", "!EROFS");
}

/* ---- sysctls ---- */

Test(masks, sysctls_of_own_namespaces_are_set, .description = "R308")
{
    struct bundle *bundle = bundle_new();
    struct result *result;
    char *before = file_read("/proc/sys/kernel/msgmax");

    bundle_set(
        bundle, "/linux/sysctl",
        "{\"net.ipv4.ip_forward\":\"1\",\"kernel.msgmax\":\"4242\",\"net/core/somaxconn\":\"77\","
        "\"fs.mqueue.msg_max\":\"11\",\"kernel.domainname\":\"nis.example\"}");
    bundle_payload(bundle, "cat /proc/sys/net/ipv4/ip_forward ; cat /proc/sys/kernel/msgmax ; "
                           "cat /proc/sys/net/core/somaxconn ; cat /proc/sys/fs/mqueue/msg_max ; "
                           "hostname");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./proc/sys/net/ipv4/ip_forward", "1\\n");
    assert_fact(result, "cat./proc/sys/kernel/msgmax", "4242\\n");
    assert_fact(result, "cat./proc/sys/net/core/somaxconn", "77\\n");
    assert_fact(result, "cat./proc/sys/fs/mqueue/msg_max", "11\\n");
    assert_fact(result, "domainname", "nis.example");
    cr_assert_str_eq(file_read("/proc/sys/kernel/msgmax"), before);
}

static char *sysctl_file(const char *key)
{
    char *path = text_format("/proc/sys/%s", key);

    for (char *dot = path; (dot = strchr(dot, '.')) != NULL;)
        *dot = '/';
    return path;
}

/* All that an ipc namespace has, and some of a network namespace. */
Test(masks, sysctls_of_every_namespace_are_set, .description = "R308")
{
    static const struct {
        const char *key, *value, *found;
    } cases[] = {
        {"kernel.msgmax", "4243", "4243\\n"},
        {"kernel.msgmnb", "4244", "4244\\n"},
        {"kernel.msgmni", "45", "45\\n"},
        {"kernel.sem", "33 32001 34 129", "33\t32001\t34\t129\\n"},
        {"kernel.shmall", "46", "46\\n"},
        {"kernel.shmmax", "47000", "47000\\n"},
        {"kernel.shmmni", "48", "48\\n"},
        {"kernel.shm_rmid_forced", "1", "1\\n"},
        {"fs.mqueue.queues_max", "49", "49\\n"},
        {"net.ipv4.ping_group_range", "7 8", "7\t8\\n"},
        {"net.core.somaxconn", "50", "50\\n"},
    };
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    struct bundle *bundle = bundle_new();
    struct text words = {0};
    struct result *result;

    bundle_set(bundle, "/linux/sysctl", "{}");
    for (int i = 0; i < CASES; i++) {
        bundle_set(bundle, text_format("/linux/sysctl/%s", cases[i].key), "\"%s\"", cases[i].value);
        text_add(&words, "cat %s ; ", sysctl_file(cases[i].key));
    }
    bundle_payload(bundle, "%s", text_string(&words));
    result = bundle_run_ok(bundle);
    for (int i = 0; i < CASES; i++)
        assert_fact(result, text_format("cat.%s", sysctl_file(cases[i].key)), cases[i].found);
}

Test(masks, sysctls_of_a_user_namespace_are_set, .description = "R308")
{
    struct bundle *bundle = bundle_new();
    char *before = file_read("/proc/sys/user/max_user_namespaces");

    bundle_map_users(bundle);
    bundle_set(bundle, "/linux/sysctl", "{\"user.max_user_namespaces\":\"3\"}");
    bundle_payload(bundle, "cat /proc/sys/user/max_user_namespaces");
    assert_fact(bundle_run_ok(bundle), "cat./proc/sys/user/max_user_namespaces", "3\\n");
    cr_assert_str_eq(file_read("/proc/sys/user/max_user_namespaces"), before);
}

Test(masks, sysctls_of_the_host_are_refused, .description = "R308")
{
    static const char *const names[] = {"kernel.core_pattern", "vm.swappiness",
                                        "kernel.hostname",     "fs.file-max",
                                        "kernel.panic",        "user.max_user_namespaces"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/linux/sysctl", "{\"%s\":\"1\"}", names[i]);
        assert_run_fails(bundle, "/linux/sysctl", names[i]);
    }
}

Test(masks, sysctls_need_their_namespace, .description = "R308")
{
    struct bundle *bundle = bundle_new();

    bundle_remove_namespace(bundle, "network");
    bundle_set(bundle, "/linux/sysctl", "{\"net.ipv4.ip_forward\":\"1\"}");
    assert_run_fails(bundle, "net.ipv4.ip_forward", "not in a separate kernel namespace");
    bundle = bundle_new();
    bundle_remove_namespace(bundle, "ipc");
    bundle_set(bundle, "/linux/sysctl", "{\"kernel.msgmax\":\"1\"}");
    assert_run_fails(bundle, "kernel.msgmax", "not in a separate kernel namespace");
}

Test(masks, a_value_that_the_kernel_refuses_is_named)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/sysctl", "{\"net.ipv4.ip_forward\":\"many\"}");
    assert_run_fails(bundle, "/linux/sysctl", "net.ipv4.ip_forward", "invalid argument");
}

Test(masks, a_missing_sysctl_is_named, .description = "R308")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/sysctl", "{\"net.ipv4.no_such_thing\":\"1\"}");
    assert_run_fails(bundle, "net.ipv4.no_such_thing");
}
