/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/plan-fixture.h"

PLAN_SUITE(plan_labels);

#define LABEL "system_u:object_r:container_file_t:s0:c1,c2"

#define NO_SELINUX                                                                                 \
    "the label cannot be applied: SELinux is not enabled on this host (there is no selinuxfs at "  \
    "/sys/fs/selinux; leave the label out)"

Test(plan_labels, modules_must_be_on)
{
    f.process.apparmor_profile = "strict";
    plan_unsupported("/process/apparmorProfile",
                     "the profile \"strict\" cannot be applied: AppArmor is not enabled in this "
                     "kernel (boot with apparmor=1 security=apparmor, or leave the profile out)");
    f.process.apparmor_profile = "unconfined";
    plan_well();
    cr_expect_null(f.plan->process.apparmor_profile);
    f.process.selinux_label = LABEL;
    plan_unsupported("/process/selinuxLabel", NO_SELINUX);
    f.process.selinux_label = "";
    plan_well();
}

Test(plan_labels, labels_are_handed_on)
{
    f.facts.apparmor = f.facts.selinux = true;
    f.process.apparmor_profile = "strict";
    f.process.selinux_label = LABEL;
    plan_well();
    cr_expect_str_eq(f.plan->process.apparmor_profile, "strict");
    cr_expect_str_eq(f.plan->process.selinux_label, LABEL);
}

static const struct plan_fs_option *last_option(size_t i)
{
    const struct plan_mount *mount = &f.plan->mounts[i];
    return mount->n_fs_options > 0 ? &mount->fs_options[mount->n_fs_options - 1] : NULL;
}

static void mounts_with_a_label(void)
{
    SET_LIST(f.spec.mounts, {.destination = "/a", .type = "tmpfs", .source = "tmpfs"},
             {.destination = "/proc", .type = "proc", .source = "proc"},
             {.destination = "/b", .type = "bind", .source = "/b"},
             {.destination = "/c", .type = "tmpfs", .source = "tmpfs"},
             {.destination = "/d", .type = "mqueue", .source = "mqueue"},
             {.destination = "/e", .type = "cgroup", .source = "cgroup"});
    static const char *size[] = {"size=1m", NULL}, *own[] = {"context=\"own\"", NULL};
    f.spec.mounts.items[0].options = (struct strings){true, 1, size};
    f.spec.mounts.items[3].options = (struct strings){true, 1, own};
    f.facts.selinux = true;
    f.section.mount_label = LABEL;
}

Test(plan_labels, a_mount_label_without_selinux_is_a_warning,
     .description = "R350: a label of files that no policy looks at has no effect")
{
    mounts_with_a_label();
    f.facts.selinux = false;
    plan_well();
    cr_assert_eq(f.plan->warnings.n, 1);
    cr_expect_str_eq(f.plan->warnings.items[0],
                     "mountLabel has no effect: SELinux is not enabled on this host");
    cr_expect_null(f.plan->root.mount_label);
    cr_expect_eq(f.plan->mounts[0].n_fs_options, 1);
}

Test(plan_labels, new_filesystems_get_the_mount_label)
{
    mounts_with_a_label();
    plan_well();
    cr_assert_eq(f.plan->mounts[0].n_fs_options, 2);
    cr_expect_str_eq(f.plan->mounts[0].fs_options[0].key, "size");
    cr_expect_str_eq(last_option(0)->key, "context");
    cr_expect_str_eq(last_option(0)->value, LABEL);
    cr_expect_str_eq(last_option(0)->where, "/linux/mountLabel");
    cr_expect_null(last_option(1));
    cr_expect_null(last_option(2));
    cr_expect_eq(f.plan->mounts[3].n_fs_options, 1);
    cr_expect_null(last_option(4));
    cr_expect_null(last_option(5));
}

Test(plan_labels, an_annotation_names_the_kind_of_context)
{
    mounts_with_a_label();
    SET_LIST(f.spec.annotations, {"run.oci.mount_context_type", "rootcontext"});
    plan_well();
    cr_expect_str_eq(last_option(0)->key, "rootcontext");
    SET_LIST(f.spec.annotations, {"run.oci.mount_context_type", "anycontext"});
    plan_badly("/annotations/run.oci.mount_context_type",
               "\"anycontext\" is none of context, fscontext, defcontext and rootcontext");
}
