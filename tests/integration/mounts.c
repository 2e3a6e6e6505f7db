/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(mounts, TEST_SUITE);

/* Is the word in a comma-separated list? */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ','))
            return true;
    }
    return false;
}

/* ---- kinds of file systems ---- */

Test(mounts, the_default_mounts_are_there, .description = "R086")
{
    static const struct {
        const char *path, *type, *options;
    } expected[] = {
        {"/proc", "proc", "rw,relatime"},
        {"/dev", "tmpfs", "rw,nosuid"},
        {"/dev/pts", "devpts", "rw,nosuid,noexec,relatime"},
        {"/dev/shm", "tmpfs", "rw,nosuid,nodev,noexec,relatime"},
        {"/dev/mqueue", "mqueue", "rw,nosuid,nodev,noexec,relatime"},
        {"/sys", "sysfs", "ro,nosuid,nodev,noexec,relatime"},
        {"/sys/fs/cgroup", "cgroup2", "ro,nosuid,nodev,noexec,relatime"},
    };
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle,
                   "mount /proc ; mount /dev ; mount /dev/pts ; mount /dev/shm ; "
                   "mount /dev/mqueue ; mount /sys ; mount /sys/fs/cgroup ; stat /dev/shm ; "
                   "stat /dev ; stat /dev/ptmx ; readlink /dev/ptmx ; stat /dev/pts/ptmx");
    result = bundle_run_ok(bundle);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_fact(result, text_format("fstype.%s", expected[i].path), expected[i].type);
        assert_fact(result, text_format("mount.%s", expected[i].path), expected[i].options);
    }
    assert_fact(result, "stat./dev/shm", "d 1777 0 0");
    assert_fact(result, "stat./dev", "d 0755 0 0");
    assert_fact(result, "readlink./dev/ptmx", "pts/ptmx");
    assert_fact(result, "stat./dev/pts/ptmx", "c 0666 0 0 5:2");
    assert_contains(fact(result, "super./dev"), "size=65536k");
    assert_contains(fact(result, "super./dev/pts"), "gid=5,mode=620,ptmxmode=666");
}

Test(mounts, none_are_needed, .description = "R085 R198")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/mounts", "[]");
    bundle_payload(bundle, "say hello ; stat /dev/null");
    result = bundle_run_ok(bundle);
    assert_fact(result, "say", "hello");
    assert_fact(result, "stat./dev/null", "c 0666 0 0 1:3");
}

Test(mounts, the_cgroup_is_the_root_of_its_namespace)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "cat /proc/self/cgroup ; cat /sys/fs/cgroup/cgroup.procs ; "
                           "mkdir /sys/fs/cgroup/x");
    result = bundle_run_ok(bundle);
    assert_contains(fact(result, "cat./proc/self/cgroup"), "0::/\\n");
    assert_fact(result, "cat./sys/fs/cgroup/cgroup.procs", "1\\n");
    assert_fact(result, "mkdir./sys/fs/cgroup/x", "!EROFS");
}

Test(mounts, an_unknown_file_system_is_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_mount(bundle, "nofs", "none", "/mnt", NULL);
    assert_run_fails(bundle, "/mounts/7", "nofs");
}

/* ---- options ---- */

/* Options of a tmpfs, and the word that they leave in the mount's or the file system's options. */
Test(mounts, options_are_in_force, .description = "R086 R094 R096 R109 R112")
{
    static const struct {
        const char *option, *present, *absent;
        bool super;
    } cases[] = {
        {"ro", "ro", "rw", false},
        {"rw", "rw", "ro", false},
        {"nosuid", "nosuid", NULL, false},
        {"suid", NULL, "nosuid", false},
        {"nodev", "nodev", NULL, false},
        {"dev", NULL, "nodev", false},
        {"noexec", "noexec", NULL, false},
        {"exec", NULL, "noexec", false},
        {"noatime", "noatime", "relatime", false},
        {"atime", NULL, "noatime", false},
        {"nodiratime", "nodiratime", NULL, false},
        {"diratime", NULL, "nodiratime", false},
        {"relatime", "relatime", NULL, false},
        {"norelatime", NULL, "noatime", false},
        {"strictatime", NULL, "relatime", false},
        {"nostrictatime", "relatime", NULL, false},
        {"nosymfollow", "nosymfollow", NULL, false},
        {"symfollow", NULL, "nosymfollow", false},
        {"defaults", "rw", "nosuid", false},
        {"sync", "sync", NULL, true},
        {"async", NULL, "sync", true},
        {"dirsync", "dirsync", NULL, true},
        {"lazytime", "lazytime", NULL, true},
        {"nolazytime", NULL, "lazytime", true},
        {"mand", NULL, "nothing", true},
        {"nomand", NULL, "mand", true},
        {"silent", NULL, "nothing", true},
        {"loud", NULL, "nothing", true},
        {"size=64k", "size=64k", NULL, true},
        {"mode=0711", "mode=711", NULL, true},
        {"uid=17", "uid=17", NULL, true},
        {"nr_inodes=77", "nr_inodes=77", NULL, true},
    };
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    struct bundle *bundle = bundle_new();
    struct text words = {0};
    struct result *result;

    for (int i = 0; i < CASES; i++) {
        char *target = text_format("/m%d", i);

        bundle_mount(bundle, "tmpfs", "tmpfs", target, json_quote(cases[i].option));
        text_add(&words, "mount %s ; ", target);
    }
    bundle_payload(bundle, "%s", text_string(&words));
    result = bundle_run_ok(bundle);
    for (int i = 0; i < CASES; i++) {
        const char *found =
            fact(result, text_format("%s./m%d", cases[i].super ? "super" : "mount", i));

        if (cases[i].present != NULL)
            cr_expect(has_word(found, cases[i].present), "%s: %s", cases[i].option, found);
        if (cases[i].absent != NULL)
            cr_expect_not(has_word(found, cases[i].absent), "%s: %s", cases[i].option, found);
    }
}

