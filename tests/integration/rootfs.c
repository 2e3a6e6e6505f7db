/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(rootfs, TEST_SUITE);

Test(rootfs, the_root_is_the_directory_and_nothing_else, .description = "R006")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(bundle_path(bundle, "/etc/marker"), "here");
    bundle_payload(bundle,
                   "cat /etc/marker ; ls / ; cwd ; stat /../../etc/marker ; escape /etc/shadow");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./etc/marker", "here");
    assert_fact(result, "ls./", "dev,etc,payload,proc,sys");
    assert_fact(result, "cwd", "/");
    assert_fact(result, "escape", "confined");
}

Test(rootfs, an_absolute_path_works, .description = "R081")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/root/path", "%s", json_quote(bundle->rootfs));
    bundle_run_ok(bundle);
}

Test(rootfs, a_relative_path_is_taken_from_the_bundle, .description = "R081")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.cwd = "/"};
    struct result *result;

    cr_assert_eq(rename(bundle->rootfs, text_format("%s/other", bundle->path)), 0);
    bundle_set(bundle, "/root/path", "\"./other\"");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
}

Test(rootfs, the_bundle_is_the_working_directory_by_default)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.cwd = bundle->path};
    struct result *result;

    bundle_write(bundle);
    result = tare_with(&setting, "run", bundle->id, NULL);
    assert_status(result, 0);
}

Test(rootfs, a_missing_directory_is_refused, .description = "R083")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/root/path", "\"nothing\"");
    assert_run_fails(bundle, "nothing", "no such file or directory", "/root/path");
    cr_assert_not(file_exists(text_format("%s/nothing", bundle->path)));
}

Test(rootfs, a_file_is_refused, .description = "R083")
{
    struct bundle *bundle = bundle_new();

    file_write(text_format("%s/file", bundle->path), "x");
    bundle_set(bundle, "/root/path", "\"file\"");
    assert_run_fails(bundle, "file", "not a directory", "/root/path");
}

Test(rootfs, root_and_its_path_are_required, .description = "R079 R081")
{
    struct bundle *bundle = bundle_new();

    bundle_remove(bundle, "/root/path");
    assert_run_fails(bundle, "/root/path");
    bundle_remove(bundle, "/root");
    assert_run_fails(bundle, "/root");
}

Test(rootfs, a_bundle_can_be_moved, .description = "R007")
{
    struct bundle *bundle = bundle_new();
    const char *moved = WORK "/elsewhere of another name";

    bundle_run_ok(bundle);
    cr_assert_eq(rename(bundle->path, moved), 0);
    assert_status(tare("run", "--bundle", moved, bundle->id, NULL), 0);
}

Test(rootfs, the_configuration_has_one_name, .description = "R005")
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    cr_assert_eq(rename(text_format("%s/config.json", bundle->path),
                        text_format("%s/Config.json", bundle->path)),
                 0);
    assert_failed(tare("run", "--bundle", bundle->path, bundle->id, NULL), 125, "config.json",
                  "no such file or directory");
}

Test(rootfs, a_missing_bundle_or_configuration_is_named, .description = "R005")
{
    struct result *result = tare("run", "--bundle", WORK "/nowhere", "x", NULL);

    assert_failed(result, 125, "open bundle " WORK "/nowhere", "no such file or directory");
    mkdir(WORK "/empty", 0755);
    result = tare("run", "--bundle", WORK "/empty", "x", NULL);
    assert_failed(result, 125, "config.json", "no such file or directory");
    file_write(WORK "/file.json", "{}");
    result = tare("run", "--bundle", WORK "/file.json", "x", NULL);
    assert_failed(result, 125, "file.json/config.json", "a bundle is a directory");
    mkdir(WORK "/empty/config.json", 0755);
    result = tare("run", "--bundle", WORK "/empty", "x", NULL);
    assert_failed(result, 125, "config.json", "no regular file");
}

/* The state of a container is JSON, and has the path of its bundle. */
Test(rootfs, a_bundle_whose_path_is_not_utf8_is_named, .description = "R007")
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    cr_assert_eq(rename(bundle->path, WORK "/b\xff"), 0);
    struct result *result =
        tare("create", "--bundle", WORK "/b\xff", "--pid-file", PID_FILE, bundle->id, NULL);
    assert_failed(result, 1, WORK "/b\xff", "is not UTF-8");
}

Test(rootfs, readonly_is_for_the_root_alone, .description = "R084")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/root/readonly", "true");
    bundle_payload(bundle, "create /x 1 ; create /dev/shm/x 1 ; mount /");
    result = bundle_run_ok(bundle);
    assert_fact(result, "create./x", "!EROFS");
    assert_fact(result, "create./dev/shm/x", "ok");
    cr_assert_eq(strncmp(fact(result, "mount./"), "ro", 2), 0, "%s", fact(result, "mount./"));
}

