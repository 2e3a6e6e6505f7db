/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/changes.h"
#include "tests/support/exec.h"
#include "tests/support/hostile.h"
#include "tests/support/text.h"

/* Published vulnerabilities that concern mounts, against a container that runs when its mounts change. */

TestSuite(mount_security, TEST_SUITE);

#define HOST   WORK "/host"
#define MARKER HOST "/marker"
#define SECRET "only the host may read this"

static void assert_host_untouched(void)
{
    cr_assert_str_eq(file_read(MARKER), SECRET);
    assert_lacks(file_read("/proc/self/mountinfo"), " " HOST);
}

static void assert_refused(const struct bundle *bundle, const char *what, const char *document,
                           const char *says)
{
    char *before = exec_payload(bundle, NULL, "mounts")->out;
    struct result *result = mounts_change(what, bundle, document);

    assert_status(result, 1);
    assert_contains(result->err, says);
    cr_assert_str_eq(exec_payload(bundle, NULL, "mounts")->out, before, "%s changed something",
                     document);
}

/* CVE-2015-3627, CVE-2019-18837: what a link of the image names is a place in the image. */
Test(mount_security, cve_2019_18837_links_stay_inside)
{
    static const char *const links[] = {HOST, "../../../../../../../.." HOST};
    struct bundle *bundle = bundle_running();

    file_write(MARKER, SECRET);
    for (size_t i = 0; i < 2; i++) {
        char *link = bundle_path(bundle, text_format("/link%zu", i));

        cr_assert_eq(symlink(links[i], link), 0);
        assert_status(
            mounts_change("add", bundle,
                          text_format("[{\"destination\":\"/link%zu\",\"type\":\"tmpfs\"},"
                                      "{\"destination\":\"/link%zu/x/y\",\"type\":\"tmpfs\"}]",
                                      i, i)),
            0);
        assert_host_untouched();
        cr_assert_not(file_exists(HOST "/x"));
    }
    assert_mounts(bundle, HOST, "rw,relatime");
    bundle_delete(bundle);
}

/* CVE-2019-16884, CVE-2015-3630: nothing fake where attributes are written. */
Test(mount_security, cve_2019_16884_proc_is_not_covered)
{
    static const char *const places[] = {"/proc",   "/proc/self/attr",          "/proc/sys",
                                         "/proc/1", "/proc/../proc/sys/kernel", "/link/self/attr",
                                         "/link"};
    struct bundle *bundle = bundle_running();

    cr_assert_eq(symlink("/proc", bundle_path(bundle, "/link")), 0);
    directory_make(WORK "/fake");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_refused(bundle, "add",
                       text_format("[{\"destination\":\"%s\",\"type\":\"tmpfs\"}]", places[i]),
                       "/0: mount");
        assert_refused(bundle, "add",
                       text_format("[{\"destination\":\"%s\",\"source\":\"" WORK
                                   "/fake\",\"options\":[\"bind\"]}]",
                                   places[i]),
                       "/0: mount");
    }
    file_write(WORK "/uptime", "1 1");
    assert_status(mounts_change("add", bundle,
                                "[{\"destination\":\"/proc/uptime\",\"source\":\"" WORK
                                "/uptime\",\"options\":[\"bind\"]}]"),
                  0);
    assert_fact(exec_payload(bundle, NULL, "cat /proc/uptime"), "cat./proc/uptime", "1 1");
    assert_status(mounts_change("remove", bundle, "[{\"destination\":\"/proc/uptime\"}]"), 0);
    bundle_delete(bundle);
}

/* CVE-2019-19921, CVE-2023-27561: a procfs goes where it says. */
Test(mount_security, cve_2023_27561_proc_and_sysfs_need_a_plain_directory)
{
    struct bundle *bundle = bundle_running();

    directory_make(bundle_path(bundle, "/elsewhere"));
    cr_assert_eq(symlink("/elsewhere", bundle_path(bundle, "/link")), 0);
    assert_refused(bundle, "add", "[{\"destination\":\"/link\",\"type\":\"proc\"}]",
                   "must be mounted on ordinary directory");
    assert_refused(bundle, "add", "[{\"destination\":\"/link\",\"type\":\"sysfs\"}]",
                   "must be mounted on ordinary directory");
    bundle_delete(bundle);
}

