/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/capability.h>
#include <sched.h>

#include "plan-fixture.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

PLAN_SUITE(plan_namespaces);

static void user_namespace(const char *path)
{
    static struct namespace_entry entries[] = {{NAMESPACE_PID, NULL},
                                               {NAMESPACE_USER, NULL},
                                               {NAMESPACE_UTS, "/run/uts"},
                                               {NAMESPACE_MOUNT, NULL}};
    entries[1].path = path;
    f.section.namespaces.items = entries;
    f.section.namespaces.n = 4;
}

Test(plan_namespaces, new_ones)
{
    NAMESPACES(NAMESPACE_MOUNT, NAMESPACE_PID, NAMESPACE_NETWORK, NAMESPACE_UTS, NAMESPACE_IPC,
               NAMESPACE_CGROUP, NAMESPACE_TIME);
    plan_well();
    cr_expect_eq(f.plan->namespaces.create, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                                CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP |
                                                CLONE_NEWTIME);
    cr_expect_eq(f.plan->namespaces.n_joins, 0);
    cr_expect(f.plan->namespaces.loopback_up);
    cr_expect_null(f.plan->namespaces.uid_map);
    cr_expect_null(f.plan->namespaces.time_offsets);
    cr_expect_not(f.plan->bind_devices);
}

Test(plan_namespaces, none)
{
    f.spec.linux_section = NULL;
    plan_well();
    cr_expect_eq(f.plan->namespaces.create, 0);
    cr_expect_not(f.plan->namespaces.loopback_up);
}

Test(plan_namespaces, joined_ones)
{
    SET_LIST(f.section.namespaces, {NAMESPACE_NETWORK, "/run/netns/a"}, {NAMESPACE_PID, NULL},
             {NAMESPACE_IPC, "/run/ipc"});
    plan_well();
    cr_expect_eq(f.plan->namespaces.create, CLONE_NEWPID);
    cr_assert_eq(f.plan->namespaces.n_joins, 2);
    cr_expect_eq(f.plan->namespaces.joins[0].type, CLONE_NEWNET);
    cr_expect_str_eq(f.plan->namespaces.joins[0].path, "/run/netns/a");
    cr_expect_str_eq(f.plan->namespaces.joins[0].where, "/linux/namespaces/0");
    cr_expect_eq(f.plan->namespaces.joins[1].type, CLONE_NEWIPC);
    cr_expect_str_eq(f.plan->namespaces.joins[1].where, "/linux/namespaces/2");
    cr_expect_not(f.plan->namespaces.loopback_up);
}

Test(plan_namespaces, twice)
{
    NAMESPACES(NAMESPACE_IPC, NAMESPACE_PID, NAMESPACE_IPC);
    plan_badly("/linux/namespaces/2", "the ipc namespace is listed twice");
}

Test(plan_namespaces, user_is_joined_last_by_root_and_first_by_others)
{
    user_namespace("/run/user");
    plan_well();
    cr_expect_eq(f.plan->namespaces.joins[0].type, CLONE_NEWUTS);
    cr_expect_eq(f.plan->namespaces.joins[1].type, CLONE_NEWUSER);
    cr_expect_str_eq(f.plan->namespaces.joins[1].path, "/run/user");
    cr_expect(f.plan->bind_devices);

    f.facts.euid = 1000;
    plan_well();
    cr_expect_eq(f.plan->namespaces.joins[0].type, CLONE_NEWUSER);
    cr_expect_eq(f.plan->namespaces.joins[1].type, CLONE_NEWUTS);
}

Test(plan_namespaces, user_maps)
{
    user_namespace(NULL);
    SET_LIST(f.section.uid_mappings, {0, 100000, 65536}, {65536, 5, 1});
    SET_LIST(f.section.gid_mappings, {0, 4294901759, 65536});
    plan_well();
    cr_expect_eq(f.plan->namespaces.create, CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWNS);
    cr_expect_str_eq(f.plan->namespaces.uid_map, "0 100000 65536\n65536 5 1\n");
    cr_expect_str_eq(f.plan->namespaces.gid_map, "0 4294901759 65536\n");
    cr_expect_not(f.plan->namespaces.deny_setgroups);
    cr_expect(f.plan->bind_devices);
}

