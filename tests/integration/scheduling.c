/* SPDX-License-Identifier: Apache-2.0 */

/* process.scheduler, process.ioPriority and linux.memoryPolicy, as the payload finds them. */

#include <sys/prctl.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(scheduling, TEST_SUITE);

static struct bundle *scheduled(const char *scheduler)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/scheduler", "%s", scheduler);
    bundle_payload(bundle, "sched");
    return bundle;
}

static void assert_scheduled(const char *scheduler, const char *expected)
{
    assert_fact(bundle_run_ok(scheduled(scheduler)), "sched", expected);
}

/* ---- scheduler ---- */

Test(scheduling, every_policy_reaches_the_program, .description = "R140 R141 R142")
{
    assert_scheduled("{\"policy\":\"SCHED_OTHER\",\"nice\":3}",
                     "policy 0 flags 0 nice 3 priority 0 times 0 0 0");
    assert_scheduled("{\"policy\":\"SCHED_BATCH\",\"nice\":-5}",
                     "policy 3 flags 0 nice -5 priority 0 times 0 0 0");
    assert_scheduled("{\"policy\":\"SCHED_IDLE\"}",
                     "policy 5 flags 0 nice 0 priority 0 times 0 0 0");
    assert_scheduled("{\"policy\":\"SCHED_FIFO\",\"priority\":10}",
                     "policy 1 flags 0 nice 0 priority 10 times 0 0 0");
    assert_scheduled("{\"policy\":\"SCHED_RR\",\"priority\":99}",
                     "policy 2 flags 0 nice 0 priority 99 times 0 0 0");
}

Test(scheduling, a_deadline_reaches_the_program, .description = "R144")
{
    assert_scheduled("{\"policy\":\"SCHED_DEADLINE\",\"runtime\":10000000,\"deadline\":50000000,"
                     "\"period\":100000000}",
                     "policy 6 flags 0 nice 0 priority 0 times 10000000 50000000 100000000");
    assert_scheduled("{\"policy\":\"SCHED_DEADLINE\",\"runtime\":10000000,\"deadline\":50000000,"
                     "\"flags\":[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_DL_OVERRUN\"]}",
                     "policy 6 flags 0x6 nice 0 priority 0 times 10000000 50000000 50000000");
}

Test(scheduling, flags_reach_the_program, .description = "R143")
{
    assert_scheduled("{\"policy\":\"SCHED_RR\",\"priority\":1,"
                     "\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]}",
                     "policy 2 flags 0x1 nice 0 priority 1 times 0 0 0");
    /* The policy and the parameters that the caller had. */
    assert_scheduled("{\"policy\":\"SCHED_BATCH\",\"nice\":7,"
                     "\"flags\":[\"SCHED_FLAG_KEEP_POLICY\"]}",
                     "policy 0 flags 0 nice 7 priority 0 times 0 0 0");
    assert_scheduled("{\"policy\":\"SCHED_OTHER\",\"nice\":7,"
                     "\"flags\":[\"SCHED_FLAG_KEEP_POLICY\",\"SCHED_FLAG_KEEP_PARAMS\"]}",
                     "policy 0 flags 0 nice 0 priority 0 times 0 0 0");
}

Test(scheduling, utilisation_clamps_work_or_say_that_the_kernel_has_none)
{
    struct bundle *bundle = scheduled("{\"policy\":\"SCHED_OTHER\",\"flags\":"
                                      "[\"SCHED_FLAG_UTIL_CLAMP_MIN\","
                                      "\"SCHED_FLAG_UTIL_CLAMP_MAX\"]}");
    struct result *result = bundle_run(bundle);

    if (result->status == 0)
        assert_contains(fact(result, "sched"), "policy 0");
    else
        assert_failed(result, 125, "/process/scheduler", "SCHED_OTHER", "CONFIG_UCLAMP_TASK");
}

Test(scheduling, a_user_namespace_has_it_from_its_maker)
{
    struct bundle *bundle = scheduled("{\"policy\":\"SCHED_FIFO\",\"priority\":10}");

    bundle_map_users(bundle);
    bundle_set(bundle, "/process/ioPriority", "{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":2}");
    bundle_payload(bundle, "sched ; process");
    struct result *result = bundle_run_ok(bundle);

    assert_fact(result, "sched", "policy 1 flags 0 nice 0 priority 10 times 0 0 0");
    assert_fact(result, "ioprio", text_format("%d", 1 << 13 | 2));
}

