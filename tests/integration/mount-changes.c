/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/changes.h"
#include "tests/support/exec.h"
#include "tests/support/json.h"
#include "tests/support/text.h"
#include "tests/support/user.h"

/* tare mounts: what comes to a container that is there, and what goes. */

TestSuite(mount_changes, TEST_SUITE);

static void make_source(void)
{
    directory_make(WORK "/source/below");
    file_write(WORK "/source/file", "content");
}

static struct bundle *running_with_source(void)
{
    make_source();
    return bundle_running();
}

/* ---- add ---- */

Test(mount_changes, a_bind_mount_comes_and_goes)
{
    struct bundle *bundle = running_with_source();
    const char *document = "[{\"destination\":\"/mnt/new\",\"source\":\"" WORK
                           "/source\",\"options\":[\"bind\",\"ro\",\"nosuid\"]}]";
    struct result *result;

    assert_status(mounts_change("add", bundle, document), 0);
    result = exec_payload(bundle, NULL, "mount /mnt/new ; cat /mnt/new/file ; create /mnt/new/x 1");
    assert_fact(result, "mount./mnt/new", "ro,nosuid,relatime");
    assert_fact(result, "cat./mnt/new/file", "content");
    assert_fact(result, "create./mnt/new/x", "!EROFS");
    assert_status(mounts_change("remove", bundle, document), 0);
    assert_mounts(bundle, "/mnt/new", "(none)");
    bundle_delete(bundle);
}

/* As at creation: of the bundle, when it is relative. */
Test(mount_changes, a_file_and_a_relative_source)
{
    struct bundle *bundle = bundle_running();

    file_write(text_format("%s/data", bundle->path), "of the bundle");
    assert_status(
        mounts_change("add", bundle,
                      "[{\"destination\":\"etc/data\",\"source\":\"data\",\"type\":\"bind\"}]"),
        0);
    assert_fact(exec_payload(bundle, NULL, "cat /etc/data"), "cat./etc/data", "of the bundle");
    assert_status(mounts_change("remove", bundle, "[{\"destination\":\"/etc/data\"}]"), 0);
    assert_fact(exec_payload(bundle, NULL, "cat /etc/data"), "cat./etc/data", "");
    bundle_delete(bundle);
}

/* Those that show a namespace show the container's. */
Test(mount_changes, new_filesystems_are_of_the_containers_namespaces)
{
    struct bundle *bundle = bundle_running();
    struct result *result;

    assert_status(
        mounts_change("add", bundle,
                      "[{\"destination\":\"/new/proc\",\"type\":\"proc\"},"
                      "{\"destination\":\"/new/sys\",\"type\":\"sysfs\",\"options\":[\"ro\"]},"
                      "{\"destination\":\"/new/mqueue\",\"type\":\"mqueue\"},"
                      "{\"destination\":\"/new/cgroup\",\"type\":\"cgroup\"},"
                      "{\"destination\":\"/new/tmp\",\"type\":\"tmpfs\","
                      "\"options\":[\"mode=1770\",\"size=64k\",\"ro\"]}]"),
        0);
    result = exec_payload(bundle, NULL,
                          "cat /new/proc/1/comm ; stat /new/proc/2 ; ls /new/sys/class/net ; "
                          "mount /new/mqueue ; mount /new/cgroup ; mount /new/tmp ; stat /new/tmp");
    assert_fact(result, "cat./new/proc/1/comm", "payload\\n");
    assert_fact(result, "ls./new/sys/class/net", "lo");
    assert_fact(result, "mount./new/mqueue", "rw,relatime");
    assert_fact(result, "mountroot./new/cgroup", "/");
    assert_contains(fact(result, "mount./new/tmp"), "ro");
    assert_fact(result, "stat./new/tmp", "d 1770 0 0");
    bundle_delete(bundle);
}

Test(mount_changes, tmpcopyup_takes_what_is_there)
{
    struct bundle *bundle = bundle_running();

    directory_make(bundle_path(bundle, "/data"));
    file_write(bundle_path(bundle, "/data/old"), "kept");
    assert_status(mounts_change("add", bundle,
                                "[{\"destination\":\"/data\",\"type\":\"tmpfs\",\"options\":["
                                "\"tmpcopyup\"]}]"),
                  0);
    assert_fact(exec_payload(bundle, NULL, "cat /data/old ; write /data/old new"), "cat./data/old",
                "kept");
    cr_assert_str_eq(file_read(bundle_path(bundle, "/data/old")), "kept");
    bundle_delete(bundle);
}

