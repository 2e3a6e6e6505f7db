/* SPDX-License-Identifier: Apache-2.0 */
/* What an image puts in the way of the runtime: links, fifos and files where mounts, devices, masks and the
 * working directory go. Nothing outside of the root filesystem may be touched. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/run.h"

TestSuite(sandbox_paths, TEST_SUITE);

#define OUTSIDE WORK "/outside"

/* A directory of the host with one file in it. */
static void outside_make(void)
{
    cr_assert_eq(mkdir(OUTSIDE, 0755), 0);
    int fd = open(OUTSIDE "/ptmx", O_WRONLY | O_CREAT | O_EXCL, 0644);
    cr_assert_eq(write(fd, "host", 4), 4);
    close(fd);
}

static void assert_outside_untouched(void)
{
    char text[16] = "";
    int fd = open(OUTSIDE "/ptmx", O_RDONLY);
    cr_assert_eq(read(fd, text, sizeof(text) - 1), 4);
    close(fd);
    cr_assert_str_eq(text, "host");
    struct stat st;
    cr_assert_eq(stat(OUTSIDE, &st), 0);
    cr_assert_eq(st.st_nlink, 2, "a directory was made outside");
    cr_assert_eq(unlink(OUTSIDE "/ptmx"), 0);
    cr_assert_eq(rmdir(OUTSIDE), 0, "something was made outside");
}

static void link_in(const struct bundle *bundle, const char *path, const char *target)
{
    const char *host = bundle_path(bundle, path);
    rmdir(host);
    unlink(host);
    cr_assert_eq(symlink(target, host), 0);
}

static void file_in(const struct bundle *bundle, const char *path, const char *text)
{
    int fd = open(bundle_path(bundle, path), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void remove_dev_mounts(struct bundle *bundle)
{
    /* /dev, /dev/pts, /dev/shm and /dev/mqueue follow /proc in the default configuration. */
    for (int i = 0; i < 4; i++)
        bundle_remove(bundle, "/mounts/1");
}

/* ---- CVE-2015-3627, CVE-2019-18837, CVE-2024-45310 ---- */

static void check_link_in_target(const char *link)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    link_in(bundle, "/mnt", link);
    bundle_mount(bundle, "tmpfs", "tmpfs", "/mnt/new/deep", NULL);
    bundle_payload(bundle, "ls /mnt/new");
    struct result *result = bundle_run_ok(bundle);
    assert_fact(result, "ls./mnt/new", "deep");
    assert_outside_untouched();
}

Test(sandbox_paths, an_absolute_link_in_a_mount_point_stays_inside)
{
    check_link_in_target(OUTSIDE);
}

Test(sandbox_paths, a_relative_link_in_a_mount_point_stays_inside)
{
    check_link_in_target("../../../../../../../.." OUTSIDE);
}

Test(sandbox_paths, a_loop_of_links_is_an_error)
{
    struct bundle *bundle = bundle_new();
    link_in(bundle, "/loop", "loop");
    bundle_mount(bundle, "tmpfs", "tmpfs", "/loop/x", NULL);
    assert_run_fails(bundle, "/mounts/7", "/loop/x", "symbolic links");
}

Test(sandbox_paths, a_file_is_no_place_for_a_directory)
{
    struct bundle *bundle = bundle_new();
    file_in(bundle, "/file", "");
    bundle_mount(bundle, "tmpfs", "tmpfs", "/file", NULL);
    assert_run_fails(bundle, "/mounts/7", "/file");
}

/* ---- CVE-2019-16884, CVE-2019-19921, CVE-2023-27561: /proc and /sys ---- */

Test(sandbox_paths, proc_on_a_link_is_refused)
{
    struct bundle *bundle = bundle_new();
    link_in(bundle, "/proc", "/tmp");
    assert_run_fails(bundle, "/mounts/0", "must be mounted on ordinary directory");
}

Test(sandbox_paths, sysfs_on_a_link_is_refused)
{
    struct bundle *bundle = bundle_new();
    link_in(bundle, "/sys", "tmp");
    assert_run_fails(bundle, "/mounts/5", "must be mounted on ordinary directory");
}

Test(sandbox_paths, only_procfs_goes_on_proc)
{
    struct bundle *bundle = bundle_new();
    bundle_set(bundle, "/mounts/0",
               "{\"destination\":\"/proc\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}");
    assert_run_fails(bundle, "/mounts/0", "inside /proc");
}

Test(sandbox_paths, nothing_is_mounted_inside_proc)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    bundle_mount(bundle, "bind", OUTSIDE, "/proc/self/attr", "\"bind\"");
    assert_run_fails(bundle, "/mounts/7", "inside /proc");
    assert_outside_untouched();
}

Test(sandbox_paths, not_by_way_of_a_link_either)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    link_in(bundle, "/innocent", "proc/sys");
    bundle_mount(bundle, "bind", OUTSIDE, "/innocent", "\"bind\"");
    assert_run_fails(bundle, "/mounts/7", "inside /proc");
    assert_outside_untouched();
}

