/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "plan/planner.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Entries that the kernel takes in one map (user_namespaces(7)). */
#define ID_MAP_ENTRIES 340

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

/* ---- id maps ---- */

static bool ranges_overlap(uint32_t a, uint32_t b, const struct id_mapping *x,
                           const struct id_mapping *y)
{
    return (uint64_t)a < (uint64_t)b + y->size && (uint64_t)b < (uint64_t)a + x->size;
}

static int check_mapping(struct planner *planner, const struct id_mapping_list *list, size_t i,
                         const char *key)
{
    const struct id_mapping *entry = &list->items[i];
    const char *where = arena_printf(planner->arena, "/linux/%s/%zu", key, i);
    if (!where)
        return -ENOMEM;
    if (entry->size == 0)
        problem_config(&planner->problems, where, "the mapping is empty: its size is 0");
    /* 2^32-1 is no id, so that a range ends before it. */
    if ((uint64_t)entry->container_id + entry->size > UINT32_MAX ||
        (uint64_t)entry->host_id + entry->size > UINT32_MAX)
        problem_config(&planner->problems, where,
                       "the mapping goes beyond the largest id, 4294967294");
    for (size_t j = 0; j < i; j++) {
        const struct id_mapping *other = &list->items[j];
        if (ranges_overlap(entry->container_id, other->container_id, entry, other) ||
            ranges_overlap(entry->host_id, other->host_id, entry, other)) {
            problem_config(&planner->problems, where, "the mapping overlaps with /linux/%s/%zu",
                           key, j);
            break;
        }
    }
    return 0;
}

static int plan_id_map(struct planner *planner, const struct id_mapping_list *list, const char *key,
                       const char **ret)
{
    if (list->n > ID_MAP_ENTRIES) {
        const char *where = arena_printf(planner->arena, "/linux/%s", key);
        if (!where)
            return -ENOMEM;
        problem_config(&planner->problems, where, "%zu mappings: the kernel takes at most %d",
                       list->n, ID_MAP_ENTRIES);
        return 0;
    }
    /* Three numbers of ten digits, two spaces and a newline an entry. */
    size_t size = list->n * 33 + 1, used = 0;
    char *text = arena_alloc(planner->arena, size);
    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        const struct id_mapping *entry = &list->items[i];
        if (check_mapping(planner, list, i, key) < 0)
            return -ENOMEM;
        used += (size_t)snprintf(text + used, size - used, "%u %u %u\n", entry->container_id,
                                 entry->host_id, entry->size);
    }
    *ret = text;
    return 0;
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
    if (plan_id_map(planner, uids, "uidMappings", &plan->uid_map) < 0 ||
        plan_id_map(planner, gids, "gidMappings", &plan->gid_map) < 0)
        return -ENOMEM;
    /* Without privilege the kernel takes only one's own gid, and that only when setgroups(2) is
     * given up first (user_namespaces(7)). */
    plan->deny_setgroups = planner->facts->euid != 0 && gids->n == 1 && gids->items[0].size == 1 &&
                           gids->items[0].host_id == planner->facts->egid;
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
    plan->loopback_up = planner_creates(planner, NAMESPACE_NETWORK);

    int r = plan_user_namespace(planner);
    return r < 0 ? r : plan_time_offsets(planner);
}
