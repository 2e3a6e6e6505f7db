/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "plan/planner.h"

/* linux.netDevices: devices that leave the network namespace of the host for the container's. */

/* "eth%d" is a template, as the kernel reads it: it looks for the first number that is free. */
static void check_template(struct planner *planner, const char *name, const char *where)
{
    const char *percent = strchr(name, '%');
    if (percent && (percent[1] != 'd' || strchr(percent + 2, '%')))
        problem_config(
            &planner->problems, where,
            "\"%s\": the only use of \"%%\" is one \"%%d\", for a number that the kernel "
            "chooses",
            name);
}

static int add_device(struct planner *planner, const struct net_device *device)
{
    struct plan *plan = planner->plan;
    const char *token = pointer_token(planner->arena, device->host_name);
    const char *where = token ? arena_printf(planner->arena, "/linux/netDevices/%s", token) : NULL;
    const char *where_name =
        where && device->name ? arena_printf(planner->arena, "%s/name", where) : where;
    if (!where_name)
        return -ENOMEM;
    struct plan_net_device *added = &plan->net_devices[plan->n_net_devices++];
    *added = (struct plan_net_device){
        .host_name = device->host_name,
        .name = device->name ? device->name : device->host_name,
        .where = where,
        .where_name = where_name,
    };
    added->is_template = strchr(added->name, '%');
    check_template(planner, added->name, where_name);
    if (strcmp(added->name, "lo") == 0 && planner_creates(planner, NAMESPACE_NETWORK))
        problem_config(&planner->problems, where_name,
                       "a new network namespace has a device \"lo\" already");
    for (size_t i = 0; i + 1 < plan->n_net_devices; i++)
        if (!added->is_template && strcmp(plan->net_devices[i].name, added->name) == 0)
            problem_config(&planner->problems, where_name,
                           "two devices are to be named \"%s\" in the container", added->name);
    return 0;
}

int plan_net_devices(struct planner *planner)
{
    const struct linux_section *section = planner->section;
    size_t n = section->net_devices.n;
    if (n == 0)
        return 0;
    if (!planner_has(planner, NAMESPACE_NETWORK))
        problem_config(&planner->problems, "/linux/netDevices",
                       "netDevices needs a network namespace in linux.namespaces");
    if (!(planner->facts->cap_effective >> CAP_NET_ADMIN & 1))
        problem_unsupported(&planner->problems, "/linux/netDevices",
                            "network devices cannot be moved without CAP_NET_ADMIN");
    planner->plan->net_devices =
        arena_array(planner->arena, n, sizeof(*planner->plan->net_devices));
    if (!planner->plan->net_devices)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (add_device(planner, &section->net_devices.items[i]) < 0)
            return -ENOMEM;
    return 0;
}
