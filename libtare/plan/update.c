/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "plan/planner.h"

/* An update names what shall change; the numbers that belong together with it are those of now. */

static void complete_memory(struct memory_resources *memory, const struct resources_now *now)
{
    bool swap_alone = memory->swap.set && memory->swap.value > 0 &&
                      (!memory->limit.set || memory->limit.value == 0);
    if (swap_alone && now->memory_limit.set)
        memory->limit = now->memory_limit;
}

static void complete_cpu(struct cpu_resources *cpu, const struct resources_now *now)
{
    bool quota = cpu->quota.set && cpu->quota.value != 0;
    bool period = cpu->period.set && cpu->period.value != 0;
    if (quota && !period)
        cpu->period = now->cpu_period;
    else if (period && !quota && now->cpu_quota.value > 0)
        cpu->quota = now->cpu_quota;
}

/* Rules that allow everything need no program; what is there has to go, though. */
static int plan_device_update(struct arena *arena, const struct resources *resources,
                              struct plan_cgroup *ret, struct problems *problems)
{
    static struct plan_device_rule everything[] = {
        {true, 'a', -1, -1, DEVICE_MKNOD | DEVICE_READ | DEVICE_WRITE}};
    if (resources->devices.n == 0)
        return 0;
    int r = plan_device_rules(arena, resources, "", ret, problems);
    if (r < 0 || ret->restrict_devices)
        return r;
    ret->restrict_devices = true;
    ret->device_rules = everything;
    ret->n_device_rules = ELEMENTSOF(everything);
    return 0;
}

int plan_update(struct arena *arena, struct resources *resources, const struct resources_now *now,
                struct plan_cgroup *ret, struct error *err)
{
    struct problems problems = {.err = err};
    *ret = (struct plan_cgroup){.delegate_uid = -1};
    if (resources->memory)
        complete_memory(resources->memory, now);
    if (resources->cpu)
        complete_cpu(resources->cpu, now);
    if (plan_resource_writes(arena, resources, "", ret, &problems) < 0 ||
        plan_device_update(arena, resources, ret, &problems) < 0)
        return error_sys(err, ENOMEM, "convert the resources");
    return problems_result(&problems);
}
