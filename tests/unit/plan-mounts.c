/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/mount.h>

#include "plan-fixture.h"
#include "plan/mount-options.h"

PLAN_SUITE(plan_mounts);

static void give_one(const struct mount *mount)
{
    static struct mount given;
    given = *mount;
    f.spec.mounts.items = &given;
    f.spec.mounts.n = 1;
}

static const struct plan_mount *plan_one(const struct mount *mount)
{
    give_one(mount);
    plan_well();
    cr_assert_eq(f.plan->n_mounts, 1);
    return &f.plan->mounts[0];
}

#define GIVE_ONE(...) give_one(&(struct mount){__VA_ARGS__})
#define PLAN_ONE(...) plan_one(&(struct mount){__VA_ARGS__})

static void expect_fs_option(const struct plan_mount *mount, size_t i, const char *key,
                             const char *value)
{
    cr_assert_lt(i, mount->n_fs_options, "no option %zu", i);
    cr_expect_str_eq(mount->fs_options[i].key, key);
    if (value)
        cr_expect_str_eq(mount->fs_options[i].value, value);
    else
        cr_expect_null(mount->fs_options[i].value);
}

Test(plan_mounts, proc)
{
    const struct plan_mount *mount =
        PLAN_ONE("/proc", "proc", "proc", STRINGS("nosuid", "noexec", "nodev"));
    cr_expect_eq(mount->kind, MOUNT_FILESYSTEM);
    cr_expect_str_eq(mount->where, "/mounts/0");
    cr_expect_str_eq(mount->target, "/proc");
    cr_expect_str_eq(mount->fstype, "proc");
    cr_expect_str_eq(mount->source, "proc");
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV);
    cr_expect_eq(mount->attr_clear, 0);
    cr_expect_eq(mount->n_fs_options, 0);
    cr_expect_eq(mount->n_propagation, 0);
    cr_expect_not(mount->readonly_late);
}

Test(plan_mounts, data_of_tmpfs, .description = "R112")
{
    const struct plan_mount *mount =
        PLAN_ONE("/dev", "tmpfs", "tmpfs",
                 STRINGS("nosuid", "strictatime", "mode=755", "size=65536k", "huge"));
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
    cr_expect_eq(mount->attr_clear, MOUNT_ATTR__ATIME);
    cr_expect_eq(mount->n_fs_options, 3);
    expect_fs_option(mount, 0, "mode", "755");
    cr_expect_str_eq(mount->fs_options[0].where, "/mounts/0/options/2");
    expect_fs_option(mount, 1, "size", "65536k");
    expect_fs_option(mount, 2, "huge", NULL);
}

Test(plan_mounts, data_is_divided_at_commas_outside_of_quotes)
{
    const struct plan_mount *mount =
        PLAN_ONE("/m", "ext9", "x", STRINGS("size=1,mode=7,,x", "context=\"a:c1,c2\",y=a=b"));
    cr_expect_eq(mount->n_fs_options, 5);
    expect_fs_option(mount, 0, "size", "1");
    expect_fs_option(mount, 1, "mode", "7");
    expect_fs_option(mount, 2, "x", NULL);
    expect_fs_option(mount, 3, "context", "\"a:c1,c2\"");
    expect_fs_option(mount, 4, "y", "a=b");
}

Test(plan_mounts, names_of_an_overlay_can_have_commas)
{
    const struct plan_mount *mount =
        PLAN_ONE("/m", "overlay", "x", STRINGS("lowerdir=/a\\,b:/c\\\\,ro", "x\\"));
    cr_expect_eq(mount->n_fs_options, 3);
    expect_fs_option(mount, 0, "lowerdir", "/a\\,b:/c\\\\");
    expect_fs_option(mount, 1, "ro", NULL);
    expect_fs_option(mount, 2, "x\\", NULL);

    mount = PLAN_ONE("/m", "ext9", "x", STRINGS("a=1\\,b"));
    cr_expect_eq(mount->n_fs_options, 2);
}

