/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "plan/planner.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
    int flag;
    const char *name; /* as in config.json */
} namespace_types[NAMESPACE_TYPES] = {
    [NAMESPACE_MOUNT] = {CLONE_NEWNS, "mount"},       [NAMESPACE_PID] = {CLONE_NEWPID, "pid"},
    [NAMESPACE_NETWORK] = {CLONE_NEWNET, "network"},  [NAMESPACE_UTS] = {CLONE_NEWUTS, "uts"},
    [NAMESPACE_IPC] = {CLONE_NEWIPC, "ipc"},          [NAMESPACE_USER] = {CLONE_NEWUSER, "user"},
    [NAMESPACE_CGROUP] = {CLONE_NEWCGROUP, "cgroup"}, [NAMESPACE_TIME] = {CLONE_NEWTIME, "time"},
};

bool planner_creates(const struct planner *planner, enum namespace_type type)
{
    return planner->plan->namespaces.create & (uint64_t)(unsigned)namespace_types[type].flag;
}

/* ---- the user namespace ---- */

static bool is_only(const struct id_mapping_list *list, uint32_t host_id)
{
    return list->n == 1 && list->items[0].size == 1 && list->items[0].host_id == host_id;
}

static int plan_user_namespace(struct planner *planner)
{
    const struct linux_section *section = planner->section;
    struct plan_namespaces *plan = &planner->plan->namespaces;
    const struct id_mapping_list *uids = &section->uid_mappings, *gids = &section->gid_mappings;

    if (!planner_creates(planner, NAMESPACE_USER)) {
        if (uids->n == 0 && gids->n == 0)
            return 0;
        if (planner_has(planner, NAMESPACE_USER))
            return planner_warn(planner,
                                "the user namespace is joined by its path and has its mappings "
                                "already: linux.uidMappings and linux.gidMappings are not applied");
        problem_config(&planner->problems,
                       uids->n > 0 ? "/linux/uidMappings" : "/linux/gidMappings",
                       "mappings need a user namespace in linux.namespaces");
        return 0;
    }

    if (uids->n == 0)
        problem_config(&planner->problems, "/linux/uidMappings",
                       "a new user namespace needs uidMappings");
    if (gids->n == 0)
        problem_config(&planner->problems, "/linux/gidMappings",
                       "a new user namespace needs gidMappings");
    if (plan_id_map(planner, uids, "/linux/uidMappings", true, &plan->uid_map) < 0 ||
        plan_id_map(planner, gids, "/linux/gidMappings", true, &plan->gid_map) < 0)
        return -ENOMEM;
    /* Without privilege the kernel takes only one's own id, and a gid only when setgroups(2) is
     * given up first (user_namespaces(7)). */
    bool own_uid = is_only(uids, planner->facts->euid),
         own_gid = is_only(gids, planner->facts->egid);
    plan->uids_by_helper = !planner_may(planner, CAP_SETUID) && !own_uid;
    plan->gids_by_helper = !planner_may(planner, CAP_SETGID) && !own_gid;
    plan->deny_setgroups = !planner_may(planner, CAP_SETGID) && own_gid;
    return 0;
}

/* ---- time ---- */

static int add_offset(struct planner *planner, const struct time_offset *offset, const char *clock,
                      const char **text)
{
    if (!offset)
        return 0;
    uint32_t nanoseconds = offset->nanosecs.set ? offset->nanosecs.value : 0;
    if (nanoseconds >= 1000000000) {
        const char *where = arena_printf(planner->arena, "/linux/timeOffsets/%s/nanosecs", clock);
        problem_config(&planner->problems, where, "%u is no part of a second: at most 999999999",
                       nanoseconds);
        return where ? 0 : -ENOMEM;
    }
    *text = arena_printf(planner->arena, "%s%s %lld %u\n", *text ? *text : "", clock,
                         (long long)(offset->secs.set ? offset->secs.value : 0), nanoseconds);
    return *text ? 0 : -ENOMEM;
}

static int plan_time_offsets(struct planner *planner)
{
    const struct time_offsets *offsets = planner->section->time_offsets;
    if (!offsets || (!offsets->monotonic && !offsets->boottime))
        return 0;
    if (!planner_creates(planner, NAMESPACE_TIME)) {
        problem_config(&planner->problems, "/linux/timeOffsets",
                       "time offsets need a new time namespace in linux.namespaces");
        return 0;
    }
    const char **text = &planner->plan->namespaces.time_offsets;
    int r = add_offset(planner, offsets->monotonic, "monotonic", text);
    return r < 0 ? r : add_offset(planner, offsets->boottime, "boottime", text);
}

/* ---- all of them ---- */

/* A joined user namespace comes last for a caller with privileges, which the other namespaces may
 * need and which it loses by joining; and first for one without, who gains them so. */
static void order_joins(struct planner *planner)
{
    struct plan_namespaces *plan = &planner->plan->namespaces;
    bool last = planner->facts->euid == 0 && !planner->facts->in_user_namespace;
    for (size_t i = 0; i < plan->n_joins; i++) {
        if (plan->joins[i].type != CLONE_NEWUSER)
            continue;
        struct plan_join user = plan->joins[i];
        if (last) {
            memmove(&plan->joins[i], &plan->joins[i + 1],
                    (plan->n_joins - i - 1) * sizeof(plan->joins[0]));
            plan->joins[plan->n_joins - 1] = user;
        } else {
            memmove(&plan->joins[1], &plan->joins[0], i * sizeof(plan->joins[0]));
            plan->joins[0] = user;
        }
        return;
    }
}

int plan_namespaces(struct planner *planner)
{
    const struct linux_section *section = planner->section;
    struct plan_namespaces *plan = &planner->plan->namespaces;

    for (size_t i = 0; i < section->namespaces.n; i++) {
        const struct namespace_entry *entry = &section->namespaces.items[i];
        const char *where = arena_printf(planner->arena, "/linux/namespaces/%zu", i);
        if (!where)
            return -ENOMEM;
        if (planner_has(planner, entry->type)) {
            problem_config(&planner->problems, where, "the %s namespace is listed twice",
                           namespace_types[entry->type].name);
            continue;
        }
        planner->namespaces |= 1u << entry->type;
        if (entry->path)
            plan->joins[plan->n_joins++] = (struct plan_join){
                .type = namespace_types[entry->type].flag, .path = entry->path, .where = where};
        else
            plan->create |= (uint64_t)(unsigned)namespace_types[entry->type].flag;
    }
    order_joins(planner);
    planner->plan->in_user_namespace =
        planner_has(planner, NAMESPACE_USER) || planner->facts->in_user_namespace;
    plan->loopback_up = planner_creates(planner, NAMESPACE_NETWORK);

    int r = plan_user_namespace(planner);
    return r < 0 ? r : plan_time_offsets(planner);
}