/* CVE-2021-30465, CVE-2024-45310 */
static void check_race(const char *mount)
{
    struct bundle *bundle = bundle_running();
    char *document = text_format("[%s]", mount);
    pid_t swapper;
    int added = 0;

    file_write(MARKER, SECRET);
    file_write(WORK "/file", "x");
    directory_make(bundle_path(bundle, "/volume/a"));
    cr_assert_eq(symlink(HOST, bundle_path(bundle, "/volume/b")), 0);
    swapper = swapper_start(bundle_path(bundle, "/volume/a"), bundle_path(bundle, "/volume/b"));
    for (int i = 0; i < 100; i++) {
        struct result *result = mounts_change("add", bundle, document);

        added += result->status == 0;
        assert_host_untouched();
        cr_assert_not(file_exists(HOST "/x"));
        unlink(result->out_path);
        unlink(result->err_path);
        result = mounts_change("remove", bundle, document);
        unlink(result->out_path);
        unlink(result->err_path);
    }
    swapper_end(swapper);
    cr_assert_gt(added, 0);
    bundle_delete(bundle);
}

Test(mount_security, cve_2021_30465_a_swapped_directory_does_not_lead_mounts_out)
{
    check_race("{\"destination\":\"/volume/a/x\",\"type\":\"tmpfs\"}");
}

Test(mount_security, cve_2024_45310_a_swapped_directory_does_not_lead_new_files_out)
{
    check_race("{\"destination\":\"/volume/a/x/new/file\",\"source\":\"" WORK
               "/file\",\"options\":[\"bind\"]}");
}

/* A container that has replaced the way to a mount does not choose what goes in its place. */
Test(mount_security, what_confines_is_not_unmounted)
{
    struct bundle *bundle = bundle_new();

    file_write(bundle_path(bundle, "/etc/secret"), "secret");
    bundle_set(bundle, "/linux/maskedPaths", "[\"/proc/kcore\",\"/etc/secret\"]");
    bundle_set(bundle, "/linux/readonlyPaths", "[\"/proc/sys\",\"/etc\"]");
    bundle_run_paused(bundle);
    cr_assert_eq(symlink("/proc", bundle_path(bundle, "/volume")), 0);
    cr_assert_eq(symlink("/etc/secret", bundle_path(bundle, "/data")), 0);
    assert_refused(bundle, "remove", "[{\"destination\":\"/volume/kcore\"}]", "not followed");
    assert_refused(bundle, "remove", "[{\"destination\":\"/data\"}]", "nothing is mounted");
    assert_refused(bundle, "remove", "[{\"destination\":\"/proc/kcore\"}]", "maskedPaths");
    assert_refused(bundle, "remove", "[{\"destination\":\"/proc/sys\"}]", "readonlyPaths");
    assert_refused(bundle, "remove", "[{\"destination\":\"//etc/./secret\"}]", "maskedPaths");
    assert_refused(bundle, "remove", "[{\"destination\":\"/etc\"}]", "readonlyPaths");
    assert_refused(bundle, "remove", "[{\"destination\":\"/\"}]", "below the root");
    bundle_delete(bundle);
}

/* CVE-2016-9962: whatever of ours the container can see has nothing of the host. A procfs of its pid namespace is
 * what it sees us make; the rest it does not see. */
Test(mount_security, cve_2016_9962_who_mounts_holds_nothing)
{
    struct bundle *bundle = bundle_new_busybox();

    file_write(MARKER, SECRET);
    directory_make(WORK "/source");
    hostile_script_run(bundle, "while :; do for p in /proc/[0-9]*; do"
                               " for at in $p/root $p/cwd $p/fd/* $p/fd/*/../../.. ; do"
                               " [ -e $at" MARKER " ] && echo x >/found;"
                               " [ -e $at/marker ] && echo x >/found; done; done; done");
    for (int i = 0; i < 40; i++) {
        const char *document =
            "[{\"destination\":\"/new\",\"type\":\"proc\"},"
            "{\"destination\":\"/s\",\"source\":\"" WORK "/source\",\"options\":[\"bind\"]}]";

        assert_status(mounts_change("add", bundle, document), 0);
        assert_status(mounts_change("remove", bundle, document), 0);
    }
    cr_assert_not(file_exists(bundle_path(bundle, "/found")), "the host was reached");
    assert_host_untouched();
    bundle_delete(bundle);
}

/* CVE-2024-21626: what the caller has left open is not handed on, and no source is found through it. */
Test(mount_security, cve_2024_21626_descriptors_of_the_caller_lead_nowhere)
{
    struct bundle *bundle = bundle_running();
    struct setting leaky = {.prepare = hostile_leak, .data = HOST};

    file_write(MARKER, SECRET);
    cr_assert_eq(symlink("/proc/self/fd/7", bundle_path(bundle, "/link")), 0);
    leaky.input = "[{\"destination\":\"/link\",\"type\":\"tmpfs\"}]";
    assert_status(tare_with(&leaky, "mounts", "add", bundle->id, "-", NULL), 1);
    leaky.input = "[{\"destination\":\"/proc/self/fd/7\",\"type\":\"tmpfs\"}]";
    assert_status(tare_with(&leaky, "mounts", "add", bundle->id, "-", NULL), 1);
    assert_host_untouched();
    bundle_delete(bundle);
}
