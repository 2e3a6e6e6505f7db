/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "plan/planner.h"

/* When the process gets the processor, the disk and which memory: process.scheduler,
 * process.ioPriority and linux.memoryPolicy. What sched_setattr(2) and set_mempolicy(2) would refuse
 * without a word more than EINVAL is told apart here. */

#define NICE_MIN         (-20)
#define NICE_MAX         19
#define RT_PRIORITY_MAX  99
#define DEADLINE_MINIMUM 1024 /* nanoseconds: the resolution of the kernel's calculation */

/* ---- scheduler ---- */

static void check_priorities(struct planner *planner, const struct scheduler *scheduler)
{
    struct problems *problems = &planner->problems;
    bool realtime = scheduler->policy == SCHED_FIFO || scheduler->policy == SCHED_RR;
    if (scheduler->nice < NICE_MIN || scheduler->nice > NICE_MAX)
        problem_config(problems, "/process/scheduler/nice", "nice goes from %d to %d, not %d",
                       NICE_MIN, NICE_MAX, scheduler->nice);
    if (!realtime && scheduler->priority != 0)
        problem_config(problems, "/process/scheduler/priority",
                       "priority goes only with SCHED_FIFO and SCHED_RR");
    if (realtime && (scheduler->priority < 1 || scheduler->priority > RT_PRIORITY_MAX))
        problem_config(problems, "/process/scheduler/priority",
                       "SCHED_FIFO and SCHED_RR need a priority from 1 to %d, not %d",
                       RT_PRIORITY_MAX, scheduler->priority);
}

/* runtime <= deadline <= period, where no period means the deadline: sched(7). */
static void check_deadline(struct planner *planner, const struct scheduler *scheduler)
{
    struct problems *problems = &planner->problems;
    uint64_t period = scheduler->period ? scheduler->period : scheduler->deadline;
    if (scheduler->policy != SCHED_DEADLINE) {
        const char *where = scheduler->runtime    ? "/process/scheduler/runtime"
                            : scheduler->deadline ? "/process/scheduler/deadline"
                            : scheduler->period   ? "/process/scheduler/period"
                                                  : NULL;
        if (where)
            problem_config(problems, where,
                           "runtime, deadline and period go only with SCHED_DEADLINE");
        return;
    }
    if (scheduler->runtime < DEADLINE_MINIMUM)
        problem_config(problems, "/process/scheduler/runtime",
                       "SCHED_DEADLINE needs a runtime of at least %d nanoseconds",
                       DEADLINE_MINIMUM);
    else if (scheduler->deadline < scheduler->runtime)
        problem_config(problems, "/process/scheduler/deadline",
                       "the deadline must not be shorter than the runtime");
    else if (period < scheduler->deadline || period > INT64_MAX)
        problem_config(problems, "/process/scheduler/period",
                       "the period must not be shorter than the deadline, nor above 2^63-1");
}

/* The kernel lets no process under SCHED_DEADLINE fork, and the container's init runs these hooks
 * when it has its policy: in a user namespace all the time, since only the maker may give it. */
static void check_fork(struct planner *planner, const struct scheduler *scheduler)
{
    const struct hooks *hooks = planner->plan->hooks;
    bool early = planner_has(planner, NAMESPACE_USER);
    if (scheduler->policy != SCHED_DEADLINE || scheduler->flags.mask & SCHED_FLAG_RESET_ON_FORK)
        return;
    if (hooks->start_container.n > 0 || (early && hooks->create_container.n > 0))
        problem_config(&planner->problems, "/process/scheduler/flags",
                       "SCHED_DEADLINE needs SCHED_FLAG_RESET_ON_FORK when the container has hooks "
                       "to run: the kernel lets it make no process otherwise");
}

static int plan_scheduler(struct planner *planner, const struct scheduler *scheduler)
{
    planner->plan->process.scheduler = scheduler;
    check_priorities(planner, scheduler);
    check_deadline(planner, scheduler);
    check_fork(planner, scheduler);
    if (scheduler->nice != 0 && scheduler->policy != SCHED_NORMAL &&
        scheduler->policy != SCHED_BATCH)
        return planner_warn(
            planner,
            "/process/scheduler/nice: has a meaning only with SCHED_OTHER and SCHED_BATCH");
    return 0;
}

/* ---- memory policy ---- */

/* "3" or "0-3" at *p, blanks around it; false when it is something else. */
static bool next_range(const char **p, unsigned long *first, unsigned long *last)
{
    char *end;
    *p += strspn(*p, " ");
    if (!isdigit((unsigned char)**p))
        return false;
    *first = *last = strtoul(*p, &end, 10);
    *p = end;
    if (**p == '-') {
        (*p)++;
        if (!isdigit((unsigned char)**p))
            return false;
        *last = strtoul(*p, &end, 10);
        *p = end;
    }
    *p += strspn(*p, " ");
    return *first <= *last;
}

/* A list of `what`, numbers below `limit`, as a mask. */
static void read_list(struct planner *planner, const char *where, const char *what,
                      const char *text, unsigned long *mask, unsigned limit)
{
    for (const char *p = text; *p;) {
        unsigned long first, last;
        if (!next_range(&p, &first, &last) || (*p && *p != ',')) {
            problem_config(&planner->problems, where,
                           "\"%s\" is not a list of %ss such as \"0-3,7\"", text, what);
            return;
        }
        if (last >= limit) {
            problem_config(&planner->problems, where, "Linux has no %s above %u", what, limit - 1);
            return;
        }
        for (unsigned long n = first; n <= last; n++)
            mask[n / LONG_BITS] |= 1UL << (n % LONG_BITS);
        if (*p)
            p++;
    }
}

static int plan_memory_policy(struct planner *planner, const struct memory_policy *policy)
{
    struct plan_memory_policy *plan = ARENA_NEW(planner->arena, struct plan_memory_policy);
    if (!plan)
        return -ENOMEM;
    plan->mode = policy->mode | (int)policy->flags.mask;
    plan->text = policy->nodes && policy->nodes[0] ? policy->nodes : NULL;
    if (plan->text)
        read_list(planner, "/linux/memoryPolicy/nodes", "node", plan->text, plan->nodes,
                  MEMORY_NODES);
    planner->plan->process.memory_policy = plan;
    return 0;
}

/* ---- processors ---- */

static int plan_processors(struct planner *planner, const char *where, const char *text,
                           const struct plan_processors **ret)
{
    if (!text || !text[0])
        return 0;
    struct plan_processors *plan = ARENA_NEW(planner->arena, struct plan_processors);
    if (!plan)
        return -ENOMEM;
    plan->text = text;
    read_list(planner, where, "processor", text, plan->mask, PROCESSORS);
    *ret = plan;
    return 0;
}

static int plan_affinity(struct planner *planner, const struct exec_cpu_affinity *affinity)
{
    struct plan_process *plan = &planner->plan->process;
    int r = plan_processors(planner, "/process/execCPUAffinity/initial", affinity->initial,
                            &plan->initial_processors);
    return r < 0 ? r
                 : plan_processors(planner, "/process/execCPUAffinity/final", affinity->final,
                                   &plan->final_processors);
}

int plan_scheduling(struct planner *planner, const struct process *process)
{
    int r = 0;
    planner->plan->process.io_priority = process->io_priority;
    if (process->scheduler)
        r = plan_scheduler(planner, process->scheduler);
    if (r == 0 && planner->section->memory_policy)
        r = plan_memory_policy(planner, planner->section->memory_policy);
    if (r == 0 && process->exec_cpu_affinity)
        r = plan_affinity(planner, process->exec_cpu_affinity);
    return r;
}