/* The same flags on a bind mount, one by one. */
Test(mounts, options_of_a_bind_mount_are_in_force, .description = "R096")
{
    static const struct {
        const char *option, *present;
    } cases[] = {{"ro", "ro"},
                 {"nosuid", "nosuid"},
                 {"nodev", "nodev"},
                 {"noexec", "noexec"},
                 {"noatime", "noatime"},
                 {"nodiratime", "nodiratime"},
                 {"relatime", "relatime"},
                 {"nosymfollow", "nosymfollow"},
                 {"rw", "rw"},
                 {"rro", "ro"},
                 {"rnosuid", "nosuid"},
                 {"rnodev", "nodev"},
                 {"rnoexec", "noexec"},
                 {"rnoatime", "noatime"},
                 {"rnodiratime", "nodiratime"},
                 {"rrelatime", "relatime"},
                 {"rnosymfollow", "nosymfollow"},
                 {"rrw", "rw"}};
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    struct bundle *bundle = bundle_new();
    struct text words = {0};
    struct result *result;

    directory_make(WORK "/source");
    for (int i = 0; i < CASES; i++) {
        char *target = text_format("/m%d", i);

        bundle_mount(bundle, "bind", WORK "/source", target,
                     text_format("\"rbind\",\"%s\"", cases[i].option));
        text_add(&words, "mount %s ; ", target);
    }
    bundle_payload(bundle, "%s", text_string(&words));
    result = bundle_run_ok(bundle);
    for (int i = 0; i < CASES; i++) {
        const char *found = fact(result, text_format("mount./m%d", i));

        cr_expect(has_word(found, cases[i].present), "%s: %s", cases[i].option, found);
    }
}

Test(mounts, the_last_of_contradicting_options_wins)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_mount(bundle, "tmpfs", "tmpfs", "/a", "\"ro\",\"nosuid\",\"rw\",\"suid\"");
    bundle_mount(bundle, "tmpfs", "tmpfs", "/b", "\"rw\",\"ro\",\"exec\",\"noexec\"");
    bundle_payload(bundle, "mount /a ; mount /b");
    result = bundle_run_ok(bundle);
    assert_fact(result, "mount./a", "rw,relatime");
    assert_fact(result, "mount./b", "ro,noexec,relatime");
}

Test(mounts, propagation_is_still_in_force_when_the_program_runs, .description = "R101")
{
    static const struct {
        const char *option, *found;
    } cases[] = {{"shared", "shared"},         {"rshared", "shared"},
                 {"slave", "master"},          {"rslave", "master"},
                 {"private", "private"},       {"rprivate", "private"},
                 {"unbindable", "unbindable"}, {"runbindable", "unbindable"}};
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    struct bundle *bundle = bundle_new();
    struct text words = {0};
    struct result *result;

    directory_make(WORK "/source");
    cr_assert_eq(mount("tmpfs", WORK "/source", "tmpfs", 0, NULL), 0);
    cr_assert_eq(mount(NULL, WORK "/source", NULL, MS_SHARED, NULL), 0);
    for (int i = 0; i < CASES; i++) {
        char *target = text_format("/m%d", i);

        bundle_mount(bundle, "bind", WORK "/source", target,
                     text_format("\"rbind\",\"%s\"", cases[i].option));
        text_add(&words, "mount %s ; ", target);
    }
    bundle_payload(bundle, "%s", text_string(&words));
    result = bundle_run(bundle);
    umount2(WORK "/source", MNT_DETACH);
    assert_status(result, 0);
    for (int i = 0; i < CASES; i++) {
        const char *found = fact(result, text_format("propagation./m%d", i));

        cr_expect_eq(strncmp(found, cases[i].found, strlen(cases[i].found)), 0, "%s: %s",
                     cases[i].option, found);
    }
}

