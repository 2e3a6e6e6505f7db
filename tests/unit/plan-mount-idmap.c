/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

PLAN_SUITE(plan_mount_idmap);

static struct id_mapping one = {0, 5000, 10};

static void give_bind(const char *option, bool own)
{
    static struct mount given;
    static const char *options[3];
    options[0] = "rbind";
    options[1] = option;
    given = (struct mount){.destination = "/a", .source = "/a"};
    given.options = (struct strings){true, option ? 2 : 1, options};
    if (own)
        given.uid_mappings = given.gid_mappings = (struct id_mapping_list){true, 1, &one};
    f.spec.mounts.items = &given;
    f.spec.mounts.n = 1;
}

static const struct plan_mount *plan_one(const char *option, bool own)
{
    give_bind(option, own);
    plan_well();
    return &f.plan->mounts[0];
}

static void with_user_namespace(void)
{
    NAMESPACES(NAMESPACE_MOUNT, NAMESPACE_USER);
    SET_LIST(f.section.uid_mappings, {0, 100000, 1}, {1, 200000, 1000});
    SET_LIST(f.section.gid_mappings, {0, 300000, 1000});
}

Test(plan_mount_idmap, by_the_mounts_own_mappings, .description = "R104 R114")
{
    static const struct {
        const char *option;
        bool recursive;
    } cases[] = {
        {NULL, false}, {"idmap", false}, {"ridmap", true}, {"idmap=uids=0-1-1;gids=0-1-1", false}};
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        if (i == sizeof(cases) / sizeof(cases[0]))
            with_user_namespace();
        size_t at = i % (sizeof(cases) / sizeof(cases[0]));
        const struct plan_mount *mount = plan_one(cases[at].option, true);
        cr_expect_str_eq(mount->idmap_uids, "0 5000 10\n");
        cr_expect_str_eq(mount->idmap_gids, "0 5000 10\n");
        cr_expect_eq(mount->idmap_recursive, cases[at].recursive);
        cr_expect_not(mount->idmap_container);
    }
}

Test(plan_mount_idmap, by_the_containers_user_namespace)
{
    with_user_namespace();
    const struct plan_mount *mount = plan_one("idmap", false);
    cr_expect_str_eq(mount->idmap_uids, "0 100000 1\n1 200000 1000\n");
    cr_expect_str_eq(mount->idmap_gids, "0 300000 1000\n");
    f.section.uid_mappings.n = f.section.gid_mappings.n = 0;
    f.section.namespaces.items[1].path = "/proc/1/ns/user";
    mount = plan_one("ridmap", false);
    cr_expect(mount->idmap_container);
    cr_expect(mount->idmap_recursive);
    cr_expect_null(mount->idmap_uids);
}

Test(plan_mount_idmap, none_unless_asked_for)
{
    with_user_namespace();
    const struct plan_mount *mount = plan_one(NULL, false);
    cr_expect_null(mount->idmap_uids);
    cr_expect_not(mount->idmap_container);
}

Test(plan_mount_idmap, without_any_mapping)
{
    give_bind("idmap", false);
    plan_badly("/mounts/0/options/1",
               "an id-mapped mount needs uidMappings and gidMappings: the container has no user "
               "namespace whose mapping it could take");
}

Test(plan_mount_idmap, by_option)
{
    const struct plan_mount *mount = plan_one("idmap=uids=0-1-10#10-11-10;gids=0-100-10", false);
    cr_expect_str_eq(mount->idmap_uids, "0 1 10\n10 11 10\n");
    cr_expect_str_eq(mount->idmap_gids, "0 100 10\n");
    with_user_namespace();
    mount = plan_one("ridmap=gids=@0-3-10;uids=@1-3-10#20-20-1", false);
    cr_expect(mount->idmap_recursive);
    cr_expect_str_eq(mount->idmap_uids, "1 200002 10\n20 20 1\n");
    cr_expect_str_eq(mount->idmap_gids, "0 300003 10\n");
}

Test(plan_mount_idmap, options_that_are_no_mapping)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "uids=0-1-1",
                                        "gids=0-1-1",
                                        "uids=0-1;gids=0-1-1",
                                        "uids=0-1-x;gids=0-1-1",
                                        "uids=0-1-1-1;gids=0-1-1",
                                        "uids=;gids=0-1-1",
                                        "uids=0--1;gids=0-1-1",
                                        "uids=0-4294967296-1;gids=0-1-1",
                                        "uids=0-00000000000000000001-1;gids=0-1-1",
                                        "ids=0-1-1;gids=0-1-1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char option[128], text[256];
        snprintf(option, sizeof(option), "idmap=%s", texts[i]);
        snprintf(text, sizeof(text),
                 "\"%s\" is no mapping: expected uids=ID-ID-SIZE#...;gids=ID-ID-SIZE#...",
                 texts[i]);
        for (int own = 0; own < 2; own++) {
            give_bind(option, own);
            plan_badly("/mounts/0/options/1", text);
        }
    }
}

Test(plan_mount_idmap, mappings_that_cannot_be)
{
    give_bind("idmap=uids=0-1-2#1-9-1;gids=0-1-1", false);
    plan_badly("/mounts/0/options/1", "mappings 1 and 2 overlap");
    give_bind("idmap=uids=0-1-0;gids=0-1-1", false);
    plan_badly("/mounts/0/options/1", "the mapping is empty: its size is 0");
    give_bind("idmap=uids=@0-1-1;gids=0-1-1", false);
    plan_badly("/mounts/0/options/1", "a mapping with @ is relative to a new user namespace, and "
                                      "linux.namespaces has none");
    with_user_namespace();
    give_bind("idmap=uids=@5000-1-1;gids=0-1-1", false);
    plan_badly("/mounts/0/options/1",
               "the id 5000 is not mapped in the container's user namespace");
}

Test(plan_mount_idmap, one_list_alone, .description = "R117")
{
    give_bind(NULL, true);
    f.spec.mounts.items[0].uid_mappings.n = 0;
    plan_badly("/mounts/0/gidMappings",
               "uidMappings and gidMappings of a mount are given both or not at all");
}

Test(plan_mount_idmap, only_bind_mounts)
{
    static struct mount given;
    given = (struct mount){.destination = "/a", .type = "tmpfs", .options = STRINGS("ro", "idmap")};
    f.spec.mounts.items = &given;
    f.spec.mounts.n = 1;
    plan_unsupported("/mounts/0/options/1", "only a bind mount can be id-mapped");
    given.options.n = 1;
    given.uid_mappings = given.gid_mappings = (struct id_mapping_list){true, 1, &one};
    plan_unsupported("/mounts/0", "only a bind mount can be id-mapped");
}