Test(plan_namespaces, longest_map_fits)
{
    static struct id_mapping items[340];
    for (uint32_t i = 0; i < 340; i++)
        items[i] = (struct id_mapping){3000000000u + i, 4000000000u + i, 1};
    items[0].container_id = 0;
    user_namespace(NULL);
    f.section.uid_mappings = f.section.gid_mappings = (struct id_mapping_list){true, 340, items};
    plan_well();
    const char *last = strstr(f.plan->namespaces.uid_map, "3000000339 ");
    cr_assert_not_null(last);
    cr_expect_str_eq(last, "3000000339 4000000339 1\n");
}

Test(plan_namespaces, map_too_long, .description = "R208")
{
    static struct id_mapping items[341];
    user_namespace(NULL);
    f.section.uid_mappings = (struct id_mapping_list){true, 341, items};
    SET_LIST(f.section.gid_mappings, {0, 0, 1});
    f.spec.process = NULL;
    plan_badly("/linux/uidMappings", "341 mappings: the kernel takes at most 340");
}

Test(plan_namespaces, setgroups_is_denied_for_the_own_gid_alone)
{
    user_namespace(NULL);
    f.facts.euid = f.facts.egid = 1000;
    SET_LIST(f.section.uid_mappings, {0, 1000, 1});
    SET_LIST(f.section.gid_mappings, {0, 1000, 1});
    f.facts.cap_effective = 0;
    plan_well();
    cr_expect(f.plan->namespaces.deny_setgroups);
    cr_expect(f.plan->process.keep_groups);
    f.facts.cap_effective = UINT64_C(1) << CAP_SETGID;
    plan_well();
    cr_expect_not(f.plan->namespaces.deny_setgroups);
    cr_expect_not(f.plan->process.keep_groups);
}

Test(plan_namespaces, helpers_map_what_the_caller_may_not,
     .description = "only more than one's own id, and only without the capability")
{
    user_namespace(NULL);
    f.facts.euid = 1000;
    f.facts.egid = 1001;
    f.facts.cap_effective = 0;
    SET_LIST(f.section.uid_mappings, {0, 1000, 1});
    SET_LIST(f.section.gid_mappings, {0, 1001, 1});
    plan_well();
    cr_expect_not(f.plan->namespaces.uids_by_helper);
    cr_expect_not(f.plan->namespaces.gids_by_helper);

    SET_LIST(f.section.uid_mappings, {0, 1000, 1}, {1, 5000, 10});
    plan_well();
    cr_expect(f.plan->namespaces.uids_by_helper);
    cr_expect_not(f.plan->namespaces.gids_by_helper);
    cr_expect(f.plan->namespaces.deny_setgroups);

    /* Another's id. */
    SET_LIST(f.section.uid_mappings, {0, 1001, 1});
    SET_LIST(f.section.gid_mappings, {0, 1000, 1});
    plan_well();
    cr_expect(f.plan->namespaces.uids_by_helper);
    cr_expect(f.plan->namespaces.gids_by_helper);
    cr_expect_not(f.plan->namespaces.deny_setgroups);

    f.facts.euid = f.facts.egid = 0;
    f.facts.cap_effective = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID;
    plan_well();
    cr_expect_not(f.plan->namespaces.uids_by_helper);
    cr_expect_not(f.plan->namespaces.gids_by_helper);
}

Test(plan_namespaces, additional_groups_without_setgroups)
{
    uint32_t groups[] = {0};
    user_namespace(NULL);
    f.facts.euid = f.facts.egid = 1000;
    f.facts.cap_effective = 0;
    SET_LIST(f.section.uid_mappings, {0, 1000, 1});
    SET_LIST(f.section.gid_mappings, {0, 1000, 1});
    f.process.user.additional_gids = (struct numbers_u32){true, 1, groups};
    plan_badly(
        "/process/user/additionalGids",
        "additional groups cannot be set in a user namespace that an unprivileged user made");
}

Test(plan_namespaces, user_needs_mappings)
{
    user_namespace(NULL);
    SET_LIST(f.section.gid_mappings, {0, 0, 1});
    plan_badly("/linux/uidMappings", "a new user namespace needs uidMappings");
    f.section.uid_mappings = f.section.gid_mappings;
    f.section.gid_mappings.n = 0;
    plan_badly("/linux/gidMappings", "a new user namespace needs gidMappings");
}

