/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/capabilities.h"

#include <linux/capability.h>

#include "plan-fixture.h"

PLAN_SUITE(plan_capabilities);

#define MASK(capability) (UINT64_C(1) << (capability))

static struct capability_names names;

Test(plan_capabilities, names, .description = "R374")
{
    for (int i = 0; i <= CAP_LAST_CAP; i++) {
        cr_assert_not_null(capability_name(i), "%d", i);
        cr_expect_eq(capability_find(capability_name(i)), i);
    }
    cr_expect_str_eq(capability_name(0), "CAP_CHOWN");
    cr_expect_str_eq(capability_name(CAP_CHECKPOINT_RESTORE), "CAP_CHECKPOINT_RESTORE");
    cr_expect_null(capability_name(-1));
    cr_expect_null(capability_name(64));
    cr_expect_eq(capability_find("CAP_TEST"), -1);
    cr_expect_eq(capability_find("cap_chown"), -1);
    cr_expect_eq(capability_find(""), -1);
}

Test(plan_capabilities, absent)
{
    plan_well();
    cr_expect_not(f.plan->process.capabilities.set);
}

Test(plan_capabilities, empty)
{
    f.process.capabilities = &names;
    plan_well();
    cr_expect(f.plan->process.capabilities.set);
    cr_expect_eq(f.plan->process.capabilities.bounding, 0);
    cr_expect_eq(f.plan->process.capabilities.effective, 0);
}

Test(plan_capabilities, sets)
{
    f.process.capabilities = &names;
    names.bounding = STRINGS("CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_CHECKPOINT_RESTORE");
    names.permitted = STRINGS("CAP_CHOWN", "CAP_KILL");
    names.effective = STRINGS("CAP_KILL");
    names.inheritable = STRINGS("CAP_CHOWN", "CAP_NET_RAW");
    names.ambient = STRINGS("CAP_CHOWN");
    plan_well();
    const struct plan_capabilities *plan = &f.plan->process.capabilities;
    cr_expect_eq(plan->bounding, MASK(CAP_CHOWN) | MASK(CAP_KILL) | MASK(CAP_NET_RAW) |
                                     MASK(CAP_CHECKPOINT_RESTORE));
    cr_expect_eq(plan->permitted, MASK(CAP_CHOWN) | MASK(CAP_KILL));
    cr_expect_eq(plan->effective, MASK(CAP_KILL));
    cr_expect_eq(plan->inheritable, MASK(CAP_CHOWN) | MASK(CAP_NET_RAW));
    cr_expect_eq(plan->ambient, MASK(CAP_CHOWN));
    cr_expect_eq(f.plan->warnings.n, 0);
}

Test(plan_capabilities, unknown_is_a_warning, .description = "R135")
{
    f.process.capabilities = &names;
    names.bounding = names.permitted = STRINGS("CAP_TEST", "CAP_KILL");
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.bounding, MASK(CAP_KILL));
    expect_warning("capability \"CAP_TEST\" is unknown and left out");
}

Test(plan_capabilities, unknown_to_the_kernel_is_a_warning)
{
    f.process.capabilities = &names;
    f.facts.last_cap = CAP_AUDIT_READ;
    names.bounding = STRINGS("CAP_BPF");
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.bounding, 0);
    expect_warning("capability \"CAP_BPF\" is unknown and left out");
}

Test(plan_capabilities, not_grantable_is_a_warning, .description = "R136")
{
    f.process.capabilities = &names;
    f.facts.cap_bounding &= ~MASK(CAP_SYS_RESOURCE);
    f.facts.cap_effective &= ~MASK(CAP_SYS_RESOURCE);
    names.bounding = names.permitted = names.effective = STRINGS("CAP_KILL", "CAP_SYS_RESOURCE");
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.bounding, MASK(CAP_KILL));
    cr_expect_eq(f.plan->process.capabilities.permitted, MASK(CAP_KILL));
    cr_expect_eq(f.plan->process.capabilities.effective, MASK(CAP_KILL));
    expect_warning("capability CAP_SYS_RESOURCE cannot be granted and is left out: the caller does "
                   "not have it");
}

Test(plan_capabilities, a_user_namespace_has_them_all)
{
    SET_LIST(f.section.namespaces, {NAMESPACE_USER, "/run/user"});
    f.process.capabilities = &names;
    f.facts.cap_bounding = f.facts.cap_effective = 0;
    names.bounding = names.permitted = names.effective = STRINGS("CAP_SYS_RESOURCE");
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.effective, MASK(CAP_SYS_RESOURCE));
    cr_expect_eq(f.plan->warnings.n, 0);
}

Test(plan_capabilities, sets_fit_into_each_other)
{
    f.process.capabilities = &names;
    names.effective = STRINGS("CAP_KILL");
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.effective, 0);
    expect_warning("capability CAP_KILL is left out of the effective set: it is not permitted");

    names = (struct capability_names){.inheritable = STRINGS("CAP_KILL")};
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.inheritable, 0);
    expect_warning(
        "capability CAP_KILL is left out of the inheritable set: it is not in the bounding set");

    names = (struct capability_names){.bounding = STRINGS("CAP_KILL"),
                                      .permitted = STRINGS("CAP_KILL"),
                                      .ambient = STRINGS("CAP_KILL")};
    plan_well();
    cr_expect_eq(f.plan->process.capabilities.ambient, 0);
    expect_warning("capability CAP_KILL is left out of the ambient set: it is not both permitted "
                   "and inheritable");
}
