/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

PLAN_SUITE(plan_device_rules);

#define RWM           (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)
#define DEFAULT_RULES 12

static struct resources resources;

#define PLAN_RULES(...)                                                                            \
    do {                                                                                           \
        SET_LIST(resources.devices, __VA_ARGS__);                                                  \
        f.section.resources = &resources;                                                          \
        plan_well();                                                                               \
    } while (0)

static void expect_rule(size_t i, bool allow, char type, int64_t major, int64_t minor,
                        unsigned access)
{
    cr_assert_lt(i, f.plan->cgroup.n_device_rules);
    const struct plan_device_rule *rule = &f.plan->cgroup.device_rules[i];
    cr_expect_eq(rule->allow, allow, "rule %zu", i);
    cr_expect_eq(rule->type, type, "rule %zu: %c", i, rule->type);
    cr_expect_eq(rule->major, major, "rule %zu", i);
    cr_expect_eq(rule->minor, minor, "rule %zu", i);
    cr_expect_eq(rule->access, access, "rule %zu", i);
}

Test(plan_device_rules, none)
{
    plan_well();
    cr_expect_not(f.plan->cgroup.restrict_devices);
    f.section.resources = &resources;
    plan_well();
    cr_expect_not(f.plan->cgroup.restrict_devices);
    cr_expect_eq(f.plan->cgroup.n_device_rules, 0);
}

Test(plan_device_rules, defaults_come_last, .description = "R222")
{
    PLAN_RULES({false, 'a', {0}, {0}, "rwm"});
    cr_expect(f.plan->cgroup.restrict_devices);
    cr_expect_eq(f.plan->cgroup.n_device_rules, 1 + DEFAULT_RULES);
    expect_rule(0, false, 'a', -1, -1, RWM);
    expect_rule(1, true, 'c', -1, -1, DEVICE_MKNOD);
    expect_rule(2, true, 'b', -1, -1, DEVICE_MKNOD);
    static const int minors[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},    {1, 9},
                                    {5, 0}, {5, 1}, {5, 2}, {136, -1}, {10, 200}};
    for (size_t i = 0; i < ELEMENTSOF(minors); i++)
        expect_rule(3 + i, true, 'c', minors[i][0], minors[i][1], RWM);
}

Test(plan_device_rules, order_and_normal_form, .description = "R251 R253")
{
    PLAN_RULES({true, 'c', SET(10), {0}, "rw"}, {false, 'b', SET(8), SET(-1), NULL},
               {true, 'a', SET(4294967295), SET(0), "m"});
    cr_expect_eq(f.plan->cgroup.n_device_rules, 4 + DEFAULT_RULES);
    expect_rule(0, false, 'a', -1, -1, RWM);
    expect_rule(1, true, 'c', 10, -1, DEVICE_READ | DEVICE_WRITE);
    expect_rule(2, false, 'b', 8, -1, RWM);
    expect_rule(3, true, 'a', 4294967295, 0, DEVICE_MKNOD);
}

Test(plan_device_rules, what_comes_before_a_rule_for_everything_is_void)
{
    PLAN_RULES({false, 'a', {0}, {0}, NULL}, {true, 'c', SET(1), SET(3), NULL},
               {false, 'a', {0}, {0}, "mrw"}, {true, 'c', SET(1), SET(5), NULL});
    cr_expect_eq(f.plan->cgroup.n_device_rules, 2 + DEFAULT_RULES);
    expect_rule(0, false, 'a', -1, -1, RWM);
    expect_rule(1, true, 'c', 1, 5, RWM);
}

Test(plan_device_rules, a_rule_for_some_access_voids_nothing)
{
    PLAN_RULES({true, 'a', {0}, {0}, NULL}, {false, 'a', {0}, {0}, "w"},
               {false, 'a', SET(1), {0}, NULL});
    cr_expect_eq(f.plan->cgroup.n_device_rules, 3 + DEFAULT_RULES);
    expect_rule(0, true, 'a', -1, -1, RWM);
    expect_rule(1, false, 'a', -1, -1, DEVICE_WRITE);
    expect_rule(2, false, 'a', 1, -1, RWM);
}

Test(plan_device_rules, everything_allowed_is_no_program)
{
    PLAN_RULES({false, 'c', SET(1), {0}, NULL}, {true, 'a', {0}, {0}, "rwm"},
               {true, 'c', SET(1), {0}, NULL});
    cr_expect_not(f.plan->cgroup.restrict_devices);
    cr_expect_eq(f.plan->cgroup.n_device_rules, 0);
}

Test(plan_device_rules, one_allowed_denies_the_others)
{
    PLAN_RULES({true, 'c', SET(1), SET(3), "r"});
    cr_expect(f.plan->cgroup.restrict_devices);
    expect_rule(0, false, 'a', -1, -1, RWM);
    expect_rule(1, true, 'c', 1, 3, DEVICE_READ);
}

Test(plan_device_rules, bad_ones)
{
    f.section.resources = &resources;
    SET_LIST(resources.devices, {true, 'c', SET(1), SET(3), "rx"});
    plan_badly("/linux/resources/devices/0", "access \"rx\" is not made of the letters r, w and m");
    SET_LIST(resources.devices, {true, 'c', SET(-2), SET(3), "r"});
    plan_badly("/linux/resources/devices/0", "major and minor are device numbers, or -1 for any");
    SET_LIST(resources.devices, {true, 'c', SET(1), SET(4294967296), "r"});
    plan_badly("/linux/resources/devices/0", "major and minor are device numbers, or -1 for any");
}

Test(plan_device_rules, are_left_out_without_cgroups)
{
    f.options.cgroup_manager = CGROUP_MANAGER_DISABLED;
    PLAN_RULES({false, 'a', {0}, {0}, "rwm"});
    cr_expect_not(f.plan->cgroup.restrict_devices);
    expect_warning("device rules are not applied: the cgroup manager is disabled");
}
