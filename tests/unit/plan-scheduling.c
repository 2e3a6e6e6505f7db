/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/mempolicy.h>
#include <linux/sched.h>

#include "tests/unit/plan-fixture.h"

PLAN_SUITE(plan_scheduling);

static struct scheduler scheduler;

static void use(struct scheduler wanted)
{
    scheduler = wanted;
    f.process.scheduler = &scheduler;
}

Test(plan_scheduling, nothing_by_default)
{
    plan_well();
    cr_expect_null(f.plan->process.scheduler);
    cr_expect_null(f.plan->process.io_priority);
    cr_expect_null(f.plan->process.memory_policy);
}

Test(plan_scheduling, scheduler_is_handed_on)
{
    use((struct scheduler){.policy = SCHED_BATCH, .nice = -20});
    plan_well();
    cr_expect_eq(f.plan->process.scheduler, &scheduler);
    use((struct scheduler){.policy = SCHED_RR, .priority = 99});
    plan_well();
    use((struct scheduler){
        .policy = SCHED_DEADLINE, .runtime = 1024, .deadline = 1024, .period = 0});
    plan_well();
}

Test(plan_scheduling, priorities_have_ranges)
{
    use((struct scheduler){.policy = SCHED_NORMAL, .nice = 20});
    plan_badly("/process/scheduler/nice", "nice goes from -20 to 19, not 20");
    use((struct scheduler){.policy = SCHED_NORMAL, .nice = -21});
    plan_badly("/process/scheduler/nice", "nice goes from -20 to 19, not -21");
    use((struct scheduler){.policy = SCHED_NORMAL, .priority = 1});
    plan_badly("/process/scheduler/priority", "priority goes only with SCHED_FIFO and SCHED_RR");
    use((struct scheduler){.policy = SCHED_FIFO});
    plan_badly("/process/scheduler/priority",
               "SCHED_FIFO and SCHED_RR need a priority from 1 to 99, not 0");
    use((struct scheduler){.policy = SCHED_RR, .priority = 100});
    plan_badly("/process/scheduler/priority",
               "SCHED_FIFO and SCHED_RR need a priority from 1 to 99, not 100");
}

Test(plan_scheduling, a_nice_value_without_meaning_is_a_warning)
{
    use((struct scheduler){.policy = SCHED_FIFO, .priority = 1, .nice = 3});
    plan_well();
    expect_warning("/process/scheduler/nice: has a meaning only with SCHED_OTHER and SCHED_BATCH");
}

Test(plan_scheduling, deadlines_are_ordered)
{
    use((struct scheduler){.policy = SCHED_NORMAL, .runtime = 5000});
    plan_badly("/process/scheduler/runtime",
               "runtime, deadline and period go only with SCHED_DEADLINE");
    use((struct scheduler){.policy = SCHED_NORMAL, .period = 5000});
    plan_badly("/process/scheduler/period",
               "runtime, deadline and period go only with SCHED_DEADLINE");
    use((struct scheduler){.policy = SCHED_DEADLINE, .runtime = 1023, .deadline = 5000});
    plan_badly("/process/scheduler/runtime",
               "SCHED_DEADLINE needs a runtime of at least 1024 nanoseconds");
    use((struct scheduler){.policy = SCHED_DEADLINE, .runtime = 5000, .deadline = 4999});
    plan_badly("/process/scheduler/deadline", "the deadline must not be shorter than the runtime");
    use((struct scheduler){
        .policy = SCHED_DEADLINE, .runtime = 5000, .deadline = 6000, .period = 5999});
    plan_badly("/process/scheduler/period",
               "the period must not be shorter than the deadline, nor above 2^63-1");
    use((struct scheduler){
        .policy = SCHED_DEADLINE, .runtime = 5000, .deadline = 6000, .period = UINT64_MAX});
    plan_badly("/process/scheduler/period",
               "the period must not be shorter than the deadline, nor above 2^63-1");
}

Test(plan_scheduling, deadline_and_hooks_need_reset_on_fork)
{
    struct hook hook = {.path = "/bin/true"};
    struct hooks hooks = {0};
    hooks.start_container.items = &hook;
    hooks.start_container.n = 1;
    f.spec.hooks = &hooks;
    use((struct scheduler){.policy = SCHED_DEADLINE, .runtime = 5000, .deadline = 5000});
    plan_badly("/process/scheduler/flags",
               "SCHED_DEADLINE needs SCHED_FLAG_RESET_ON_FORK when the container has hooks to run: "
               "the kernel lets it make no process otherwise");
    scheduler.flags.mask = SCHED_FLAG_RESET_ON_FORK;
    plan_well();
}

Test(plan_scheduling, nodes_become_a_mask)
{
    struct memory_policy policy = {.mode = MPOL_BIND, .nodes = "0-2, 64,1023"};
    policy.flags.mask = MPOL_F_STATIC_NODES;
    f.section.memory_policy = &policy;
    plan_well();
    const struct plan_memory_policy *plan = f.plan->process.memory_policy;
    cr_expect_eq(plan->mode, MPOL_BIND | MPOL_F_STATIC_NODES);
    cr_expect_eq(plan->nodes[0], 7);
    cr_expect_eq(plan->nodes[1], 1);
    cr_expect_eq(plan->nodes[15], 1UL << 63);
    policy = (struct memory_policy){.mode = MPOL_DEFAULT, .nodes = ""};
    plan_well();
    cr_expect_null(f.plan->process.memory_policy->text);
}

Test(plan_scheduling, lists_of_nodes_are_read_strictly)
{
    static const char *const lists[] = {"-",   "1-", "-1",   "2-1",  "0,,1",
                                        "0 1", ",",  "1--2", "1-2-3"};
    struct memory_policy policy = {.mode = MPOL_BIND};
    f.section.memory_policy = &policy;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        char text[128];
        policy.nodes = lists[i];
        snprintf(text, sizeof(text), "\"%s\" is not a list of nodes such as \"0-3,7\"", lists[i]);
        plan_badly("/linux/memoryPolicy/nodes", text);
    }
    policy.nodes = "1024";
    plan_badly("/linux/memoryPolicy/nodes", "Linux has no node above 1023");
    policy.nodes = "0-99999999999999999999";
    plan_badly("/linux/memoryPolicy/nodes", "Linux has no node above 1023");
}