Test(mounts, an_option_that_the_file_system_refuses_is_named, .description = "R112")
{
    struct bundle *bundle = bundle_new();

    bundle_mount(bundle, "tmpfs", "tmpfs", "/mnt", "\"nosuid\",\"flavour=mint\"");
    assert_run_fails(bundle, "/mounts/7/options/1", "flavour");
}

Test(mounts, an_unknown_option_of_a_bind_mount_is_named)
{
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/source");
    bundle_mount(bundle, "bind", WORK "/source", "/mnt", "\"bind\",\"readonly\"");
    assert_run_fails(bundle, "/mounts/7/options/1", "readonly");
}

/* ---- bind mounts ---- */

/* A tree with a mount below it: WORK/tree, and a tmpfs on WORK/tree/below. */
static void tree_make(void)
{
    directory_make(WORK "/tree/below");
    file_write(WORK "/tree/file", "upper");
    cr_assert_eq(mount("tmpfs", WORK "/tree/below", "tmpfs", 0, NULL), 0);
    file_write(WORK "/tree/below/file", "lower");
    host_snapshot();
}

static void tree_remove(void)
{
    umount2(WORK "/tree/below", MNT_DETACH);
    host_snapshot();
}

Test(mounts, bind_leaves_submounts_behind_and_rbind_takes_them,
     .description = "R093 R097 R098 R113")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    tree_make();
    bundle_mount(bundle, "none", WORK "/tree", "/one", "\"bind\"");
    bundle_mount(bundle, NULL, WORK "/tree", "/all", "\"rbind\"");
    bundle_payload(bundle, "cat /one/file ; cat /one/below/file ; cat /all/below/file");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./one/file", "upper");
    assert_fact(result, "cat./one/below/file", "!ENOENT");
    assert_fact(result, "cat./all/below/file", "lower");
    tree_remove();
}

Test(mounts, ro_is_for_one_mount_and_rro_for_the_tree, .description = "R100")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    tree_make();
    bundle_mount(bundle, "bind", WORK "/tree", "/ro", "\"rbind\",\"ro\"");
    bundle_mount(bundle, "bind", WORK "/tree", "/rro", "\"rbind\",\"rro\"");
    bundle_payload(bundle, "create /ro/x 1 ; create /ro/below/x 1 ; create /rro/x 1 ; "
                           "create /rro/below/y 1");
    result = bundle_run_ok(bundle);
    assert_fact(result, "create./ro/x", "!EROFS");
    assert_fact(result, "create./ro/below/x", "ok");
    assert_fact(result, "create./rro/x", "!EROFS");
    assert_fact(result, "create./rro/below/y", "!EROFS");
    tree_remove();
}

Test(mounts, a_readonly_bind_leaves_the_source_writable)
{
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/source");
    bundle_mount(bundle, "bind", WORK "/source", "/mnt", "\"bind\",\"ro\"");
    bundle_run_ok(bundle);
    file_write(WORK "/source/file", "x");
}

Test(mounts, a_file_is_bound_to_a_missing_name)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(WORK "/hosts", "127.0.0.1 me");
    bundle_mount(bundle, "bind", WORK "/hosts", "/etc/deep/hosts", "\"bind\",\"ro\"");
    bundle_payload(bundle, "cat /etc/deep/hosts ; write /etc/deep/hosts x ; stat /etc/deep");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./etc/deep/hosts", "127.0.0.1 me");
    assert_fact(result, "write./etc/deep/hosts", "!EROFS");
    assert_fact(result, "stat./etc/deep", "d 0755 0 0");
}

Test(mounts, a_source_is_taken_from_the_bundle_when_relative, .description = "R092")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.cwd = "/"};
    struct result *result;

    file_write(text_format("%s/data/file", bundle->path), "relative");
    bundle_mount(bundle, "bind", "data", "/mnt", "\"bind\"");
    bundle_payload(bundle, "cat /mnt/file");
    result = bundle_run_with(bundle, &setting);
    assert_status(result, 0);
    assert_fact(result, "cat./mnt/file", "relative");
}

Test(mounts, a_missing_source_is_refused, .description = "R023 R044")
{
    struct bundle *bundle = bundle_new();

    bundle_mount(bundle, "bind", WORK "/absent", "/mnt", "\"bind\"");
    assert_run_fails(bundle, "/mounts/7", WORK "/absent", "no such file or directory");
    cr_assert_not(file_exists(WORK "/absent"));
}

Test(mounts, a_file_does_not_go_on_a_directory)
{
    struct bundle *bundle = bundle_new();

    file_write(WORK "/file", "x");
    directory_make(bundle_path(bundle, "/mnt"));
    bundle_mount(bundle, "bind", WORK "/file", "/mnt", "\"bind\"");
    assert_run_fails(bundle, "/mounts/7", "/mnt");
}