Test(plan_mounts, devpts_keeps_its_data)
{
    const struct plan_mount *mount =
        PLAN_ONE("/dev/pts", "devpts", "devpts", STRINGS("newinstance", "ptmxmode=0666", "gid=5"));
    cr_expect_eq(mount->n_fs_options, 3);
    expect_fs_option(mount, 0, "newinstance", NULL);
}

Test(plan_mounts, bind_by_option, .description = "R093")
{
    const struct plan_mount *mount = PLAN_ONE("/etc/hosts", NULL, "files/hosts", STRINGS("bind"));
    cr_expect_eq(mount->kind, MOUNT_BIND);
    cr_expect_not(mount->recursive);
    cr_expect_str_eq(mount->source, "/bundle/files/hosts");
    cr_expect_null(mount->fstype);
    cr_expect_eq(mount->attr_set | mount->attr_clear, 0);

    mount = PLAN_ONE("/etc/hosts", "none", "/abs", STRINGS("ro", "rbind", "rprivate"));
    cr_expect_eq(mount->kind, MOUNT_BIND);
    cr_expect(mount->recursive);
    cr_expect_str_eq(mount->source, "/abs");
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_RDONLY);
    cr_expect_eq(mount->n_fs_options, 0);
    cr_expect_eq(mount->n_propagation, 1);
    cr_expect_eq(mount->propagation[0], MS_PRIVATE | MS_REC);
}

Test(plan_mounts, bind_by_type)
{
    const struct plan_mount *mount = PLAN_ONE("/a", "bind", "/a", {0});
    cr_expect_eq(mount->kind, MOUNT_BIND);
    cr_expect_not(mount->recursive);
    mount = PLAN_ONE("/a", "bind", "/a", STRINGS("rbind"));
    cr_expect(mount->recursive);
    mount = PLAN_ONE("/a", "rbind", "/a", {0});
    cr_expect(mount->recursive);
}

Test(plan_mounts, superblock_flags_do_nothing_on_a_bind)
{
    const struct plan_mount *mount =
        PLAN_ONE("/a", "bind", "/a",
                 STRINGS("bind", "sync", "dirsync", "lazytime", "mand", "async", "iversion"));
    cr_expect_eq(mount->n_fs_options, 0);
    cr_expect_eq(mount->attr_set | mount->attr_clear, 0);
}

Test(plan_mounts, data_on_a_bind_is_a_warning_where_it_is_usual)
{
    PLAN_ONE("/a", "bind", "/a", STRINGS("bind", "mode=755"));
    expect_warning("/mounts/0/options/1: \"mode=755\" has no effect on a bind mount");
    PLAN_ONE("/a", "bind", "/a", STRINGS("size=5k", "bind"));
    expect_warning("/mounts/0/options/0: \"size=5k\" has no effect on a bind mount");
}

Test(plan_mounts, unknown_option_of_a_bind)
{
    GIVE_ONE("/a", NULL, "/a", STRINGS("redonly", "bind"));
    plan_badly("/mounts/0/options/0", "\"redonly\" is not an option of a bind mount");
}

Test(plan_mounts, options_of_mount8_do_nothing, .description = "R111")
{
    const struct plan_mount *mount =
        PLAN_ONE("/a", "tmpfs", "t", STRINGS("noauto", "x-foo=1", "_netdev", "nofail"));
    cr_expect_eq(mount->n_fs_options, 0);
    mount = PLAN_ONE("/a", NULL, "/a", STRINGS("bind", "nofail"));
    cr_expect_eq(mount->kind, MOUNT_BIND);
}

Test(plan_mounts, the_later_of_two_opposites_holds)
{
    const struct plan_mount *mount =
        PLAN_ONE("/a", NULL, "/a", STRINGS("bind", "ro", "rw", "suid", "nosuid"));
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NOSUID);
    cr_expect_eq(mount->attr_clear, MOUNT_ATTR_RDONLY);
    mount = PLAN_ONE("/a", "ext4", "/dev/x", STRINGS("ro", "rw", "sync", "async"));
    cr_expect_eq(mount->n_fs_options, 0);
    cr_expect_eq(mount->attr_set, 0);
}

