/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/plan-fixture.h"

PLAN_SUITE(plan_resctrl);

Test(plan_resctrl, nothing_by_default, .description = "R287")
{
    plan_well();
    cr_expect_null(f.plan->resctrl);
}

Test(plan_resctrl, lines_in_the_order_of_the_specification, .description = "R292 R293 R295")
{
    struct intel_rdt rdt = {.l3_cache_schema = "L3:0=f",
                            .mem_bw_schema = "MB:0=20",
                            .schemata = STRINGS("L2:0=3", "MB:0=30"),
                            .enable_monitoring = true};
    f.section.intel_rdt = &rdt;
    plan_well();
    const struct plan_resctrl *plan = f.plan->resctrl;
    cr_expect_str_eq(plan->group, f.options.id);
    cr_expect_not(plan->is_named);
    cr_expect(plan->monitors);
    cr_assert_eq(plan->n_lines, 4);
    cr_expect_str_eq(plan->lines[0].text, "L3:0=f");
    cr_expect_str_eq(plan->lines[1].text, "MB:0=20");
    cr_expect_str_eq(plan->lines[2].text, "L2:0=3");
    cr_expect_str_eq(plan->lines[3].where, "/linux/intelRdt/schemata/1");
}

Test(plan_resctrl, a_closid_names_the_group, .description = "R288 R297")
{
    struct intel_rdt rdt = {.clos_id = "gold"};
    f.section.intel_rdt = &rdt;
    plan_well();
    cr_expect_str_eq(f.plan->resctrl->group, "gold");
    cr_expect(f.plan->resctrl->is_named);
    rdt.clos_id = "/";
    plan_well();
    cr_expect_str_eq(f.plan->resctrl->group, ".");
}