Test(mounts, a_directory_that_cannot_be_made_is_explained)
{
    static const char *const types[] = {"proc", "sysfs", "tmpfs"};

    directory_make(WORK "/data");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_mount(bundle, "bind", WORK "/data", "/data", "\"bind\",\"ro\"");
        bundle_mount(bundle, types[i], types[i], "/data/inner", "");
        assert_run_fails(bundle, "/mounts/8", "make /data/inner inside the container",
                         "read-only file system", "does not exist in the image");
    }
}

Test(mounts, a_source_through_a_host_link_is_followed)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(WORK "/real/file", "real");
    cr_assert_eq(symlink("real", WORK "/link"), 0);
    bundle_mount(bundle, "bind", WORK "/link", "/mnt", "\"bind\"");
    bundle_payload(bundle, "cat /mnt/file");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./mnt/file", "real");
}

/* ---- where they go ---- */

Test(mounts, they_are_made_in_order, .description = "R085")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_mount(bundle, "tmpfs", "one", "/a", "\"mode=700\"");
    bundle_mount(bundle, "tmpfs", "two", "/a", "\"mode=711\"");
    bundle_mount(bundle, "tmpfs", "inner", "/a/b", "\"mode=711\"");
    bundle_mount(bundle, "tmpfs", "deep", "/c/d", NULL);
    bundle_mount(bundle, "tmpfs", "cover", "/c", NULL);
    bundle_payload(bundle, "mount /a ; stat /a ; mount /a/b ; ls /c");
    result = bundle_run_ok(bundle);
    assert_fact(result, "source./a", "two");
    assert_fact(result, "stat./a", "d 0711 0 0");
    assert_fact(result, "source./a/b", "inner");
    assert_fact(result, "ls./c", "");
}

Test(mounts, a_relative_destination_is_taken_from_the_root, .description = "R089")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_mount(bundle, "tmpfs", "relative", "mnt/here", NULL);
    bundle_payload(bundle, "mount /mnt/here");
    result = bundle_run_ok(bundle);
    assert_fact(result, "source./mnt/here", "relative");
}

Test(mounts, a_destination_is_required, .description = "R087")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/mounts/-", "{\"type\":\"tmpfs\"}");
    assert_run_fails(bundle, "/mounts/7", "destination");
}

Test(mounts, a_source_may_be_absent, .description = "R091 R094")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/mounts/-", "{\"destination\":\"/mnt\",\"type\":\"tmpfs\"}");
    bundle_payload(bundle, "mount /mnt");
    assert_fact(bundle_run_ok(bundle), "fstype./mnt", "tmpfs");
}

Test(mounts, links_in_the_root_stay_in_the_root)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    directory_make(bundle_path(bundle, "/real"));
    cr_assert_eq(symlink("/real", bundle_path(bundle, "/link")), 0);
    bundle_mount(bundle, "tmpfs", "linked", "/link/under", NULL);
    bundle_payload(bundle, "mount /real/under");
    result = bundle_run_ok(bundle);
    assert_fact(result, "source./real/under", "linked");
}

Test(mounts, missing_mount_points_ignore_the_callers_umask)
{
    struct bundle *bundle = bundle_new();
    struct result *result;
    mode_t before = umask(077);

    bundle_mount(bundle, "tmpfs", "x", "/new/place", NULL);
    bundle_payload(bundle, "stat /new");
    result = bundle_run_ok(bundle);
    umask(before);
    assert_fact(result, "stat./new", "d 0755 0 0");
}

Test(mounts, a_tmpfs_takes_the_mode_of_what_it_covers)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    directory_make(bundle_path(bundle, "/covered"));
    cr_assert_eq(chmod(bundle_path(bundle, "/covered"), 01750), 0);
    bundle_mount(bundle, "tmpfs", "x", "/covered", NULL);
    bundle_payload(bundle, "stat /covered");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./covered", "d 1750 0 0");
}

Test(mounts, a_tmpfs_belongs_to_root_whoever_owns_what_it_covers)
{
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, "/covered"));
    cr_assert_eq(chown(bundle_path(bundle, "/covered"), 5, 6), 0);
    bundle_mount(bundle, "tmpfs", "x", "/covered", NULL);
    bundle_mount(bundle, "tmpfs", "x", "/asked", "\"uid=7\",\"gid=8\",\"mode=700\"");
    bundle_payload(bundle, "stat /covered ; stat /asked");
    struct result *result = bundle_run_ok(bundle);
    assert_fact(result, "stat./covered", "d 0755 0 0");
    assert_fact(result, "stat./asked", "d 0700 7 8");
}

