/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/capability.h>

#include "tests/unit/plan-fixture.h"

PLAN_SUITE(plan_net_devices);

Test(plan_net_devices, none_by_default)
{
    plan_well();
    cr_expect_eq(f.plan->n_net_devices, 0);
}

Test(plan_net_devices, names, .description = "R223 R224: the name inside is the host's by default")
{
    SET_LIST(f.section.net_devices, {"eth0", NULL}, {"a~b", "net0"}, {"c", "tt%d"}, {"d", "tt%d"});
    plan_well();
    cr_assert_eq(f.plan->n_net_devices, 4);
    cr_expect_str_eq(f.plan->net_devices[0].host_name, "eth0");
    cr_expect_str_eq(f.plan->net_devices[0].name, "eth0");
    cr_expect_str_eq(f.plan->net_devices[0].where_name, "/linux/netDevices/eth0");
    cr_expect_not(f.plan->net_devices[0].is_template);
    cr_expect_str_eq(f.plan->net_devices[1].name, "net0");
    cr_expect_str_eq(f.plan->net_devices[1].where, "/linux/netDevices/a~0b");
    cr_expect_str_eq(f.plan->net_devices[1].where_name, "/linux/netDevices/a~0b/name");
    cr_expect(f.plan->net_devices[3].is_template);
}

Test(plan_net_devices, wrong_names, .description = "R225 R226: names that cannot be given")
{
    SET_LIST(f.section.net_devices, {"a", "b"}, {"b", NULL});
    plan_badly("/linux/netDevices/b", "two devices are to be named \"b\" in the container");
    SET_LIST(f.section.net_devices, {"a", "lo"});
    plan_badly("/linux/netDevices/a/name", "a new network namespace has a device \"lo\" already");
    static const char *const templates[] = {"%", "a%s", "%d%d", "%d%"};
    for (size_t i = 0; i < ELEMENTSOF(templates); i++) {
        f.section.net_devices.items[0].name = templates[i];
        cr_expect_eq(plan_make(&f.arena, &f.spec, &f.options, &f.facts, &f.plan, &f.err), -EINVAL);
        cr_expect_str_eq(f.err.where, "/linux/netDevices/a/name");
        error_release(&f.err);
    }
}

Test(plan_net_devices, a_joined_namespace_may_be_without_loopback)
{
    SET_LIST(f.section.namespaces, {NAMESPACE_MOUNT, NULL}, {NAMESPACE_NETWORK, "/run/netns/a"});
    SET_LIST(f.section.net_devices, {"a", "lo"});
    plan_well();
}

Test(plan_net_devices, needs, .description = "R225: another network namespace, and the right")
{
    SET_LIST(f.section.net_devices, {"a", NULL});
    f.facts.cap_effective &= ~(UINT64_C(1) << CAP_NET_ADMIN);
    plan_unsupported("/linux/netDevices", "network devices cannot be moved without CAP_NET_ADMIN");
    f.facts.cap_effective = UINT64_MAX;
    NAMESPACES(NAMESPACE_MOUNT);
    plan_badly("/linux/netDevices", "netDevices needs a network namespace in linux.namespaces");
}

Test(plan_net_devices, printed)
{
    const char *text;
    SET_LIST(f.section.net_devices, {"eth0", "net0"});
    plan_well();
    cr_assert_eq(plan_print(&f.arena, f.plan, &text, &f.err), 0);
    cr_expect_not_null(strstr(text, "\nnetwork device \"eth0\" as \"net0\"\n"), "%s", text);
}