Test(plan_mounts, access_time_modes_are_an_enumeration)
{
    static const struct {
        const char *first, *second;
        uint64_t mode;
    } cases[] = {
        {"noatime", "defaults", MOUNT_ATTR_NOATIME},
        {"noatime", "strictatime", MOUNT_ATTR_STRICTATIME},
        {"strictatime", "relatime", MOUNT_ATTR_RELATIME},
        {"noatime", "atime", MOUNT_ATTR_RELATIME},
        {"strictatime", "atime", MOUNT_ATTR_STRICTATIME},
        {"strictatime", "nostrictatime", MOUNT_ATTR_RELATIME},
        {"noatime", "nostrictatime", MOUNT_ATTR_NOATIME},
        {"noatime", "norelatime", MOUNT_ATTR_NOATIME},
        {"norelatime", "defaults", MOUNT_ATTR_RELATIME},
        {"atime", "defaults", MOUNT_ATTR_RELATIME},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct plan_mount *mount =
            PLAN_ONE("/a", NULL, "/a", STRINGS("bind", cases[i].first, cases[i].second));
        cr_expect_eq(mount->attr_set, cases[i].mode, "%s %s", cases[i].first, cases[i].second);
        cr_expect_eq(mount->attr_clear, MOUNT_ATTR__ATIME, "%s %s", cases[i].first,
                     cases[i].second);
    }
    const struct plan_mount *mount =
        PLAN_ONE("/a", NULL, "/a", STRINGS("bind", "nodiratime", "noatime"));
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOATIME);
}

Test(plan_mounts, recursive_attributes_of_a_bind)
{
    const struct plan_mount *mount = PLAN_ONE(
        "/a", NULL, "/a", STRINGS("rbind", "rro", "rnosuid", "rexec", "rstrictatime", "nodev"));
    cr_expect_eq(mount->tree_attr_set,
                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
    cr_expect_eq(mount->tree_attr_clear, MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME);
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NODEV);
    cr_expect_eq(mount->attr_clear, 0);
}

Test(plan_mounts, recursive_attributes_of_a_new_filesystem_are_its_own)
{
    const struct plan_mount *mount =
        PLAN_ONE("/a", "sysfs", "s", STRINGS("nodev", "rnosuid", "rdev", "rro"));
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY);
    cr_expect_eq(mount->tree_attr_set | mount->tree_attr_clear, 0);
}

Test(plan_mounts, readonly_superblock_only_with_a_device)
{
    static const char *const virtual[] = {"proc", "sysfs",   "mqueue",  "devpts",
                                          "bpf",  "debugfs", "devtmpfs"};
    for (size_t i = 0; i < sizeof(virtual) / sizeof(virtual[0]); i++) {
        const struct plan_mount *mount = PLAN_ONE("/a", virtual[i], "x", STRINGS("ro"));
        cr_expect_eq(mount->attr_set, MOUNT_ATTR_RDONLY, "%s", virtual[i]);
        cr_expect_eq(mount->n_fs_options, 0, "%s", virtual[i]);
    }
    const struct plan_mount *mount =
        PLAN_ONE("/a", "ext4", "/dev/vda", STRINGS("data=ordered", "ro"));
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_RDONLY);
    cr_expect_eq(mount->n_fs_options, 2);
    expect_fs_option(mount, 1, "ro", NULL);
    cr_expect_str_eq(mount->fs_options[1].where, "/mounts/0/options/1");
}