Test(mount_changes, a_mount_is_found_by_those_after_it_and_goes_before_it)
{
    struct bundle *bundle = running_with_source();
    const char *document = "[{\"destination\":\"/outer\",\"type\":\"tmpfs\"},"
                           "{\"destination\":\"/outer/inner\",\"source\":\"" WORK
                           "/source\",\"options\":[\"rbind\"]}]";

    assert_status(mounts_change("add", bundle, document), 0);
    assert_fact(exec_payload(bundle, NULL, "cat /outer/inner/file"), "cat./outer/inner/file",
                "content");
    assert_status(mounts_change("remove", bundle, document), 0);
    assert_mounts(bundle, "/outer", "(none)");
    bundle_delete(bundle);
}

/* The program finds what was added before it was started. */
Test(mount_changes, a_created_container_takes_mounts)
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    make_source();
    bundle_payload(bundle, "cat /mnt/file ; say over ; pause");
    created = bundle_create(bundle);
    assert_status(mounts_change("add", bundle,
                                "[{\"destination\":\"/mnt\",\"source\":\"" WORK
                                "/source\",\"options\":[\"bind\"]}]"),
                  0);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_start(bundle);
    result_await(created, "say=over");
    assert_fact(created, "cat./mnt/file", "content");
    bundle_delete(bundle);
}

Test(mount_changes, what_the_host_mounts_later_arrives_and_nothing_goes_back)
{
    struct bundle *bundle;

    directory_make(WORK "/source");
    cr_assert_eq(mount("source", WORK "/source", "tmpfs", 0, NULL), 0);
    cr_assert_eq(mount(NULL, WORK "/source", NULL, MS_SHARED, NULL), 0);
    directory_make(WORK "/source/late");
    host_snapshot();
    bundle = bundle_running();
    assert_status(mounts_change("add", bundle,
                                "[{\"destination\":\"/mnt\",\"source\":\"" WORK
                                "/source\",\"options\":[\"rbind\",\"rslave\"]}]"),
                  0);
    cr_assert_eq(mount("late", WORK "/source/late", "tmpfs", 0, NULL), 0);
    assert_mounts(bundle, "/mnt/late", "rw,relatime");
    cr_assert_eq(umount(WORK "/source/late"), 0);
    assert_mounts(bundle, "/mnt/late", "(none)");
    bundle_delete(bundle);
    assert_nothing_left();
}

Test(mount_changes, an_empty_list_changes_nothing)
{
    struct bundle *bundle = bundle_running();

    assert_status(mounts_change("add", bundle, "[]"), 0);
    assert_status(mounts_change("remove", bundle, "[]"), 0);
    bundle_delete(bundle);
}

Test(mount_changes, the_document_comes_from_a_file_too)
{
    struct bundle *bundle = bundle_running();

    file_write(WORK "/mounts.json", "[{\"destination\":\"/t\",\"type\":\"tmpfs\"}]");
    assert_status(tare("mounts", "add", bundle->id, WORK "/mounts.json", NULL), 0);
    assert_mounts(bundle, "/t", "rw,relatime");
    assert_status(tare("mounts", "remove", bundle->id, WORK "/mounts.json", NULL), 0);
    assert_contains(tare("mounts", "add", bundle->id, WORK "/nowhere", NULL)->err, WORK "/nowhere");
    bundle_delete(bundle);
}

/* ---- what is wrong ---- */

