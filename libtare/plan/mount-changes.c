/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "plan/planner.h"

/* Mounts for a container that is there. They are planned as those of its configuration are, with the
 * namespaces, the label and the propagation that it was made with. */

/* ---- removal ---- */

static bool is_listed(const struct strings *paths, const char *path)
{
    for (size_t i = 0; i < paths->n; i++)
        if (paths_equal(paths->items[i], path))
            return true;
    return false;
}

/* What would lay open what the configuration wants to be hidden or kept. */
static const char *why_not(const struct planner *planner, const char *path)
{
    if (paths_equal(path, "/proc"))
        return "has to stay: security attributes are written there";
    if (is_listed(&planner->section->masked_paths, path))
        return "is masked by the configuration: maskedPaths";
    if (is_listed(&planner->section->readonly_paths, path))
        return "is read-only by the configuration: readonlyPaths";
    return NULL;
}

/* A path that says plainly what it means: it is compared with those of the configuration. */
static int plan_removal(struct planner *planner, size_t i)
{
    struct plan_mount *plan = &planner->plan->mounts[i];
    const char *destination = planner->spec->mounts.items[i].destination;
    const char *mount = planner_mount_where(planner, i);
    plan->where = mount ? arena_printf(planner->arena, "%s/destination", mount) : NULL;
    if (!plan->where)
        return -ENOMEM;
    _cleanup_(free_ptr) char *clean = NULL;
    int r = path_clean(destination, &clean);
    if (r == -EINVAL) {
        problem_config(&planner->problems, plan->where,
                       "\"%s\": a path below the root expected, without \"..\"", destination);
        return 0;
    }
    plan->target = r == 0 ? arena_printf(planner->arena, "%s", clean) : NULL;
    if (!plan->target)
        return -ENOMEM;
    const char *reason = why_not(planner, plan->target);
    if (reason)
        problem_config(&planner->problems, plan->where, "%s %s", plan->target, reason);
    return 0;
}

static int plan_removals(struct planner *planner)
{
    struct plan *plan = planner->plan;
    plan->n_mounts = planner->spec->mounts.n;
    plan->mounts = arena_array(planner->arena, plan->n_mounts, sizeof(*plan->mounts));
    if (!plan->mounts)
        return -ENOMEM;
    for (size_t i = 0; i < plan->n_mounts; i++)
        if (plan_removal(planner, i) < 0)
            return -ENOMEM;
    return 0;
}

/* ---- both ---- */

static int plan_changes(struct planner *planner, bool removal)
{
    static int (*const addition[])(struct planner *) = {plan_root, plan_mounts, plan_labels};
    int r = plan_namespaces(planner);
    if (removal)
        return r < 0 ? r : plan_removals(planner);
    for (size_t i = 0; r == 0 && i < ELEMENTSOF(addition); i++)
        r = addition[i](planner);
    return r;
}

int plan_mount_changes(struct arena *arena, const struct spec *given,
                       const struct plan_mounts_options *options, const struct host_facts *facts,
                       struct plan **ret, struct error *err)
{
    static const struct linux_section no_section;
    static const struct hooks no_hooks;
    const struct plan_options plan_options = {.bundle = options->bundle};
    struct spec spec = *given;
    spec.mounts = *options->mounts;
    spec.process = NULL; /* its labels are not wanted here */
    struct plan *plan = ARENA_NEW(arena, struct plan);
    if (!plan)
        return error_sys(err, ENOMEM, "plan the mounts");
    struct planner planner = {
        .arena = arena,
        .spec = &spec,
        .section = spec.linux_section ? spec.linux_section : &no_section,
        .options = &plan_options,
        .facts = facts,
        .plan = plan,
        .problems = {.err = err},
        .mounts_where = "",
    };
    plan->bundle = options->bundle;
    plan->hooks = &no_hooks;
    plan->annotations = &given->annotations;
    plan->cgroup.delegate_uid = -1;
    if (given->process) {
        plan->process.uid = given->process->user.uid;
        plan->process.gid = given->process->user.gid;
    }
    if (plan_changes(&planner, options->removal) < 0)
        return error_sys(err, ENOMEM, "plan the mounts");
    if (planner.problems.n > 0)
        return problems_result(&planner.problems);
    *ret = plan;
    return 0;
}