Test(plan_mounts, superblock_flags_are_options_of_the_filesystem)
{
    const struct plan_mount *mount =
        PLAN_ONE("/a", "tmpfs", "t",
                 STRINGS("sync", "dirsync", "lazytime", "mand", "silent", "loud", "iversion"));
    cr_expect_eq(mount->n_fs_options, 4);
    expect_fs_option(mount, 0, "sync", NULL);
    expect_fs_option(mount, 1, "dirsync", NULL);
    expect_fs_option(mount, 2, "lazytime", NULL);
    expect_fs_option(mount, 3, "mand", NULL);
    mount = PLAN_ONE("/a", "ext4", "/dev/vda", STRINGS("iversion"));
    cr_expect_eq(mount->n_fs_options, 1);
    expect_fs_option(mount, 0, "i_version", NULL);
}

Test(plan_mounts, readonly_tmpfs_waits)
{
    const struct plan_mount *mount = PLAN_ONE("/run", "tmpfs", "t", STRINGS("ro", "nosuid"));
    cr_expect(mount->readonly_late);
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_NOSUID);
    mount = PLAN_ONE("//dev/", "devtmpfs", "t", STRINGS("ro"));
    cr_expect(mount->readonly_late);
    mount = PLAN_ONE("/run", "ramfs", "t", STRINGS("ro"));
    cr_expect_not(mount->readonly_late);
    mount = PLAN_ONE("/run", "tmpfs", "t", STRINGS("ro", "rw"));
    cr_expect_not(mount->readonly_late);
}

Test(plan_mounts, cgroup)
{
    static const char *const types[] = {"cgroup", "cgroup2"};
    for (size_t i = 0; i < 2; i++) {
        const struct plan_mount *mount =
            PLAN_ONE("/sys/fs/cgroup", types[i], "cgroup", STRINGS("ro", "nosuid", "rprivate"));
        cr_expect_eq(mount->kind, MOUNT_CGROUP);
        cr_expect_str_eq(mount->fstype, "cgroup2");
        cr_expect_eq(mount->attr_set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
        cr_expect_eq(mount->n_fs_options, 0);
        cr_expect_not(mount->readonly_late);
    }
}

Test(plan_mounts, remount)
{
    const struct plan_mount *mount = PLAN_ONE("/", NULL, NULL, STRINGS("remount", "bind", "ro"));
    cr_expect_eq(mount->kind, MOUNT_REMOUNT);
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_RDONLY);
    cr_expect_eq(mount->n_fs_options, 0);
    mount = PLAN_ONE("/a", "tmpfs", "t", STRINGS("remount", "ro", "size=5k", "async"));
    cr_expect_eq(mount->kind, MOUNT_REMOUNT);
    cr_expect_eq(mount->attr_set, MOUNT_ATTR_RDONLY);
    cr_expect_not(mount->readonly_late);
    cr_expect_eq(mount->n_fs_options, 2);
    expect_fs_option(mount, 0, "size", "5k");
    expect_fs_option(mount, 1, "async", NULL);
    mount = PLAN_ONE("/a", "ext4", "/dev/vda", STRINGS("remount", "rw"));
    cr_expect_eq(mount->attr_clear, MOUNT_ATTR_RDONLY);
    expect_fs_option(mount, 0, "rw", NULL);
}

Test(plan_mounts, propagation_in_order)
{
    const struct plan_mount *mount = PLAN_ONE(
        "/a", NULL, "/a", STRINGS("bind", "slave", "slave", "rshared", "private", "runbindable"));
    cr_expect_eq(mount->n_propagation, 4);
    cr_expect_eq(mount->propagation[0], MS_SLAVE);
    cr_expect_eq(mount->propagation[1], MS_SHARED | MS_REC);
    cr_expect_eq(mount->propagation[2], MS_PRIVATE);
    cr_expect_eq(mount->propagation[3], MS_UNBINDABLE | MS_REC);

    GIVE_ONE("/a", NULL, "/a", STRINGS("bind", "slave", "shared", "slave", "shared", "private"));
    plan_badly("/mounts/0/options/5", "more than 4 changes of propagation");
}