Test(scheduling, wrong_schedulers_are_refused, .description = "R140 R143")
{
    static const struct {
        const char *scheduler, *where;
    } cases[] = {
        {"{\"policy\":\"SCHED_NOPE\"}", "/process/scheduler/policy"},
        {"{\"policy\":\"SCHED_ISO\"}", "/process/scheduler/policy"},
        {"{\"nice\":1}", "/process/scheduler"},
        {"{\"policy\":\"SCHED_OTHER\",\"nice\":20}", "/process/scheduler/nice"},
        {"{\"policy\":\"SCHED_OTHER\",\"priority\":5}", "/process/scheduler/priority"},
        {"{\"policy\":\"SCHED_FIFO\"}", "/process/scheduler/priority"},
        {"{\"policy\":\"SCHED_OTHER\",\"runtime\":5000}", "/process/scheduler"},
        {"{\"policy\":\"SCHED_DEADLINE\"}", "/process/scheduler/runtime"},
        {"{\"policy\":\"SCHED_OTHER\",\"flags\":[\"SCHED_FLAG_NOPE\"]}",
         "/process/scheduler/flags/0"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_run_fails(scheduled(cases[i].scheduler), cases[i].where);
}

/* ---- refused by the kernel ---- */

enum { SYS_NICE = 23 };

static void drop_nice(const void *data)
{
    (void)data;
    prctl(PR_CAPBSET_DROP, SYS_NICE, 0, 0, 0);
}

Test(scheduling, what_the_caller_may_not_give_is_explained)
{
    struct setting setting = {.prepare = drop_nice};
    struct bundle *bundle = scheduled("{\"policy\":\"SCHED_FIFO\",\"priority\":10}");

    assert_failed(bundle_run_with(bundle, &setting), 125, "/process/scheduler", "SCHED_FIFO",
                  "CAP_SYS_NICE", "cpuset");
}

/* ---- I/O priority ---- */

Test(scheduling, every_io_class_reaches_the_program, .description = "R147 R148")
{
    static const char *const classes[] = {"RT", "BE", "IDLE"};

    for (int i = 0; i < 3; i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/process/ioPriority", "{\"class\":\"IOPRIO_CLASS_%s\",\"priority\":%d}",
                   classes[i], i + 3);
        bundle_payload(bundle, "process");
        assert_fact(bundle_run_ok(bundle), "ioprio", text_format("%d", (i + 1) << 13 | (i + 3)));
    }
}

Test(scheduling, children_have_the_io_priority_too, .description = "R146")
{
    struct bundle *bundle = bundle_new_busybox();

    bundle_set(bundle, "/process/ioPriority", "{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":6}");
    bundle_args(bundle, "/bin/sh", "-c", "/bin/busybox ionice; (/bin/busybox ionice); true", NULL);
    cr_assert_str_eq(bundle_run_ok(bundle)->out, "best-effort: prio 6\nbest-effort: prio 6\n");
}

Test(scheduling, wrong_io_priorities_are_refused, .description = "R147 R148")
{
    static const struct {
        const char *priority, *where;
    } cases[] = {
        {"{\"class\":\"IOPRIO_CLASS_NOPE\",\"priority\":1}", "/process/ioPriority/class"},
        {"{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}", "/process/ioPriority/priority"},
        {"{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":-1}", "/process/ioPriority/priority"},
        {"{\"priority\":1}", "/process/ioPriority"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/process/ioPriority", "%s", cases[i].priority);
        assert_run_fails(bundle, cases[i].where);
    }
}

/* ---- memory policy ---- */

static struct bundle *with_memory(const char *policy)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/memoryPolicy", "%s", policy);
    bundle_payload(bundle, "mempolicy");
    return bundle;
}

static void assert_memory(const char *policy, const char *expected)
{
    assert_fact(bundle_run_ok(with_memory(policy)), "mempolicy", expected);
}

Test(scheduling, every_memory_mode_reaches_the_program, .description = "R305 R306")
{
    assert_memory("{\"mode\":\"MPOL_DEFAULT\"}", "0 nodes 0");
    assert_memory("{\"mode\":\"MPOL_LOCAL\"}", "0x4 nodes 0");
    assert_memory("{\"mode\":\"MPOL_PREFERRED\",\"nodes\":\"0\"}", "0x1 nodes 0x1");
    assert_memory("{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\"}", "0x2 nodes 0x1");
    assert_memory("{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0\"}", "0x3 nodes 0x1");
    assert_memory("{\"mode\":\"MPOL_PREFERRED_MANY\",\"nodes\":\"0\"}", "0x5 nodes 0x1");
}

Test(scheduling, memory_flags_reach_the_program, .description = "R307")
{
    assert_memory("{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}",
                  "0x8002 nodes 0x1");
    assert_memory("{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_RELATIVE_NODES\"]}",
                  "0x4002 nodes 0x1");
    assert_memory("{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]}",
                  "0x2002 nodes 0x1");
}

Test(scheduling, weighted_interleave_works_or_names_the_kernel_that_has_it, .description = "R305")
{
    struct result *result =
        bundle_run(with_memory("{\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\",\"nodes\":\"0\"}"));

    if (result->status == 0)
        assert_fact(result, "mempolicy", "0x6 nodes 0x1");
    else
        assert_failed(result, 125, "/linux/memoryPolicy", "MPOL_WEIGHTED_INTERLEAVE", "6.9");
}

Test(scheduling, a_node_that_the_host_has_not_is_explained)
{
    assert_run_fails(with_memory("{\"mode\":\"MPOL_BIND\",\"nodes\":\"1000-1023\"}"),
                     "/linux/memoryPolicy", "MPOL_BIND", "1000-1023", "node/online");
}

Test(scheduling, wrong_memory_policies_are_refused, .description = "R305 R306 R307")
{
    static const struct {
        const char *policy, *where;
    } cases[] = {
        {"{\"mode\":\"MPOL_NOPE\"}", "/linux/memoryPolicy/mode"},
        {"{\"mode\":\"MPOL_BIND\"}", "/linux/memoryPolicy"},
        {"{\"mode\":\"MPOL_DEFAULT\",\"nodes\":\"0\"}", "/linux/memoryPolicy/nodes"},
        {"{\"mode\":\"MPOL_BIND\",\"nodes\":\"zero\"}", "/linux/memoryPolicy/nodes"},
        {"{\"mode\":\"MPOL_BIND\",\"nodes\":\"1-0\"}", "/linux/memoryPolicy/nodes"},
        {"{\"mode\":\"MPOL_BIND\",\"nodes\":\"1024\"}", "/linux/memoryPolicy/nodes"},
        {"{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NOPE\"]}",
         "/linux/memoryPolicy/flags/0"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_run_fails(with_memory(cases[i].policy), cases[i].where);
}
