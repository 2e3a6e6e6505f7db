/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/scheduling.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spec/json-kind.h"
#include "spec/names.h"

#define UTILISATION_MAX 1024 /* SCHED_CAPACITY_SCALE: a whole processor */

static const char *name_in(const struct json_name *names, int value)
{
    const struct json_name *name = json_name_of(names, (uint64_t)value);
    return name ? name->name : "?";
}

/* ---- scheduler ---- */

static void explain_scheduler(const struct scheduler *scheduler, int code, struct error *err)
{
    if (code == EPERM && scheduler->policy == SCHED_DEADLINE)
        error_add_hint(err, "SCHED_DEADLINE needs CAP_SYS_NICE, and a process that may run on all "
                            "processors: not with resources.cpu.cpus");
    else if (code == EPERM)
        error_add_hint(err, "this needs CAP_SYS_NICE; and where the kernel shares real-time among "
                            "cgroups, one with a cpu.rt_runtime_us or cpuset that allows it");
    else if (code == EBUSY)
        error_add_hint(err, "the processors have no such runtime left: see "
                            "/proc/sys/kernel/sched_rt_runtime_us");
    else if (code == EOPNOTSUPP)
        error_add_hint(err, "this kernel was built without utilisation clamps "
                            "(CONFIG_UCLAMP_TASK)");
}

/* The configuration can ask for clamps and has no values for them: none is what they get, 0 from
 * below and all from above. */
static int set_scheduler(pid_t pid, const struct scheduler *scheduler, struct error *err)
{
    struct sched_attr attr = {
        .size = sizeof(attr),
        .sched_policy = (__u32)scheduler->policy,
        .sched_flags = scheduler->flags.mask,
        .sched_nice = scheduler->nice,
        .sched_priority = (__u32)scheduler->priority,
        .sched_runtime = scheduler->runtime,
        .sched_deadline = scheduler->deadline,
        .sched_period = scheduler->period,
        .sched_util_max = scheduler->flags.mask & SCHED_FLAG_UTIL_CLAMP_MAX ? UTILISATION_MAX : 0,
    };
    if (syscall(SYS_sched_setattr, pid, &attr, 0) == 0)
        return 0;
    int code = errno;
    error_sys(err, code, "set the scheduler %s",
              name_in(scheduler_policy_names, scheduler->policy));
    error_add_where(err, "/process/scheduler");
    explain_scheduler(scheduler, code, err);
    return -code;
}

/* The specification speaks of the container's process group. That is the init alone by now, and
 * whatever joins it inherits from it. */
static int set_io_priority(pid_t pid, const struct io_priority *priority, struct error *err)
{
    int value = IOPRIO_PRIO_VALUE(priority->class, priority->priority);
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value) == 0)
        return 0;
    int code = errno;
    error_sys(err, code, "set the I/O priority %s %d",
              name_in(io_priority_class_names, priority->class), priority->priority);
    error_add_where(err, "/process/ioPriority");
    if (code == EPERM)
        error_add_hint(err, "IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN");
    return -code;
}

int process_schedule(pid_t pid, const struct plan_process *process, struct error *err)
{
    int r = process->scheduler ? set_scheduler(pid, process->scheduler, err) : 0;
    if (r == 0 && process->io_priority)
        r = set_io_priority(pid, process->io_priority, err);
    return r;
}

/* ---- processors ---- */

void affinity_reset(void)
{
    struct plan_processors any;
    memset(&any, 0xff, sizeof(any));
    /* Nobody is refused all processors but by a filter of our caller: then it stays as it is. */
    (void)syscall(SYS_sched_setaffinity, 0, sizeof(any.mask), any.mask);
}

int affinity_set(const struct plan_process *process, struct error *err)
{
    const struct plan_processors *final = process->final_processors;
    if (!final) {
        if (!process->initial_processors)
            affinity_reset();
        return 0;
    }
    if (syscall(SYS_sched_setaffinity, 0, sizeof(final->mask), final->mask) == 0)
        return 0;
    int code = errno;
    error_sys(err, code, "bind the process to the processors %s", final->text);
    error_add_where(err, "/process/execCPUAffinity/final");
    if (code == EINVAL)
        error_add_hint(err, "is one of them online, and in the container's resources.cpu.cpus?");
    return -code;
}

/* ---- limits ---- */

int limits_raise(pid_t pid, const struct plan_process *process, struct error *err)
{
    for (size_t i = 0; i < process->n_rlimits; i++) {
        const struct plan_rlimit *wanted = &process->rlimits[i];
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)wanted->resource, &limit) < 0 ||
            wanted->limit.rlim_max <= limit.rlim_max)
            continue;
        rlim_t most = limit.rlim_max;
        limit.rlim_max = wanted->limit.rlim_max;
        if (prlimit(pid, (__rlimit_resource_t)wanted->resource, &limit, NULL) < 0) {
            int r = error_sys(err, errno, "raise a hard limit of the container's process");
            error_add_where(err, "/process/rlimits/%zu", i);
            error_add_hint(err, "this needs CAP_SYS_RESOURCE; without it %llu is the most",
                           (unsigned long long)most);
            return r;
        }
    }
    return 0;
}

/* ---- for a while ---- */

static int set_attributes(pid_t pid, const struct sched_attr *attr, const char *what,
                          struct error *err)
{
    if (syscall(SYS_sched_setattr, pid, attr, 0) == 0)
        return 0;
    int code = errno;
    error_sys(err, code, "%s", what);
    if (code == EPERM)
        error_add_hint(err, "this needs CAP_SYS_NICE");
    return -code;
}

int process_let_fork(pid_t pid, struct sched_attr *ret, struct error *err)
{
    if (syscall(SYS_sched_getattr, pid, ret, sizeof(*ret), 0) < 0)
        return error_sys(err, errno, "look at how the process is scheduled");
    struct sched_attr attr = *ret;
    attr.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
    return set_attributes(pid, &attr, "let the process make a thread", err);
}

int process_reschedule(pid_t pid, const struct sched_attr *attr, struct error *err)
{
    return set_attributes(pid, attr, "take back that the process may make threads", err);
}

/* ---- memory policy ---- */

int memory_policy_set(const struct plan_process *process, struct error *err)
{
    const struct plan_memory_policy *policy = process->memory_policy;
    if (!policy)
        return 0;
    /* The kernel reads one bit less than it is told of. */
    long r = policy->text
                 ? syscall(SYS_set_mempolicy, policy->mode, policy->nodes, MEMORY_NODES + 1)
                 : syscall(SYS_set_mempolicy, policy->mode, NULL, 0);
    if (r == 0)
        return 0;
    int code = errno;
    error_sys(err, code, "set the memory policy %s%s%s",
              name_in(memory_policy_mode_names, policy->mode & ~MPOL_MODE_FLAGS),
              policy->text ? " of nodes " : "", policy->text ? policy->text : "");
    error_add_where(err, "/linux/memoryPolicy");
    if (code == EINVAL && policy->text)
        error_add_hint(err, "are these nodes online (/sys/devices/system/node/online) and in the "
                            "container's resources.cpu.mems? MPOL_WEIGHTED_INTERLEAVE needs Linux "
                            "6.9");
    if (code == ENOSYS)
        error_add_hint(err, "this kernel was built without CONFIG_NUMA");
    return -code;
}
