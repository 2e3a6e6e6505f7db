/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/mount-options.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mount.h>

Test(plan_mount_options, table_is_sorted_and_unique)
{
    size_t n = 0;
    const char *before = "";
    for (const char *name; (name = mount_option_name(n)); n++) {
        cr_expect_lt(strcmp(before, name), 0, "%s before %s", before, name);
        const struct mount_option *option = mount_option_find(name);
        cr_assert_not_null(option, "%s", name);
        cr_expect_str_eq(option->name, name);
        before = name;
    }
    /* 61 of the specification and rnodev, and eight of crun */
    cr_expect_eq(n, 61 + 1 + 8);
}

struct expected {
    const char *name;
    enum mount_option_kind kind;
    bool recursive;
    uint64_t attr;
    unsigned long superblock;
};

/* The table of config-linux.md, written again from the specification's side. */
static const struct expected specified[] = {
    {"async", OPTION_CLEAR, false, 0, MS_SYNCHRONOUS},
    {"atime", OPTION_NOT_ATIME, false, MOUNT_ATTR_NOATIME, 0},
    {"bind", OPTION_BIND, false, 0, 0},
    {"defaults", OPTION_NOTHING, false, 0, 0},
    {"dev", OPTION_CLEAR, false, MOUNT_ATTR_NODEV, 0},
    {"diratime", OPTION_CLEAR, false, MOUNT_ATTR_NODIRATIME, 0},
    {"dirsync", OPTION_SET, false, 0, MS_DIRSYNC},
    {"exec", OPTION_CLEAR, false, MOUNT_ATTR_NOEXEC, 0},
    {"iversion", OPTION_IVERSION, false, 0, 0},
    {"lazytime", OPTION_SET, false, 0, 1 << 25},
    {"loud", OPTION_NOTHING, false, 0, 0},
    {"mand", OPTION_SET, false, 0, MS_MANDLOCK},
    {"noatime", OPTION_ATIME, false, MOUNT_ATTR_NOATIME, 0},
    {"nodev", OPTION_SET, false, MOUNT_ATTR_NODEV, 0},
    {"nodiratime", OPTION_SET, false, MOUNT_ATTR_NODIRATIME, 0},
    {"noexec", OPTION_SET, false, MOUNT_ATTR_NOEXEC, 0},
    {"noiversion", OPTION_NOTHING, false, 0, 0},
    {"nolazytime", OPTION_CLEAR, false, 0, 1 << 25},
    {"nomand", OPTION_CLEAR, false, 0, MS_MANDLOCK},
    {"norelatime", OPTION_NOT_ATIME, false, MOUNT_ATTR_RELATIME, 0},
    {"nostrictatime", OPTION_NOT_ATIME, false, MOUNT_ATTR_STRICTATIME, 0},
    {"nosuid", OPTION_SET, false, MOUNT_ATTR_NOSUID, 0},
    {"nosymfollow", OPTION_SET, false, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"private", OPTION_PROPAGATION, false, 0, MS_PRIVATE},
    {"ratime", OPTION_NOT_ATIME, true, MOUNT_ATTR_NOATIME, 0},
    {"rbind", OPTION_BIND, true, 0, 0},
    {"rdev", OPTION_CLEAR, true, MOUNT_ATTR_NODEV, 0},
    {"rdiratime", OPTION_CLEAR, true, MOUNT_ATTR_NODIRATIME, 0},
    {"relatime", OPTION_ATIME, false, MOUNT_ATTR_RELATIME, 0},
    {"remount", OPTION_REMOUNT, false, 0, 0},
    {"rexec", OPTION_CLEAR, true, MOUNT_ATTR_NOEXEC, 0},
    {"rnoatime", OPTION_ATIME, true, MOUNT_ATTR_NOATIME, 0},
    {"rnodev", OPTION_SET, true, MOUNT_ATTR_NODEV, 0},
    {"rnodiratime", OPTION_SET, true, MOUNT_ATTR_NODIRATIME, 0},
    {"rnoexec", OPTION_SET, true, MOUNT_ATTR_NOEXEC, 0},
    {"rnorelatime", OPTION_NOT_ATIME, true, MOUNT_ATTR_RELATIME, 0},
    {"rnostrictatime", OPTION_NOT_ATIME, true, MOUNT_ATTR_STRICTATIME, 0},
    {"rnosuid", OPTION_SET, true, MOUNT_ATTR_NOSUID, 0},
    {"rnosymfollow", OPTION_SET, true, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"ro", OPTION_SET, false, MOUNT_ATTR_RDONLY, MS_RDONLY},
    {"rprivate", OPTION_PROPAGATION, true, 0, MS_PRIVATE | MS_REC},
    {"rrelatime", OPTION_ATIME, true, MOUNT_ATTR_RELATIME, 0},
    {"rro", OPTION_SET, true, MOUNT_ATTR_RDONLY, 0},
    {"rrw", OPTION_CLEAR, true, MOUNT_ATTR_RDONLY, 0},
    {"rshared", OPTION_PROPAGATION, true, 0, MS_SHARED | MS_REC},
    {"rslave", OPTION_PROPAGATION, true, 0, MS_SLAVE | MS_REC},
    {"rstrictatime", OPTION_ATIME, true, MOUNT_ATTR_STRICTATIME, 0},
    {"rsuid", OPTION_CLEAR, true, MOUNT_ATTR_NOSUID, 0},
    {"rsymfollow", OPTION_CLEAR, true, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"runbindable", OPTION_PROPAGATION, true, 0, MS_UNBINDABLE | MS_REC},
    {"rw", OPTION_CLEAR, false, MOUNT_ATTR_RDONLY, MS_RDONLY},
    {"shared", OPTION_PROPAGATION, false, 0, MS_SHARED},
    {"silent", OPTION_NOTHING, false, 0, 0},
    {"slave", OPTION_PROPAGATION, false, 0, MS_SLAVE},
    {"strictatime", OPTION_ATIME, false, MOUNT_ATTR_STRICTATIME, 0},
    {"suid", OPTION_CLEAR, false, MOUNT_ATTR_NOSUID, 0},
    {"symfollow", OPTION_CLEAR, false, MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"sync", OPTION_SET, false, 0, MS_SYNCHRONOUS},
    {"tmpcopyup", OPTION_TMPCOPYUP, false, 0, 0},
    {"unbindable", OPTION_PROPAGATION, false, 0, MS_UNBINDABLE},
    {"idmap", OPTION_IDMAP, false, 0, 0},
    {"ridmap", OPTION_IDMAP, true, 0, 0},
};

