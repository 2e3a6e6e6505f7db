/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>

#include "base/fd.h"
#include "plan/mount-options.h"
#include "plan/planner.h"

/* Whether the container sees its cgroups in a writable mount: config-linux.md "Cgroup ownership".
 */
static bool mounts_cgroup_writable(const struct planner *planner)
{
    const struct plan *plan = planner->plan;
    for (size_t i = 0; i < plan->n_mounts; i++) {
        const struct plan_mount *mount = &plan->mounts[i];
        if (mount->kind == MOUNT_CGROUP && paths_equal(mount->target, "/sys/fs/cgroup") &&
            mount->source && strcmp(mount->source, "cgroup") == 0)
            return !(mount->attr_set & MOUNT_ATTR_RDONLY);
    }
    return false;
}

/* The id on the host of a uid in the container; -1 where that cannot be known. */
static int64_t host_uid(const struct planner *planner, uint32_t uid)
{
    if (!planner_has(planner, NAMESPACE_USER))
        return uid;
    const struct id_mapping_list *list = &planner->section->uid_mappings;
    if (!planner_creates(planner, NAMESPACE_USER))
        return -1;
    for (size_t i = 0; i < list->n; i++) {
        const struct id_mapping *entry = &list->items[i];
        if (uid >= entry->container_id && uid - entry->container_id < entry->size)
            return (int64_t)entry->host_id + (uid - entry->container_id);
    }
    return -1;
}

static void plan_delegation(struct planner *planner)
{
    struct plan_cgroup *plan = &planner->plan->cgroup;
    plan->delegate_uid = -1;
    if (!planner->spec->process || !planner_creates(planner, NAMESPACE_CGROUP) ||
        !mounts_cgroup_writable(planner) || !planner_may(planner, CAP_CHOWN))
        return;
    int64_t uid = host_uid(planner, planner->spec->process->user.uid);
    if (uid != (int64_t)planner->facts->euid) /* whose it is anyway */
        plan->delegate_uid = uid;
}

/* run.oci.delegate-cgroup */
static void plan_subgroup(struct planner *planner)
{
    static const char where[] = "/annotations/run.oci.delegate-cgroup";
    const char *name = planner_annotation(planner, "run.oci.delegate-cgroup");
    struct plan_cgroup *plan = &planner->plan->cgroup;
    if (!name)
        return;
    if (!name[0] || strpbrk(name, "/\n") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strlen(name) > NAME_MAX)
        problem_config(&planner->problems, where, "\"%s\" is not the name of a cgroup", name);
    else if (plan->manager == CGROUP_MANAGER_DISABLED)
        problem_config(
            &planner->problems, where,
            "it is made below the container's cgroup, and the cgroup manager is disabled");
    plan->subgroup = name;
    plan->subgroup_uid = host_uid(planner, 0);
    plan->is_optional = false;
}

/* A path of the cgroupfs driver in its one form: absolute and relative ones start at the mount. */
static int plan_path(struct planner *planner, const char *written)
{
    struct plan_cgroup *plan = &planner->plan->cgroup;
    _cleanup_(free_ptr) char *clean = NULL;
    if (!written || !written[0])
        return 0;
    plan->path = written;
    if (plan->manager != CGROUP_MANAGER_CGROUPFS)
        return 0;
    int r = path_clean(written, &clean);
    if (r == 0)
        plan->path = arena_strdup(planner->arena, clean);
    else if (r == -EINVAL)
        problem_config(&planner->problems, "/linux/cgroupsPath",
                       "expected a path below the cgroup mount, without \"..\" and line breaks, "
                       "found \"%s\"",
                       written);
    return r == -ENOMEM || !plan->path ? -ENOMEM : 0;
}

/* Somebody without rights over the whole hierarchy has them below its own cgroup, if anywhere. */
static void plan_place(struct planner *planner)
{
    struct plan_cgroup *plan = &planner->plan->cgroup;
    const struct host_facts *facts = planner->facts;
    bool is_default = !plan->path && plan->manager == CGROUP_MANAGER_CGROUPFS;
    plan->beside_caller = is_default && (facts->euid != 0 || facts->in_user_namespace);
    plan->is_optional = is_default && planner->options->rootless;
}

/* Loading the program takes privileges outside of all user namespaces. Within, no device can be made
 * and the host's nodes have their owners and modes, so that there is little for it to add. */
static int plan_device_program(struct planner *planner)
{
    struct plan_cgroup *plan = &planner->plan->cgroup;
    bool is_disabled = plan->manager == CGROUP_MANAGER_DISABLED;
    if (!plan->restrict_devices ||
        (!is_disabled && !planner->facts->in_user_namespace && planner_may(planner, CAP_SYS_ADMIN)))
        return 0;
    /* Engines leave their default rules in the configuration. */
    plan->restrict_devices = false;
    plan->n_device_rules = 0;
    if (!is_disabled)
        return planner_note(planner, "device rules are not applied: this takes privileges");
    return planner_warn(planner, "device rules are not applied: the cgroup manager is disabled");
}

int plan_cgroup(struct planner *planner)
{
    const struct resources *resources = planner->section->resources;
    struct plan_cgroup *plan = &planner->plan->cgroup;

    plan->manager = planner->options->cgroup_manager;
    if (plan_path(planner, planner->section->cgroups_path) < 0)
        return -ENOMEM;
    plan_place(planner);
    plan_delegation(planner);
    plan_subgroup(planner);
    if (resources && (plan_resource_writes(planner->arena, resources, "/linux/resources", plan,
                                           &planner->problems) < 0 ||
                      plan_device_rules(planner->arena, resources, "/linux/resources", plan,
                                        &planner->problems) < 0))
        return -ENOMEM;
    const struct plan_cgroup_write *limit = plan_cgroup_limit(plan);
    if (limit && plan->manager == CGROUP_MANAGER_DISABLED)
        problem_config(&planner->problems, limit->where,
                       "a limit needs a cgroup, and the cgroup manager is disabled");
    if (plan->manager == CGROUP_MANAGER_SYSTEMD && plan_scope(planner) < 0)
        return -ENOMEM;
    return plan_device_program(planner);
}
