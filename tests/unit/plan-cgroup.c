/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

PLAN_SUITE(plan_cgroup);

static struct mount cgroup_mount = {"/sys/fs/cgroup", "cgroup", "cgroup", {0}, {0}, {0}};
static struct resources resources;

static void mount_cgroup(void)
{
    f.spec.mounts.items = &cgroup_mount;
    f.spec.mounts.n = 1;
    f.process.user.uid = 1000;
}

Test(plan_cgroup, path)
{
    plan_well();
    cr_expect_null(f.plan->cgroup.path);
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
    cr_expect_eq(f.plan->cgroup.n_writes, 0);
    f.section.cgroups_path = "";
    plan_well();
    cr_expect_null(f.plan->cgroup.path);
    f.section.cgroups_path = "a//./b/";
    plan_well();
    cr_expect_str_eq(f.plan->cgroup.path, "/a/b");
}

Test(plan_cgroup, paths_that_lead_elsewhere, .description = "R239")
{
    static const char *const paths[] = {"../x", "/../../etc", "..", "a/..", "/a/../b", "/", "//./"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text),
                 "expected a path below the cgroup mount, without \"..\" and line breaks, "
                 "found \"%s\"",
                 paths[i]);
        f.section.cgroups_path = paths[i];
        plan_badly("/linux/cgroupsPath", text);
    }
    f.options.cgroup_manager = CGROUP_MANAGER_DISABLED;
    plan_well();
}

Test(plan_cgroup, limits)
{
    resources.pids_limit = (struct opt_i64)SET(5);
    f.section.resources = &resources;
    plan_well();
    cr_assert_eq(f.plan->cgroup.n_writes, 1);
    cr_expect_str_eq(f.plan->cgroup.writes[0].where, "/linux/resources/pids/limit");
    f.options.cgroup_manager = CGROUP_MANAGER_DISABLED;
    plan_badly("/linux/resources/pids/limit",
               "a limit needs a cgroup, and the cgroup manager is disabled");
}

Test(plan_cgroup, delegation, .description = "R244 R245")
{
    mount_cgroup();
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, 1000);
    f.process.user.uid = 0;
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
}

Test(plan_cgroup, delegation_in_a_user_namespace)
{
    mount_cgroup();
    NAMESPACES(NAMESPACE_USER, NAMESPACE_CGROUP, NAMESPACE_MOUNT);
    SET_LIST(f.section.uid_mappings, {0, 100000, 1000}, {1000, 7, 5});
    SET_LIST(f.section.gid_mappings, {0, 100000, 1000});
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, 7);
    f.process.user.uid = 0;
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, 100000);
    SET_LIST(f.section.namespaces, {NAMESPACE_USER, "/run/user"}, {NAMESPACE_CGROUP, NULL},
             {NAMESPACE_MOUNT, NULL});
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
}

Test(plan_cgroup, no_delegation, .description = "R244 R245 R246")
{
    mount_cgroup();
    cgroup_mount.options = STRINGS("ro");
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
    cgroup_mount.options = STRINGS("ro", "rw");
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, 1000);
    cgroup_mount.source = "other";
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
    cgroup_mount.source = "cgroup";
    cgroup_mount.destination = "/cgroup";
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
    cgroup_mount.destination = "/sys/fs/cgroup";
    NAMESPACES(NAMESPACE_MOUNT);
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
    SET_LIST(f.section.namespaces, {NAMESPACE_MOUNT, NULL}, {NAMESPACE_CGROUP, "/run/cgroup"});
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
}

Test(plan_cgroup, place_of_a_caller_without_rights)
{
    plan_well();
    cr_expect_not(f.plan->cgroup.beside_caller);
    cr_expect_not(f.plan->cgroup.is_optional);
    f.facts.euid = 1000;
    f.options.rootless = true;
    plan_well();
    cr_expect(f.plan->cgroup.beside_caller);
    cr_expect(f.plan->cgroup.is_optional);
    f.facts.euid = 0;
    f.facts.in_user_namespace = true;
    f.options.rootless = false;
    plan_well();
    cr_expect(f.plan->cgroup.beside_caller);
    cr_expect_not(f.plan->cgroup.is_optional);
    f.options.rootless = true;
    f.section.cgroups_path = "/a";
    plan_well();
    cr_expect_not(f.plan->cgroup.beside_caller, "what is written is meant");
    cr_expect_not(f.plan->cgroup.is_optional);
}

Test(plan_cgroup, device_rules_take_privileges)
{
    SET_LIST(resources.devices, {.allow = false, .type = 'a', .access = "rwm"});
    f.section.resources = &resources;
    plan_well();
    cr_expect(f.plan->cgroup.restrict_devices);
    f.facts.in_user_namespace = true;
    plan_well();
    cr_expect_not(f.plan->cgroup.restrict_devices);
    cr_expect_eq(f.plan->warnings.n, 0);
    cr_assert_eq(f.plan->notes.n, 1);
    cr_expect_str_eq(f.plan->notes.items[0], "device rules are not applied: this takes privileges");
    f.facts.in_user_namespace = false;
    f.facts.cap_effective = 0;
    plan_well();
    cr_expect_not(f.plan->cgroup.restrict_devices);
}

Test(plan_cgroup, delegation_takes_a_capability)
{
    mount_cgroup();
    f.facts.euid = 1000;
    f.facts.cap_effective = 0;
    f.process.user.uid = 7;
    plan_well();
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
}

Test(plan_cgroup, no_limit_is_needed_for_none)
{
    resources.pids_limit = (struct opt_i64)SET(-1);
    f.section.resources = &resources;
    plan_well();
    cr_assert_eq(f.plan->cgroup.n_writes, 1);
    cr_expect_str_eq(f.plan->cgroup.writes[0].value, "max");
    cr_expect(f.plan->cgroup.writes[0].limits_nothing);
    cr_expect_eq(f.plan->cgroup.controllers, 0);
    cr_expect_null(plan_cgroup_limit(&f.plan->cgroup));
    f.options.cgroup_manager = CGROUP_MANAGER_DISABLED;
    plan_well();
}