Test(plan_mount_options, specified_ones_have_their_flags, .description = "R096")
{
    for (size_t i = 0; i < sizeof(specified) / sizeof(specified[0]); i++) {
        const struct expected *expected = &specified[i];
        const struct mount_option *option = mount_option_find(expected->name);
        cr_assert_not_null(option, "%s", expected->name);
        cr_expect_eq(option->kind, expected->kind, "%s", expected->name);
        cr_expect_eq(option->recursive, expected->recursive, "%s", expected->name);
        cr_expect_eq(option->attr, expected->attr, "%s", expected->name);
        cr_expect_eq(option->superblock, expected->superblock, "%s", expected->name);
    }
}

Test(plan_mount_options, extensions_of_crun_are_known)
{
    static const char *const recursive[] = {"rsync", "rasync", "rdirsync", "rmand", "rnomand"};
    for (size_t i = 0; i < sizeof(recursive) / sizeof(recursive[0]); i++) {
        const struct mount_option *option = mount_option_find(recursive[i]);
        cr_assert_not_null(option, "%s", recursive[i]);
        cr_expect_eq(option->superblock, mount_option_find(recursive[i] + 1)->superblock);
        cr_expect_eq(option->kind, mount_option_find(recursive[i] + 1)->kind);
        cr_expect_not(option->recursive);
    }
    cr_expect_eq(mount_option_find("copy-symlink")->kind, OPTION_COPY_SYMLINK);
    cr_expect_eq(mount_option_find("src-nofollow")->kind, OPTION_SOURCE_NOFOLLOW);
    cr_expect_eq(mount_option_find("dest-nofollow")->kind, OPTION_TARGET_NOFOLLOW);
    cr_expect_eq(mount_option_find("idmap=uids=0-1-2")->kind, OPTION_IDMAP);
    cr_expect_eq(mount_option_find("ridmap=x")->kind, OPTION_IDMAP);
}

Test(plan_mount_options, others_are_not_found)
{
    static const char *const names[] = {"",         "RO",  "ro ",    "size=5",
                                        "mode=755", "acl", "idmapx", "noauto"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_expect_null(mount_option_find(names[i]), "\"%s\"", names[i]);
}

Test(plan_mount_options, options_of_mount8, .description = "R111")
{
    static const char *const names[] = {"noauto",      "nofail",  "_netdev",  "auto",
                                        "user",        "nouser",  "users",    "owner",
                                        "x-systemd.a", "X-mount", "comment=x"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_expect(mount_option_is_for_mount8(names[i]), "%s", names[i]);
    cr_expect_not(mount_option_is_for_mount8("size=5"));
    cr_expect_not(mount_option_is_for_mount8("x"));
    cr_expect_not(mount_option_is_for_mount8("ro"));
}