Test(plan_namespaces, mappings_need_user)
{
    SET_LIST(f.section.uid_mappings, {0, 0, 1});
    plan_badly("/linux/uidMappings", "mappings need a user namespace in linux.namespaces");
    f.section.gid_mappings = f.section.uid_mappings;
    f.section.uid_mappings.n = 0;
    plan_badly("/linux/gidMappings", "mappings need a user namespace in linux.namespaces");
}

Test(plan_namespaces, mappings_of_a_joined_one_are_not_applied)
{
    user_namespace("/run/user");
    SET_LIST(f.section.uid_mappings, {0, 0, 1});
    plan_well();
    cr_expect_null(f.plan->namespaces.uid_map);
    expect_warning(
        "the user namespace is joined by its path and has its mappings already: linux.uidMappings "
        "and linux.gidMappings are not applied");
}

Test(plan_namespaces, bad_mappings)
{
    user_namespace(NULL);
    SET_LIST(f.section.gid_mappings, {0, 0, 1});
    SET_LIST(f.section.uid_mappings, {0, 0, 1}, {5, 5, 0});
    plan_badly("/linux/uidMappings/1", "the mapping is empty: its size is 0");
    SET_LIST(f.section.uid_mappings, {0, 4294967290, 6});
    plan_badly("/linux/uidMappings/0", "the mapping goes beyond the largest id, 4294967294");
    SET_LIST(f.section.uid_mappings, {0, 0, 1}, {1, 4294967290, 5});
    plan_well();
    SET_LIST(f.section.uid_mappings, {0, 0, 10}, {9, 100, 1});
    plan_badly("/linux/uidMappings/1", "the mapping overlaps with /linux/uidMappings/0");
    SET_LIST(f.section.uid_mappings, {0, 100, 10}, {10, 99, 2});
    plan_badly("/linux/uidMappings/1", "the mapping overlaps with /linux/uidMappings/0");
}

Test(plan_namespaces, user_of_the_process_is_mapped)
{
    uint32_t groups[] = {0, 7};
    user_namespace(NULL);
    SET_LIST(f.section.uid_mappings, {0, 100000, 10});
    SET_LIST(f.section.gid_mappings, {0, 100000, 5});
    f.process.user.uid = 9;
    f.process.user.gid = 4;
    plan_well();
    f.process.user.uid = 10;
    plan_badly("/process/user/uid", "uid 10 is not mapped in the user namespace");
    f.process.user.uid = 0;
    f.process.user.gid = 5;
    plan_badly("/process/user/gid", "gid 5 is not mapped in the user namespace");
    f.process.user.gid = 0;
    f.process.user.additional_gids = (struct numbers_u32){true, 2, groups};
    plan_badly("/process/user/additionalGids/1", "gid 7 is not mapped in the user namespace");
}

Test(plan_namespaces, time_offsets)
{
    struct time_offset boottime = {.secs = SET(-7)},
                       monotonic = {.secs = SET(5), .nanosecs = SET(999999999)};
    struct time_offsets offsets = {&boottime, &monotonic};
    f.section.time_offsets = &offsets;
    NAMESPACES(NAMESPACE_TIME);
    plan_well();
    cr_expect_str_eq(f.plan->namespaces.time_offsets, "monotonic 5 999999999\nboottime -7 0\n");
    offsets.monotonic = NULL;
    plan_well();
    cr_expect_str_eq(f.plan->namespaces.time_offsets, "boottime -7 0\n");
    offsets.boottime = NULL;
    plan_well();
    cr_expect_null(f.plan->namespaces.time_offsets);

    offsets.monotonic = &monotonic;
    monotonic.nanosecs.value++;
    plan_badly("/linux/timeOffsets/monotonic/nanosecs",
               "1000000000 is no part of a second: at most 999999999");
}

Test(plan_namespaces, time_offsets_need_a_new_time_namespace)
{
    struct time_offset boottime = {.secs = SET(1)};
    struct time_offsets offsets = {&boottime, NULL};
    f.section.time_offsets = &offsets;
    plan_badly("/linux/timeOffsets", "time offsets need a new time namespace in linux.namespaces");
    SET_LIST(f.section.namespaces, {NAMESPACE_TIME, "/run/time"});
    plan_badly("/linux/timeOffsets", "time offsets need a new time namespace in linux.namespaces");
}