Test(rootfs, writable_is_the_default, .description = "R084")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_remove(bundle, "/root/readonly");
    bundle_payload(bundle, "create /x 1");
    result = bundle_run_ok(bundle);
    assert_fact(result, "create./x", "ok");
    cr_assert_str_eq(file_read(bundle_path(bundle, "/x")), "1");
}

/* The host's read-only mount below stays read-only. */
Test(rootfs, a_readonly_file_system_can_be_the_root)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    mkdir(bundle_path(bundle, "/proc"), 0755);
    mkdir(bundle_path(bundle, "/dev"), 0755);
    mkdir(bundle_path(bundle, "/sys"), 0755);
    cr_assert_eq(mount(bundle->rootfs, bundle->rootfs, NULL, MS_BIND, NULL), 0);
    cr_assert_eq(mount(NULL, bundle->rootfs, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
    bundle_payload(bundle, "create /x 1");
    result = bundle_run(bundle);
    umount(bundle->rootfs);
    assert_status(result, 0);
    assert_fact(result, "create./x", "!EROFS");
}

#define assert_begins(text, beginning)                                                             \
    cr_assert_eq(strncmp(text, beginning, strlen(beginning)), 0, "%s: not %s", text, beginning)

Test(rootfs, propagation_is_as_asked_for, .description = "R341")
{
    static const struct {
        const char *asked, *found;
    } cases[] = {{"private", "private"},       {"rprivate", "private"},      {"shared", "shared"},
                 {"rshared", "shared"},        {"slave", "master"},          {"rslave", "master"},
                 {"unbindable", "unbindable"}, {"runbindable", "unbindable"}};

    /* A slave needs a master. */
    cr_assert_eq(mount(NULL, WORK, NULL, MS_SHARED, NULL), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;
        const char *found;

        bundle_set(bundle, "/linux/rootfsPropagation", "\"%s\"", cases[i].asked);
        bundle_payload(bundle, "mount /");
        result = bundle_run_ok(bundle);
        found = fact(result, "propagation./");
        assert_begins(found, cases[i].found);
    }
    cr_assert_eq(mount(NULL, WORK, NULL, MS_PRIVATE, NULL), 0);
}

/* The propagation of mounts of the config, with and without one of their own. */
Test(rootfs, recursive_propagation_is_for_all_mounts_that_name_none)
{
    static const struct {
        const char *asked, *option, *filesystem, *plain, *own;
    } cases[] = {{"rshared", "rprivate", "shared", "shared", "private"},
                 {"rprivate", "rslave", "private", "private", "master"},
                 {"shared", "rprivate", "private", "master", "private"},
                 {"rslave", "rprivate", "private", "master", "private"}};

    cr_assert_eq(mount(NULL, WORK, NULL, MS_SHARED, NULL), 0);
    directory_make(WORK "/source");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;

        bundle_set(bundle, "/linux/rootfsPropagation", "\"%s\"", cases[i].asked);
        bundle_mount(bundle, "bind", WORK "/source", "/plain", "\"rbind\"");
        bundle_mount(bundle, "bind", WORK "/source", "/own",
                     text_format("\"rbind\",\"%s\"", cases[i].option));
        bundle_payload(bundle, "mount /proc ; mount /plain ; mount /own");
        result = bundle_run_ok(bundle);
        assert_begins(fact(result, "propagation./proc"), cases[i].filesystem);
        assert_begins(fact(result, "propagation./plain"), cases[i].plain);
        assert_begins(fact(result, "propagation./own"), cases[i].own);
    }
    cr_assert_eq(mount(NULL, WORK, NULL, MS_PRIVATE, NULL), 0);
}

/* Does a mount that the host makes below the root while the container runs arrive inside? */
static bool arrives_inside(const char *propagation)
{
    struct bundle *bundle = bundle_new();
    char *below = bundle_path(bundle, "/data");
    bool arrived;

    directory_make(below);
    bundle_set(bundle, "/linux/rootfsPropagation", "\"%s\"", propagation);
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    cr_assert_eq(mount("tmpfs", below, "tmpfs", 0, NULL), 0);
    file_write(text_format("%s/here", below), "x");
    arrived = file_exists(text_format("/proc/%d/root/data/here", bundle_pid()));
    cr_assert_eq(umount2(below, MNT_DETACH), 0);
    bundle_delete(bundle);
    return arrived;
}