Test(sandbox_paths, what_lxcfs_replaces_can_be_covered)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    bundle_mount(bundle, "bind", OUTSIDE "/ptmx", "/proc/uptime", "\"bind\"");
    bundle_payload(bundle, "cat /proc/uptime");
    assert_fact(bundle_run_ok(bundle), "cat./proc/uptime", "host");
    assert_outside_untouched();
}

/* ---- CVE-2026-41579, CVE-2026-47766: devices and links below a link ---- */

Test(sandbox_paths, devices_do_not_follow_a_link_out_of_the_root)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    remove_dev_mounts(bundle);
    link_in(bundle, "/dev", OUTSIDE);
    bundle_payload(bundle, "stat /dev/null");
    bundle_run_ok(bundle);
    assert_outside_untouched();
}

Test(sandbox_paths, a_link_at_a_devices_place_is_an_error)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    remove_dev_mounts(bundle);
    mkdir(bundle_path(bundle, "/dev"), 0755);
    link_in(bundle, "/dev/null", OUTSIDE "/ptmx");
    assert_run_fails(bundle, "/linux/devices", "/dev/null exists in the container");
    assert_outside_untouched();
}

Test(sandbox_paths, a_file_at_a_devices_place_is_an_error)
{
    struct bundle *bundle = bundle_new();
    file_in(bundle, "/node", "");
    bundle_set(bundle, "/linux/devices",
               "[{\"path\":\"/node\",\"type\":\"c\",\"major\":1,\"minor\":3}]");
    assert_run_fails(bundle, "/linux/devices/0",
                     "/node exists in the container and is not that device");
}

/* ---- CVE-2025-31133: masks ---- */

Test(sandbox_paths, a_masked_file_is_the_null_device)
{
    struct bundle *bundle = bundle_new();
    file_in(bundle, "/secret", "secret");
    bundle_set(bundle, "/linux/maskedPaths", "[\"/secret\",\"/absent\",\"/proc/uptime\"]");
    bundle_payload(bundle, "cat /secret ; open /secret w");
    struct result *result = bundle_run_ok(bundle);
    assert_fact(result, "cat./secret", "");
    assert_lacks(result->out, "secret=secret");
}

Test(sandbox_paths, a_false_null_device_masks_nothing_and_is_not_used)
{
    struct bundle *bundle = bundle_new();
    outside_make();
    file_in(bundle, "/secret", "secret");
    file_in(bundle, "/null", "false");
    bundle_set(bundle, "/linux/maskedPaths", "[\"/secret\"]");
    /* A bound /dev is left alone, whatever is in it. */
    remove_dev_mounts(bundle);
    cr_assert_eq(mkdir(WORK "/dev", 0755), 0);
    cr_assert_eq(symlink("/proc/sysrq-trigger", WORK "/dev/null"), 0);
    bundle_mount(bundle, "bind", WORK "/dev", "/dev", "\"rbind\"");
    bundle_payload(bundle, "cat /secret");
    assert_fact(bundle_run_ok(bundle), "cat./secret", "");
    assert_outside_untouched();
}

/* ---- CVE-2024-21626: working directory and program ---- */

Test(sandbox_paths, no_fd_of_the_runtime_is_a_working_directory)
{
    for (int fd = 3; fd < 16; fd++) {
        struct bundle *bundle = bundle_new();
        bundle_set(bundle, "/process/cwd", "\"/proc/self/fd/%d\"", fd);
        assert_run_fails(bundle, "/process/cwd");
    }
}

Test(sandbox_paths, no_fd_of_the_runtime_leads_to_a_program)
{
    for (int fd = 3; fd < 16; fd++) {
        struct bundle *bundle = bundle_new();
        char program[64];
        snprintf(program, sizeof(program), "/proc/self/fd/%d/payload", fd);
        bundle_args(bundle, program, NULL);
        assert_run_fails_with(127, bundle, "exec: ", program);
    }
}

/* ---- /etc/passwd is the image's ---- */

Test(sandbox_paths, a_fifo_as_passwd_blocks_nobody)
{
    struct bundle *bundle = bundle_new();
    mkdir(bundle_path(bundle, "/etc"), 0755);
    cr_assert_eq(mkfifo(bundle_path(bundle, "/etc/passwd"), 0644), 0);
    bundle_set(bundle, "/process/env", "[\"PATH=/\"]");
    bundle_payload(bundle, "env HOME");
    assert_fact(bundle_run_ok(bundle), "env.HOME", "/");
}

Test(sandbox_paths, home_comes_from_passwd_by_number)
{
    struct bundle *bundle = bundle_new();
    mkdir(bundle_path(bundle, "/etc"), 0755);
    /* CVE-2016-3697: a user that is called like a number. */
    file_in(bundle, "/etc/passwd", "1000:x:0:0::/wrong:/bin/sh\nroot:x:0:0::/right:/bin/sh\n");
    bundle_set(bundle, "/process/env", "[\"PATH=/\"]");
    bundle_payload(bundle, "env HOME");
    assert_fact(bundle_run_ok(bundle), "env.HOME", "/wrong");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "env HOME");
    assert_fact(bundle_run_ok(bundle), "env.HOME", "/");
}