Test(plan_mounts, destination)
{
    cr_expect_str_eq(PLAN_ONE("m/n", "tmpfs", "t", {0})->target, "/m/n");
    GIVE_ONE("/.//", "tmpfs", "t", {0});
    plan_badly("/mounts/0/destination", "nothing can be mounted over the root itself");
    GIVE_ONE("", NULL, "/a", STRINGS("bind"));
    plan_badly("/mounts/0/destination", "nothing can be mounted over the root itself");
}

Test(plan_mounts, source_of_a_bind_is_needed)
{
    GIVE_ONE("/a", NULL, NULL, STRINGS("bind"));
    plan_badly("/mounts/0", "a bind mount needs a source");
    cr_expect_null(PLAN_ONE("/a", "tmpfs", NULL, {0})->source);
}

Test(plan_mounts, type_is_needed)
{
    GIVE_ONE("/a", NULL, "/a", STRINGS("ro"));
    plan_badly("/mounts/0", "a mount needs a filesystem type, or \"bind\" among its options");
    GIVE_ONE("/a", "none", "/a", STRINGS("rshared"));
    plan_badly("/mounts/0/type", "a mount needs a filesystem type, or \"bind\" among its options");
}

Test(plan_mounts, extensions_of_crun)
{
    const struct plan_mount *mount =
        PLAN_ONE("/a", NULL, "/a", STRINGS("bind", "copy-symlink", "src-nofollow"));
    cr_expect(mount->copy_symlink && mount->source_nofollow);
    cr_expect_not(mount->target_nofollow || mount->tmpcopyup);
    mount = PLAN_ONE("/a", "tmpfs", "t", STRINGS("dest-nofollow", "tmpcopyup"));
    cr_expect(mount->target_nofollow && mount->tmpcopyup);
    cr_expect_not(mount->copy_symlink || mount->source_nofollow);
}

Test(plan_mounts, extensions_of_crun_that_do_not_fit)
{
    GIVE_ONE("/a", NULL, "/a", STRINGS("bind", "tmpcopyup"));
    plan_badly("/mounts/0/options/1", "\"tmpcopyup\" is an option of tmpfs");
    GIVE_ONE("/a", "proc", "p", STRINGS("tmpcopyup"));
    plan_badly("/mounts/0/options/0", "\"tmpcopyup\" is an option of tmpfs");
    GIVE_ONE("/a", "tmpfs", "t", STRINGS("ro", "copy-symlink"));
    plan_badly("/mounts/0/options/1", "\"copy-symlink\" is an option of bind mounts");
    GIVE_ONE("/a", "tmpfs", "t", STRINGS("src-nofollow"));
    plan_badly("/mounts/0/options/0", "\"src-nofollow\" is an option of bind mounts");
}

Test(plan_mounts, without_a_mount_namespace_go_onto_the_root_of_the_container,
     .description = "R204: mounts of an inherited namespace need the rights of its owner")
{
    NAMESPACES(NAMESPACE_PID);
    GIVE_ONE("/a", "tmpfs", "t", {0});
    plan_well();
    cr_expect(f.plan->root.on_host);
    NAMESPACES(NAMESPACE_PID, NAMESPACE_MOUNT);
    plan_well();
    cr_expect_not(f.plan->root.on_host);
}

Test(plan_mounts, of_another_user_namespace_need_a_mount_namespace)
{
    NAMESPACES(NAMESPACE_PID, NAMESPACE_USER);
    SET_LIST(f.section.uid_mappings, {0, 100000, 1});
    SET_LIST(f.section.gid_mappings, {0, 100000, 1});
    GIVE_ONE("/a", "tmpfs", "t", {0});
    plan_badly("/mounts", "mounts needs a mount namespace in linux.namespaces");
}

Test(plan_mounts, the_directory_of_the_notify_socket_comes_last)
{
    f.options.notify = "/run/tare/c/notify";
    plan_well();
    const struct plan_mount *mount = &f.plan->mounts[f.plan->n_mounts - 1];
    cr_assert_str_eq(mount->source, "/run/tare/c/notify");
    cr_assert_str_eq(mount->target, "/run/notify");
    cr_assert(mount->attr_set & MOUNT_ATTR_RDONLY);
}