Test(mount_changes, all_that_is_wrong_is_said_at_once)
{
    static const struct {
        const char *what, *document, *says[3];
    } cases[] = {
        {"add", "{}", {"expected an array, found an object", "(line 1, column 1)"}},
        {"add", "", {"expected an array, found an empty document"}},
        {"add", "7", {"expected an array, found 7"}},
        {"add", "[7]", {"/0: expected an object, found 7"}},
        {"add", "[{\"destination\":7},\n{}]", {"/0/destination: expected a string", "/1"}},
        {"add",
         "[{\"destination\":\"/a\",\"source\":\"/\",\"options\":[\"bind\",\"frob\"]},\n"
         "{\"destination\":\"/b\"}]",
         {"/0/options/1: \"frob\" is not an option of a bind mount", "(line 1, column",
          "/1: a mount needs a filesystem type"}},
        {"add", "[{\"destination\":\"/\",\"type\":\"tmpfs\"}]", {"/0/destination: nothing can be"}},
        {"remove",
         "[{\"destination\":\"/proc/../x\"},{\"destination\":\"/\"},{\"destination\":\"/proc\"}]",
         {"/0/destination:", "/1/destination:", "/2/destination: /proc has to stay"}},
        {"remove",
         "[{\"destination\":\"/etc\"},{\"destination\":\"/nowhere\"}]",
         {"/0/destination: unmount /etc: nothing is mounted at /etc", "(line 1, column 17)",
          "/1/destination: unmount /nowhere: nothing is mounted"}},
        {"replace", "[]", {"add or remove expected"}},
    };
    struct bundle *bundle = bundle_running();

    directory_make(bundle_path(bundle, "/etc"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct result *result = mounts_change(cases[i].what, bundle, cases[i].document);

        assert_status(result, 1);
        for (size_t j = 0; j < 3 && cases[i].says[j] != NULL; j++)
            assert_contains(result->err, cases[i].says[j]);
    }
    bundle_delete(bundle);
}

Test(mount_changes, what_fails_takes_back_what_was_made_before)
{
    struct bundle *bundle = running_with_source();
    char *before = exec_payload(bundle, NULL, "mounts")->out;
    struct result *result = mounts_change(
        "add", bundle,
        "[{\"destination\":\"/a\",\"source\":\"" WORK "/source\",\"options\":[\"bind\"]},"
        "{\"destination\":\"/b\",\"source\":\"" WORK
        "/source/file\",\"options\":[\"bind\",\"shared\"]},"
        "{\"destination\":\"/a/below\",\"type\":\"tmpfs\"},"
        "{\"destination\":\"/c\",\"type\":\"tmpfs\",\"options\":[\"frob=1\"]}]");

    assert_status(result, 1);
    assert_contains(result->err, "/3/options/0: mount tmpfs on /c: option frob=1");
    cr_assert_str_eq(exec_payload(bundle, NULL, "mounts")->out, before);
    result = mounts_change("add", bundle,
                           "[{\"destination\":\"/a\",\"type\":\"tmpfs\"},"
                           "{\"destination\":\"/b\",\"source\":\"/nowhere\",\"options\":[\"bind\"]"
                           "}]");
    assert_status(result, 1);
    assert_contains(result->err, "/1: mount /nowhere on /b: open the source /nowhere");
    cr_assert_str_eq(exec_payload(bundle, NULL, "mounts")->out, before);
    bundle_delete(bundle);
}

Test(mount_changes, only_a_created_or_running_container_has_mounts_to_change)
{
    const char *document = "[{\"destination\":\"/t\",\"type\":\"tmpfs\"}]";
    struct bundle *bundle = bundle_running();

    assert_contains(
        tare_with(&(struct setting){.input = document}, "mounts", "add", "no-such", "-", NULL)->err,
        "container does not exist");
    assert_status(tare("pause", bundle->id, NULL), 0);
    assert_contains(mounts_change("add", bundle, document)->err, "paused container");
    assert_contains(mounts_change("remove", bundle, document)->err, "paused container");
    assert_status(tare("resume", bundle->id, NULL), 0);
    assert_status(mounts_change("add", bundle, document), 0);
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    assert_contains(mounts_change("add", bundle, document)->err, "container not running");
    bundle_delete(bundle);
}

/* ---- other kinds of containers ---- */

Test(mount_changes, in_a_user_namespace_the_hosts_flags_are_locked)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    make_source();
    cr_assert_eq(mount(WORK "/source", WORK "/source", NULL, MS_BIND, NULL), 0);
    cr_assert_eq(mount(NULL, WORK "/source", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
    host_snapshot();
    bundle_map_users(bundle);
    bundle_run_paused(bundle);
    assert_status(mounts_change("add", bundle,
                                "[{\"destination\":\"/mnt\",\"source\":\"" WORK
                                "/source\",\"options\":[\"bind\"]},"
                                "{\"destination\":\"/t\",\"type\":\"tmpfs\"}]"),
                  0);
    result = exec_payload(bundle, NULL, "cat /mnt/file ; mount /mnt ; stat /t ; stat /mnt/file");
    assert_fact(result, "cat./mnt/file", "content");
    assert_fact(result, "mount./mnt", "ro,relatime");
    assert_fact(result, "stat./t", "d 1777 0 0");
    assert_fact(result, "stat./mnt/file", "- 0644 65534 65534");
    result = mounts_change("add", bundle,
                           "[{\"destination\":\"/again\",\"source\":\"" WORK
                           "/source\",\"options\":[\"bind\",\"rw\"]}]");
    assert_status(result, 1);
    assert_contains(result->err, "cannot clear locked flags: ro");
    assert_status(
        mounts_change("remove", bundle, "[{\"destination\":\"/mnt\"},{\"destination\":\"/t\"}]"),
        0);
    bundle_delete(bundle);
}

Test(mount_changes, ids_are_mapped_as_at_creation)
{
    struct bundle *bundle = bundle_new();

    mount_mappable(WORK "/source", 0755);
    make_source();
    host_snapshot();
    cr_assert_eq(chown(WORK "/source/file", 3, 4), 0);
    bundle_map_users(bundle);
    bundle_run_paused(bundle);
    assert_status(
        mounts_change("add", bundle,
                      "[{\"destination\":\"/mnt\",\"source\":\"" WORK
                      "/source\",\"options\":[\"bind\",\"idmap\"]},"
                      "{\"destination\":\"/own\",\"source\":\"" WORK
                      "/source\",\"options\":[\"bind\"],"
                      "\"uidMappings\":[{\"containerID\":0,\"hostID\":100007,\"size\":10}],"
                      "\"gidMappings\":[{\"containerID\":0,\"hostID\":100008,\"size\":10}]}]"),
        0);
    assert_fact(exec_payload(bundle, NULL, "stat /mnt/file"), "stat./mnt/file", "- 0644 3 4");
    assert_fact(exec_payload(bundle, NULL, "stat /own/file"), "stat./own/file", "- 0644 10 12");
    bundle_delete(bundle);
}

/* Its mounts are on one of its root in our own namespace, and go with it. */
Test(mount_changes, a_container_without_a_mount_namespace)
{
    struct bundle *bundle = bundle_new();

    make_source();
    host_snapshot();
    bundle_remove_namespace(bundle, "mount");
    bundle_set(bundle, "/linux/maskedPaths", "[]");
    bundle_set(bundle, "/linux/readonlyPaths", "[]");
    bundle_run_paused(bundle);
    assert_status(mounts_change("add", bundle,
                                "[{\"destination\":\"/mnt\",\"source\":\"" WORK
                                "/source\",\"options\":[\"bind\"]},"
                                "{\"destination\":\"/t\",\"type\":\"tmpfs\"}]"),
                  0);
    cr_assert_str_eq(file_read(bundle_path(bundle, "/mnt/file")), "content");
    assert_status(mounts_change("remove", bundle, "[{\"destination\":\"/t\"}]"), 0);
    bundle_delete(bundle);
    assert_nothing_left();
}

Test(mount_changes, a_user_changes_the_mounts_of_their_own_container)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct setting setting = *user_setting(user);

    make_source();
    user_owns(WORK "/source");
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    assert_status(tare_with(&setting, "create", "--bundle", bundle->path, bundle->id, NULL), 0);
    assert_status(tare_with(&setting, "start", bundle->id, NULL), 0);
    setting.input =
        "[{\"destination\":\"/mnt\",\"source\":\"" WORK "/source\",\"options\":[\"bind\"]},"
        "{\"destination\":\"/t\",\"type\":\"tmpfs\"},"
        "{\"destination\":\"/p\",\"type\":\"proc\"}]";
    assert_status(tare_with(&setting, "mounts", "add", bundle->id, "-", NULL), 0);
    assert_fact(exec_payload_with(&setting, bundle, NULL, "cat /mnt/file"), "cat./mnt/file",
                "content");
    assert_fact(exec_payload_with(&setting, bundle, NULL, "cat /p/1/comm"), "cat./p/1/comm",
                "payload\\n");
    assert_status(tare_with(&setting, "mounts", "remove", bundle->id, "-", NULL), 0);
    assert_status(tare_with(&setting, "delete", "--force", bundle->id, NULL), 0);
}
