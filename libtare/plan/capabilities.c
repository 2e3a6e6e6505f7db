/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "plan/planner.h"

static const char *const names[] = {
    [CAP_CHOWN] = "CAP_CHOWN",
    [CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
    [CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
    [CAP_FOWNER] = "CAP_FOWNER",
    [CAP_FSETID] = "CAP_FSETID",
    [CAP_KILL] = "CAP_KILL",
    [CAP_SETGID] = "CAP_SETGID",
    [CAP_SETUID] = "CAP_SETUID",
    [CAP_SETPCAP] = "CAP_SETPCAP",
    [CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
    [CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
    [CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
    [CAP_NET_ADMIN] = "CAP_NET_ADMIN",
    [CAP_NET_RAW] = "CAP_NET_RAW",
    [CAP_IPC_LOCK] = "CAP_IPC_LOCK",
    [CAP_IPC_OWNER] = "CAP_IPC_OWNER",
    [CAP_SYS_MODULE] = "CAP_SYS_MODULE",
    [CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
    [CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
    [CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
    [CAP_SYS_PACCT] = "CAP_SYS_PACCT",
    [CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
    [CAP_SYS_BOOT] = "CAP_SYS_BOOT",
    [CAP_SYS_NICE] = "CAP_SYS_NICE",
    [CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
    [CAP_SYS_TIME] = "CAP_SYS_TIME",
    [CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
    [CAP_MKNOD] = "CAP_MKNOD",
    [CAP_LEASE] = "CAP_LEASE",
    [CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
    [CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
    [CAP_SETFCAP] = "CAP_SETFCAP",
    [CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
    [CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
    [CAP_SYSLOG] = "CAP_SYSLOG",
    [CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
    [CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
    [CAP_AUDIT_READ] = "CAP_AUDIT_READ",
    [CAP_PERFMON] = "CAP_PERFMON",
    [CAP_BPF] = "CAP_BPF",
    [CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};

const char *capability_name(int capability)
{
    return capability >= 0 && (size_t)capability < ELEMENTSOF(names) ? names[capability] : NULL;
}

int capability_find(const char *name)
{
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* Names → mask, without what cannot be granted: config.md asks for a warning and no error there. */
static int read_set(struct planner *planner, const struct strings *list, uint64_t grantable,
                    uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < list->n; i++) {
        const char *name = list->items[i];
        int capability = capability_find(name);
        int r = 0;
        if (capability < 0 || capability > planner->facts->last_cap)
            r = planner_warn(planner, "capability \"%s\" is unknown and left out", name);
        else if (!(grantable >> capability & 1))
            r = planner_warn(planner,
                             "capability %s cannot be granted and is left out: the caller does not "
                             "have it",
                             name);
        else
            *ret |= UINT64_C(1) << capability;
        if (r < 0)
            return r;
    }
    return 0;
}

/* Keep in *set what is in `within`, too: the kernel refuses the whole of the sets otherwise. */
static int restrict_set(struct planner *planner, uint64_t *set, uint64_t within, const char *what,
                        const char *reason)
{
    for (int i = 0; i <= planner->facts->last_cap; i++) {
        if (!(*set & ~within & (UINT64_C(1) << i)))
            continue;
        if (planner_warn(planner, "capability %s is left out of the %s set: it is not %s",
                         capability_name(i), what, reason) < 0)
            return -ENOMEM;
    }
    *set &= within;
    return 0;
}

int plan_capabilities(struct planner *planner)
{
    const struct process *process = planner->spec->process;
    if (!process || !process->capabilities)
        return 0;
    const struct capability_names *wanted = process->capabilities;
    struct plan_capabilities *plan = &planner->plan->process.capabilities;
    uint64_t effective = planner->facts->cap_effective, bounding = planner->facts->cap_bounding;
    /* The first process of a user namespace, and one that joins it, has all capabilities there. */
    if (planner_has(planner, NAMESPACE_USER))
        effective = bounding = ~UINT64_C(0);

    plan->set = true;
    if (read_set(planner, &wanted->bounding, bounding, &plan->bounding) < 0 ||
        read_set(planner, &wanted->permitted, effective, &plan->permitted) < 0 ||
        read_set(planner, &wanted->effective, effective, &plan->effective) < 0 ||
        read_set(planner, &wanted->inheritable, effective, &plan->inheritable) < 0 ||
        read_set(planner, &wanted->ambient, effective, &plan->ambient) < 0)
        return -ENOMEM;

    /* capabilities(7) "Programmatically adjusting capability sets", "Ambient" */
    if (restrict_set(planner, &plan->effective, plan->permitted, "effective", "permitted") < 0 ||
        restrict_set(planner, &plan->inheritable, plan->bounding, "inheritable",
                     "in the bounding set") < 0 ||
        restrict_set(planner, &plan->ambient, plan->permitted & plan->inheritable, "ambient",
                     "both permitted and inheritable") < 0)
        return -ENOMEM;
    return 0;
}