Test(mounts, a_tmpfs_on_a_new_directory_is_for_everybody)
{
    struct bundle *bundle = bundle_new();

    bundle_mount(bundle, "tmpfs", "x", "/new/place", NULL);
    bundle_mount(bundle, "tmpfs", "x", "/asked", "\"mode=750\"");
    bundle_payload(bundle, "stat /new ; stat /new/place ; stat /asked");
    struct result *result = bundle_run_ok(bundle);
    assert_fact(result, "stat./new", "d 0755 0 0");
    assert_fact(result, "stat./new/place", "d 1777 0 0");
    assert_fact(result, "stat./asked", "d 0750 0 0");
}

Test(mounts, empty_options_are_passed_over, .description = "R111")
{
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/source");
    bundle_mount(bundle, "tmpfs", "x", "/a", "\"\",\"nodev\"");
    bundle_mount(bundle, "bind", WORK "/source", "/b", "\"bind\",\"\",\"ro\"");
    bundle_payload(bundle, "mount /a ; create /b/x 1");
    struct result *result = bundle_run_ok(bundle);
    cr_assert(has_word(fact(result, "mount./a"), "nodev"));
    assert_fact(result, "create./b/x", "!EROFS");
}

Test(mounts, remount_changes_what_is_there, .description = "R099")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    directory_make(WORK "/source");
    bundle_mount(bundle, "tmpfs", "x", "/a", NULL);
    bundle_mount(bundle, "tmpfs", "x", "/a", "\"remount\",\"ro\"");
    bundle_mount(bundle, "bind", WORK "/source", "/b", "\"bind\"");
    bundle_mount(bundle, "bind", WORK "/source", "/b", "\"remount\",\"bind\",\"ro\",\"noexec\"");
    bundle_payload(bundle, "create /a/x 1 ; create /b/x 1 ; mount /b");
    result = bundle_run_ok(bundle);
    assert_fact(result, "create./a/x", "!EROFS");
    assert_fact(result, "create./b/x", "!EROFS");
    cr_assert(has_word(fact(result, "mount./b"), "noexec"));
}

Test(mounts, a_readonly_tmpfs_for_dev_still_gets_the_devices)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/mounts/1/options", "[\"nosuid\",\"ro\",\"mode=755\"]");
    bundle_payload(bundle, "stat /dev/null ; create /dev/x 1 ; readlink /dev/fd");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./dev/null", "c 0666 0 0 1:3");
    assert_fact(result, "create./dev/x", "!EROFS");
    assert_fact(result, "readlink./dev/fd", "/proc/self/fd");
}

/* ---- tmpcopyup and links ---- */

static void make_covered(const struct bundle *bundle)
{
    const char *top = bundle_path(bundle, "/data");
    char *deep = text_format("%s/a/b", top);

    directory_make(deep);
    file_write(text_format("%s/file", deep), "deep");
    file_write(text_format("%s/set", top), "s");
    cr_assert_eq(chown(text_format("%s/set", top), 11, 12), 0);
    cr_assert_eq(chmod(text_format("%s/set", top), 04777), 0);
    cr_assert_eq(chmod(text_format("%s/a", top), 02777), 0);
    cr_assert_eq(chown(text_format("%s/a", top), 13, 14), 0);
    cr_assert_eq(chmod(top, 0750), 0);
    cr_assert_eq(link(text_format("%s/set", top), text_format("%s/a/again", top)), 0);
    cr_assert_eq(symlink("/etc/../x y", text_format("%s/link", top)), 0);
    cr_assert_eq(lchown(text_format("%s/link", top), 15, 16), 0);
    cr_assert_eq(mknod(text_format("%s/node", top), S_IFCHR | 0640, makedev(1, 5)), 0);
    cr_assert_eq(mkfifo(text_format("%s/fifo", top), 0604), 0);
    cr_assert_eq(setxattr(text_format("%s/set", top), "trusted.test", "value", strlen("value"), 0),
                 0);
}

Test(mounts, tmpcopyup_begins_with_what_it_covers, .description = "R096")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    make_covered(bundle);
    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"tmpcopyup\",\"nosuid\"");
    bundle_payload(bundle, "mount /data ; stat /data ; ls /data ; ls /data/a ; "
                           "cat /data/a/b/file ; stat /data/set ; stat /data/a ; "
                           "readlink /data/link ; stat /data/link ; stat /data/node ; "
                           "stat /data/fifo ; append /data/a/again + ; cat /data/set");
    result = bundle_run_ok(bundle);
    assert_fact(result, "fstype./data", "tmpfs");
    assert_fact(result, "stat./data", "d 0750 0 0");
    assert_fact(result, "cat./data/a/b/file", "deep");
    assert_fact(result, "stat./data/set", "- 4777 11 12");
    assert_fact(result, "stat./data/a", "d 2777 13 14");
    assert_fact(result, "readlink./data/link", "/etc/../x y");
    assert_fact(result, "stat./data/link", "l 0777 15 16");
    assert_fact(result, "stat./data/node", "c 0640 0 0 1:5");
    assert_fact(result, "stat./data/fifo", "p 0604 0 0");
    /* The two names are one file, and not the covered one. */
    assert_fact(result, "cat./data/set", "s+");
    cr_assert_str_eq(file_read(bundle_path(bundle, "/data/set")), "s");
}