/* A mount that the container makes does not come out. */
static void assert_stays_inside(const char *propagation)
{
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, "/data"));
    bundle_set(bundle, "/linux/rootfsPropagation", "\"%s\"", propagation);
    bundle_set(bundle, "/process/capabilities",
               "{\"bounding\":[\"CAP_SYS_ADMIN\"],\"permitted\":[\"CAP_SYS_ADMIN\"],"
               "\"effective\":[\"CAP_SYS_ADMIN\"]}");
    bundle_payload(bundle, "mounttmpfs /data ; create /data/inside 1 ; say ready ; pause");
    struct result *created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    assert_fact(created, "mounttmpfs./data", "ok");
    cr_assert_not(file_exists(bundle_path(bundle, "/data/inside")));
    bundle_delete(bundle);
}

Test(rootfs, mounts_travel_as_the_propagation_says, .description = "R342 R343 R344 R345")
{
    cr_assert_eq(mount(NULL, WORK, NULL, MS_SHARED, NULL), 0);
    host_snapshot();
    cr_assert(arrives_inside("slave"));
    cr_assert_not(arrives_inside("private"));
    cr_assert_not(arrives_inside("shared"));
    cr_assert_not(arrives_inside("unbindable"));
    assert_stays_inside("slave");
    assert_stays_inside("private");
    assert_stays_inside("shared");
    assert_stays_inside("unbindable");
    cr_assert_eq(mount(NULL, WORK, NULL, MS_PRIVATE, NULL), 0);
    host_snapshot();
}

Test(rootfs, a_shared_root_has_a_peer_group_of_its_own, .description = "R342")
{
    struct bundle *bundle = bundle_new();
    const char *group;

    cr_assert_eq(mount(NULL, WORK, NULL, MS_SHARED, NULL), 0);
    bundle_set(bundle, "/linux/rootfsPropagation", "\"shared\"");
    bundle_payload(bundle, "mount /");
    group = fact(bundle_run_ok(bundle), "propagation./");
    cr_assert_eq(strncmp(group, "shared:", 7), 0, "%s", group);
    assert_lacks(file_read("/proc/self/mountinfo"), text_format(" %s ", group));
    cr_assert_eq(mount(NULL, WORK, NULL, MS_PRIVATE, NULL), 0);
}

Test(rootfs, an_unbindable_root_cannot_be_bound, .description = "R345")
{
    static const char *const propagations[] = {"private", "unbindable"};

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_new_busybox();

        directory_make(bundle_path(bundle, "/data"));
        bundle_set(bundle, "/linux/rootfsPropagation", "\"%s\"", propagations[i]);
        bundle_set(bundle, "/process/capabilities",
                   "{\"bounding\":[\"CAP_SYS_ADMIN\"],\"permitted\":[\"CAP_SYS_ADMIN\"],"
                   "\"effective\":[\"CAP_SYS_ADMIN\"]}");
        bundle_args(bundle, "/bin/mount", "-o", "bind", "/", "/data", NULL);
        cr_assert_eq(bundle_run(bundle)->status == 0, i == 0, "%s", propagations[i]);
    }
}

/* What writes configurations from a template leaves it so. */
Test(rootfs, an_empty_propagation_is_the_default)
{
    static const char *const values[] = {"null", "\"\""};
    const char *found[2];

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/linux/rootfsPropagation", "%s", values[i]);
        bundle_payload(bundle, "mount /");
        found[i] = fact(bundle_run_ok(bundle), "propagation./");
    }
    cr_assert_str_eq(found[0], found[1]);
}

Test(rootfs, an_unknown_propagation_is_refused, .description = "R341")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/rootfsPropagation", "\"sideways\"");
    assert_run_fails(bundle, "/linux/rootfsPropagation", "sideways");
}

/* Mounts of a container do not come back to a host whose mounts are shared. */
Test(rootfs, nothing_propagates_to_the_host, .description = "R040 R344")
{
    struct bundle *bundle = bundle_new();

    cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
    host_snapshot();
    bundle_run_ok(bundle);
    assert_nothing_left();
    bundle_set(bundle, "/process/args", "[\"/none\"]");
    assert_run_fails_with(127, bundle, "/none");
    cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    host_snapshot();
}

Test(rootfs, no_pivot_confines_as_well)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "escape /etc/shadow ; ls / ; mount /proc");
    bundle_write(bundle);
    result = tare("run", "--no-pivot", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    assert_fact(result, "escape", "confined");
    assert_fact(result, "ls./", "dev,payload,proc,sys");
    assert_fact(result, "fstype./proc", "proc");
}

Test(rootfs, a_root_that_is_a_mount_point_works)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    cr_assert_eq(mount("tmpfs", bundle->rootfs, "tmpfs", 0, NULL), 0);
    file_copy(payload_binary(), bundle_path(bundle, "/payload"));
    bundle_payload(bundle, "ls /");
    result = bundle_run(bundle);
    umount(bundle->rootfs);
    assert_status(result, 0);
    assert_fact(result, "ls./", "dev,payload,proc,sys");
}
