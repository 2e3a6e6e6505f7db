/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "plan/planner.h"

/* The labels of the security modules: process.apparmorProfile, process.selinuxLabel and
 * linux.mountLabel. A profile or label of a process that nothing would enforce is an error, not a promise. */

#define CONTEXT_ANNOTATION "run.oci.mount_context_type"

static const char *const context_types[] = {"context", "fscontext", "defcontext", "rootcontext"};

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

/* On a kernel without AppArmor everything is unconfined already. */
static void plan_apparmor(struct planner *planner, const char *profile)
{
    if (planner->facts->apparmor)
        planner->plan->process.apparmor_profile = profile;
    else if (strcmp(profile, "unconfined") != 0)
        problem_unsupported(&planner->problems, "/process/apparmorProfile",
                            "the profile \"%s\" cannot be applied: AppArmor is not enabled in this "
                            "kernel (boot with apparmor=1 security=apparmor, or leave the profile "
                            "out)",
                            profile);
}

static void plan_selinux(struct planner *planner, const char *label)
{
    if (planner->facts->selinux)
        planner->plan->process.selinux_label = label;
    else
        problem_unsupported(&planner->problems, "/process/selinuxLabel",
                            "the label cannot be applied: SELinux is not enabled on this host "
                            "(there is no selinuxfs at /sys/fs/selinux; leave the label out)");
}

/* What one of these filesystems shows is labelled by the policy, file by file; and the superblock of
 * mqueue is older than its mount: the kernel takes a context for none of them. */
static bool takes_context(const struct plan_mount *mount)
{
    static const char *const own[] = {"proc", "sysfs", "mqueue"};
    if (mount->kind != MOUNT_FILESYSTEM || is_one_of(mount->fstype, own, ELEMENTSOF(own)))
        return false;
    for (size_t i = 0; i < mount->n_fs_options; i++)
        if (is_one_of(mount->fs_options[i].key, context_types, ELEMENTSOF(context_types)))
            return false;
    return true;
}

/* fsconfig(2) takes the label as it is: its commas need no quotes. */
static int add_context(struct planner *planner, struct plan_mount *mount, const char *type,
                       const char *label)
{
    size_t n = mount->n_fs_options;
    struct plan_fs_option *options = arena_array(planner->arena, n + 1, sizeof(*options));
    if (!options)
        return -ENOMEM;
    if (n > 0)
        memcpy(options, mount->fs_options, n * sizeof(*options));
    options[n] = (struct plan_fs_option){.key = type, .value = label, .where = "/linux/mountLabel"};
    mount->fs_options = options;
    mount->n_fs_options = n + 1;
    return 0;
}

static const char *context_type(struct planner *planner)
{
    const char *value = planner_annotation(planner, CONTEXT_ANNOTATION);
    if (value && !is_one_of(value, context_types, ELEMENTSOF(context_types)))
        problem_config(&planner->problems, "/annotations/" CONTEXT_ANNOTATION,
                       "\"%s\" is none of context, fscontext, defcontext and rootcontext", value);
    return value ? value : "context";
}

static int plan_mount_label(struct planner *planner, const char *label)
{
    const char *type = context_type(planner);
    /* It confines nobody: it opens files to a process whose own label the policy holds back. */
    if (!planner->facts->selinux)
        return planner_warn(planner,
                            "mountLabel has no effect: SELinux is not enabled on this host");
    planner->plan->root.mount_label = label;
    for (size_t i = 0; i < planner->plan->n_mounts; i++) {
        struct plan_mount *mount = &planner->plan->mounts[i];
        if (takes_context(mount) && add_context(planner, mount, type, label) < 0)
            return -ENOMEM;
    }
    return 0;
}

int plan_labels(struct planner *planner)
{
    const struct process *process = planner->spec->process;
    const char *mount_label = planner->section->mount_label;
    if (process && process->apparmor_profile && process->apparmor_profile[0])
        plan_apparmor(planner, process->apparmor_profile);
    if (process && process->selinux_label && process->selinux_label[0])
        plan_selinux(planner, process->selinux_label);
    return mount_label && mount_label[0] ? plan_mount_label(planner, mount_label) : 0;
}
