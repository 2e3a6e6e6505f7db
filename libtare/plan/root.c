/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "plan/planner.h"

static const struct {
    const char *name;
    unsigned long flags;
} propagations[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
    {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
    {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

static void plan_propagation(struct planner *planner, const char *name)
{
    const char *where = "/linux/rootfsPropagation";
    for (size_t i = 0; i < ELEMENTSOF(propagations); i++)
        if (strcmp(propagations[i].name, name) == 0)
            planner->plan->root.propagation = propagations[i].flags;
    if (planner->plan->root.propagation == 0)
        problem_config(&planner->problems, where, "unknown propagation \"%s\"", name);
    /* Without pivot_root(2) the old root stays in the namespace, and only a slave of it keeps out
     * of it. */
    if (planner->options->no_pivot && (planner->plan->root.propagation & MS_PRIVATE))
        problem_config(&planner->problems, where,
                       "propagation \"%s\" needs pivot_root: not with --no-pivot", name);
}

int plan_root(struct planner *planner)
{
    const struct root *root = planner->spec->root;
    struct plan_root *plan = &planner->plan->root;
    if (!root || !root->path || !root->path[0]) {
        problem_config(&planner->problems, "/root", "root must be specified, with a path");
        return 0;
    }
    plan->path = root->path;
    if (root->path[0] != '/')
        plan->path = arena_printf(planner->arena, "%s/%s", planner->options->bundle, root->path);
    if (!plan->path)
        return -ENOMEM;
    plan->readonly = root->readonly;
    plan->no_pivot = planner->options->no_pivot;
    /* Root of another user namespace may not mount there. */
    plan->on_host = !planner_has(planner, NAMESPACE_MOUNT) && !planner_has(planner, NAMESPACE_USER);
    if (planner->section->rootfs_propagation && planner->section->rootfs_propagation[0])
        plan_propagation(planner, planner->section->rootfs_propagation);
    return 0;
}
