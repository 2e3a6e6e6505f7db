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
    f.section.cgroups_path = "/a/b";
    plan_well();
    cr_expect_str_eq(f.plan->cgroup.path, "/a/b");
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

Test(plan_cgroup, delegation)
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

Test(plan_cgroup, no_delegation)
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
