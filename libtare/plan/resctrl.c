/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "plan/planner.h"

/* linux.intelRdt: the group of /sys/fs/resctrl that the container belongs to. */

static bool has_text(const char *text)
{
    return text && text[0];
}

static void add_line(struct plan_resctrl *plan, const char *text, const char *where)
{
    plan->lines[plan->n_lines++] = (struct plan_resctrl_line){.text = text, .where = where};
}

/* The order is the specification's: the cache, the bandwidth, then whatever else there is. */
static int plan_lines(struct planner *planner, const struct intel_rdt *rdt,
                      struct plan_resctrl *plan)
{
    plan->lines = arena_array(planner->arena, rdt->schemata.n + 2, sizeof(*plan->lines));
    if (!plan->lines)
        return -ENOMEM;
    if (has_text(rdt->l3_cache_schema))
        add_line(plan, rdt->l3_cache_schema, "/linux/intelRdt/l3CacheSchema");
    if (has_text(rdt->mem_bw_schema))
        add_line(plan, rdt->mem_bw_schema, "/linux/intelRdt/memBwSchema");
    for (size_t i = 0; i < rdt->schemata.n; i++) {
        const char *where = arena_printf(planner->arena, "/linux/intelRdt/schemata/%zu", i);
        if (!where)
            return -ENOMEM;
        if (!strchr(rdt->schemata.items[i], ':'))
            problem_config(&planner->problems, where,
                           "\"%.80s\" is no line such as \"L3:0=ff;1=ff\"", rdt->schemata.items[i]);
        add_line(plan, rdt->schemata.items[i], where);
    }
    return 0;
}

int plan_resctrl(struct planner *planner)
{
    const struct intel_rdt *rdt = planner->section->intel_rdt;
    if (!rdt)
        return 0;
    struct plan_resctrl *plan = ARENA_NEW(planner->arena, struct plan_resctrl);
    if (!plan)
        return -ENOMEM;
    plan->is_named = has_text(rdt->clos_id);
    plan->group = plan->is_named ? rdt->clos_id : planner->options->id;
    if (strcmp(plan->group, "/") == 0)
        plan->group = ".";
    plan->monitors = rdt->enable_monitoring;
    planner->plan->resctrl = plan;
    return plan_lines(planner, rdt, plan);
}