Test(mounts, tmpcopyup_keeps_extended_attributes_and_times)
{
    struct bundle *bundle = bundle_new();
    struct stat before, after;
    const char *copy;
    char value[16];

    make_covered(bundle);
    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"tmpcopyup\"");
    bundle_create(bundle);
    copy = text_format("/proc/%d/root/data/set", bundle_pid());
    cr_assert_eq(getxattr(copy, "trusted.test", value, sizeof(value)), 5);
    cr_assert_eq(memcmp(value, "value", 5), 0);
    cr_assert_eq(stat(copy, &after), 0);
    cr_assert_eq(stat(bundle_path(bundle, "/data/set"), &before), 0);
    cr_assert_neq(before.st_dev, after.st_dev);
    cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    cr_assert_eq(after.st_nlink, 2);
    bundle_delete(bundle);
}

Test(mounts, tmpcopyup_tells_many_links_apart)
{
    enum { FILES = 300 };
    struct bundle *bundle = bundle_new();
    struct stat a, b;

    directory_make(bundle_path(bundle, "/data/a"));
    directory_make(bundle_path(bundle, "/data/b"));
    for (int i = 0; i < FILES; i++) {
        char *file = text_format("/data/a/%d", i);

        file_write(bundle_path(bundle, file), "%d", i);
        cr_assert_eq(
            link(bundle_path(bundle, file), bundle_path(bundle, text_format("/data/b/%d", i))), 0);
    }
    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"tmpcopyup\"");
    bundle_create(bundle);
    for (int i = 0; i < FILES; i++) {
        char *copy = text_format("/proc/%d/root/data/b/%d", bundle_pid(), i);

        cr_assert_eq(stat(text_format("/proc/%d/root/data/a/%d", bundle_pid(), i), &a), 0);
        cr_assert_eq(stat(copy, &b), 0);
        cr_assert_eq(a.st_ino, b.st_ino);
        cr_assert_eq(a.st_nlink, 2);
        cr_assert_str_eq(file_read(copy), text_format("%d", i));
    }
    bundle_delete(bundle);
}

Test(mounts, tmpcopyup_of_a_readonly_tmpfs)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    make_covered(bundle);
    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"tmpcopyup\",\"ro\",\"mode=711\"");
    bundle_payload(bundle, "stat /data ; cat /data/a/b/file ; create /data/x 1");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./data", "d 0711 0 0");
    assert_fact(result, "cat./data/a/b/file", "deep");
    assert_fact(result, "create./data/x", "!EROFS");
}

Test(mounts, tmpcopyup_that_does_not_fit_is_refused)
{
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, "/data"));
    file_write(bundle_path(bundle, "/data/large"), "%s", text_repeat("0123456789abcdef", 8192));
    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"tmpcopyup\",\"size=64k\"");
    assert_run_fails(bundle, "/mounts/7", "copy large into the tmpfs", "too small");
}

Test(mounts, tmpcopyup_that_is_too_deep_is_refused)
{
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, text_format("/data%s", text_repeat("/d", 130))));
    bundle_mount(bundle, "tmpfs", "tmpfs", "/data", "\"tmpcopyup\"");
    assert_run_fails(bundle, "/mounts/7", "copy d/d/d");
}

Test(mounts, copy_symlink_makes_the_link_again, .description = "R110")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    cr_assert_eq(symlink("/some/where", WORK "/link"), 0);
    file_write(WORK "/file", "content");
    for (int i = 0; i < 2; i++) /* the second finds it */
        bundle_mount(bundle, "bind", WORK "/link", "/new/link", "\"bind\",\"copy-symlink\"");
    bundle_mount(bundle, "bind", WORK "/file", "/new/file", "\"bind\",\"copy-symlink\"");
    bundle_payload(bundle, "readlink /new/link ; cat /new/file");
    result = bundle_run_ok(bundle);
    assert_fact(result, "readlink./new/link", "/some/where");
    assert_fact(result, "cat./new/file", "content");
}

Test(mounts, copy_symlink_does_not_replace_anything)
{
    struct bundle *bundle = bundle_new();

    cr_assert_eq(symlink("/some/where", WORK "/link"), 0);
    cr_assert_eq(symlink("/else/where", bundle_path(bundle, "/link")), 0);
    bundle_mount(bundle, "bind", WORK "/link", "/link", "\"bind\",\"copy-symlink\"");
    assert_run_fails(bundle, "/mounts/7", "make the link /link");
}

Test(mounts, nofollow_takes_links_as_they_are, .description = "R110")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(WORK "/file", "content");
    cr_assert_eq(symlink(WORK "/file", WORK "/link"), 0);
    file_write(bundle_path(bundle, "/kept"), "kept");
    cr_assert_eq(symlink("/kept", bundle_path(bundle, "/to")), 0);
    cr_assert_eq(symlink("/nowhere", bundle_path(bundle, "/dangling")), 0);
    bundle_mount(bundle, "bind", WORK "/link", "/from", "\"bind\",\"src-nofollow\"");
    bundle_mount(bundle, "bind", WORK "/file", "/to", "\"bind\",\"dest-nofollow\"");
    bundle_mount(bundle, "bind", WORK "/file", "/dangling", "\"bind\",\"dest-nofollow\"");
    bundle_payload(bundle, "readlink /from ; cat /to ; cat /kept ; cat /dangling ; stat /nowhere");
    result = bundle_run_ok(bundle);
    assert_fact(result, "readlink./from", WORK "/file");
    assert_fact(result, "cat./to", "content");
    assert_fact(result, "cat./kept", "kept");
    assert_fact(result, "cat./dangling", "content");
    assert_fact(result, "stat./nowhere", "!ENOENT");
}

/* ---- id-mapped mounts ---- */

static const char mappings_5000[] = "[{\"containerID\":0,\"hostID\":5000,\"size\":10}]";
static const char mappings_6000[] = "[{\"containerID\":0,\"hostID\":6000,\"size\":10}]";

static void make_mapped_source(void)
{
    mount_mappable(WORK "/source", 0755);
    mount_mappable(WORK "/source/below", 01777);
    file_write(WORK "/source/file", "x");
    cr_assert_eq(chown(WORK "/source/file", 3, 4), 0);
    host_snapshot();
}

static struct bundle *bundle_mapped(const char *options)
{
    struct bundle *bundle = bundle_new();

    make_mapped_source();
    bundle_mount(bundle, "bind", WORK "/source", "/mnt", options);
    bundle_payload(bundle, "stat /mnt ; stat /mnt/file ; stat /mnt/below ; create /mnt/new 1");
    return bundle;
}

Test(mounts, an_id_mapped_mount_shows_other_owners, .description = "R102 R107 R114 R115")
{
    struct bundle *bundle = bundle_mapped("\"rbind\",\"idmap\"");
    struct result *result;
    struct stat st;

    bundle_set(bundle, "/mounts/7/uidMappings", "%s", mappings_5000);
    bundle_set(bundle, "/mounts/7/gidMappings", "%s", mappings_6000);
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./mnt", "d 0755 5000 6000");
    assert_fact(result, "stat./mnt/file", "- 0644 5003 6004");
    assert_fact(result, "stat./mnt/below", "d 1777 0 0");
    /* Our root has no id there. */
    assert_fact(result, "create./mnt/new", "!EOVERFLOW");
    cr_assert_eq(stat(WORK "/source/file", &st), 0);
    cr_assert_eq(st.st_uid, 3);
    cr_assert_eq(st.st_gid, 4);
}

Test(mounts, ridmap_maps_what_is_mounted_below_too, .description = "R108")
{
    struct bundle *bundle = bundle_mapped("\"rbind\",\"ridmap\"");
    struct result *result;

    bundle_set(bundle, "/mounts/7/uidMappings", "%s", mappings_5000);
    bundle_set(bundle, "/mounts/7/gidMappings", "%s", mappings_6000);
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./mnt/file", "- 0644 5003 6004");
    assert_fact(result, "stat./mnt/below", "d 1777 5000 6000");
}

Test(mounts, mappings_without_the_option_are_applied, .description = "R116")
{
    struct bundle *bundle = bundle_mapped("\"rbind\",\"ro\"");
    struct result *result;

    bundle_set(bundle, "/mounts/7/uidMappings", "%s", mappings_5000);
    bundle_set(bundle, "/mounts/7/gidMappings", "%s", mappings_6000);
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./mnt/file", "- 0644 5003 6004");
    assert_fact(result, "stat./mnt/below", "d 1777 0 0");
    assert_fact(result, "create./mnt/new", "!EROFS");
}

Test(mounts, idmap_alone_takes_the_containers_mapping, .description = "R105")
{
    struct bundle *bundle = bundle_mapped("\"bind\",\"idmap\"");
    struct result *result;
    struct stat st;

    bundle_map_users(bundle);
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./mnt", "d 0755 0 0");
    assert_fact(result, "stat./mnt/file", "- 0644 3 4");
    assert_fact(result, "create./mnt/new", "ok");
    cr_assert_eq(stat(WORK "/source/new", &st), 0);
    cr_assert_eq(st.st_uid, 0);
}

Test(mounts, the_mounts_own_mapping_wins_in_a_user_namespace, .description = "R104")
{
    struct bundle *bundle = bundle_mapped("\"bind\",\"idmap\"");
    struct result *result;

    bundle_map_users(bundle);
    bundle_set(bundle, "/mounts/7/uidMappings",
               "[{\"containerID\":0,\"hostID\":100007,\"size\":10}]");
    bundle_set(bundle, "/mounts/7/gidMappings",
               "[{\"containerID\":0,\"hostID\":100008,\"size\":10}]");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./mnt/file", "- 0644 10 12");
}

Test(mounts, idmap_with_its_mapping_in_the_option)
{
    struct bundle *bundle = bundle_mapped("\"bind\",\"idmap=uids=0-0-3#3-7000-5;gids=0-8000-10\"");

    assert_fact(bundle_run_ok(bundle), "stat./mnt/file", "- 0644 7000 8004");
}

Test(mounts, idmap_relative_to_the_containers_user_namespace)
{
    struct bundle *bundle = bundle_mapped("\"bind\",\"idmap=uids=@0-20-10;gids=@0-30-10\"");

    bundle_map_users(bundle);
    assert_fact(bundle_run_ok(bundle), "stat./mnt/file", "- 0644 23 34");
}

Test(mounts, many_mounts_share_a_mapping)
{
    struct bundle *bundle = bundle_mapped("\"bind\",\"idmap=uids=0-5000-10;gids=0-5000-10\"");
    struct result *result;

    for (int i = 0; i < 30; i++)
        bundle_mount(bundle, "bind", WORK "/source", text_format("/m/%d", i),
                     i % 2 ? "\"bind\"" : "\"bind\",\"idmap=uids=0-5000-10;gids=0-5000-10\"");
    bundle_payload(bundle, "stat /m/28/file ; stat /m/29/file ; fds");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./m/28/file", "- 0644 5003 5004");
    assert_fact(result, "stat./m/29/file", "- 0644 3 4");
}

Test(mounts, idmap_alone_takes_the_mapping_of_a_joined_user_namespace, .description = "R105")
{
    struct bundle *owner = bundle_new();
    struct bundle *bundle = bundle_mapped("\"rbind\",\"ridmap\"");
    struct result *result;

    bundle_map_users(owner);
    bundle_create(owner);
    bundle_map_users(bundle);
    bundle_remove(bundle, "/linux/uidMappings");
    bundle_remove(bundle, "/linux/gidMappings");
    bundle_remove_namespace(bundle, "user");
    bundle_add_namespace(bundle, "user", text_format("/proc/%d/ns/user", bundle_pid()));
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./mnt/file", "- 0644 3 4");
    assert_fact(result, "stat./mnt/below", "d 1777 0 0");
    bundle_delete(owner);
}

static void give_fds_10_and_11(const void *data)
{
    int fd = open(data, O_RDONLY);

    dup2(fd, 20);
    for (int i = 10; i < 12; i++)
        dup2(20, i);
    for (int i = 3; i < 10; i++)
        close(i);
    close(20);
}

/* tare's own fds lie in the gap, and have to make room. */
Test(mounts, idmap_with_fds_for_the_payload)
{
    struct setting setting = {.prepare = give_fds_10_and_11, .data = WORK "/source/file"};
    struct bundle *bundle = bundle_mapped("\"bind\",\"idmap=uids=0-5000-10;gids=0-5000-10\"");
    struct result *result;

    bundle_payload(bundle, "stat /mnt/file ; fds ; readfd 11");
    bundle_write(bundle);
    result = tare_with(&setting, "run", "--preserve-fds", "9", "--bundle", bundle->path, bundle->id,
                       NULL);
    assert_status(result, 0);
    assert_fact(result, "stat./mnt/file", "- 0644 5003 5004");
    assert_fact(result, "fds", "0,1,2,10,11");
    assert_fact(result, "readfd.11", "x");
}

Test(mounts, idmap_without_a_mapping_is_refused, .description = "R103 R106")
{
    assert_run_fails(bundle_mapped("\"bind\",\"idmap\""), "/mounts/7/options/1",
                     "needs uidMappings and gidMappings");
}

Test(mounts, a_file_system_without_id_mapping_is_refused)
{
    struct bundle *bundle = bundle_new();

    bundle_mount(bundle, "bind", "/proc/self/ns", "/mnt",
                 "\"bind\",\"idmap=uids=0-1-10;gids=0-1-10\"");
    assert_run_fails(bundle, "/mounts/7", "does not support id-mapped mounts");
}

Test(mounts, one_mapping_alone_is_refused, .description = "R117")
{
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/source");
    bundle_mount(bundle, "bind", WORK "/source", "/mnt", "\"bind\",\"idmap\"");
    bundle_set(bundle, "/mounts/7/uidMappings",
               "[{\"containerID\":0,\"hostID\":5000,\"size\":10}]");
    assert_run_fails(bundle, "/mounts/7", "gidMappings");
}
