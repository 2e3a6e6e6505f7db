/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan-fixture.h"
#include "spec/parse.h"

PLAN_SUITE(plan_resources);

static struct resources resources;
static struct memory_resources memory;
static struct cpu_resources cpu;
static struct block_io_resources block_io;
static struct network_resources network;
static struct plan_cgroup converted;

static int convert(void)
{
    error_release(&f.err);
    memset(&converted, 0, sizeof(converted));
    return plan_resources(&f.arena, &resources, "/linux/resources", &converted, &f.err);
}

static void convert_well(size_t n)
{
    int r = convert();
    cr_assert_eq(r, 0, "%s: %s", f.err.where, f.err.text);
    cr_assert_eq(converted.n_writes, n, "%zu writes", converted.n_writes);
}

static void convert_badly(const char *where, const char *text)
{
    cr_expect_eq(convert(), -EINVAL);
    cr_expect_eq(f.err.kind, ERROR_CONFIG);
    cr_expect_str_eq(f.err.where, where);
    cr_expect_str_eq(f.err.text, text);
    cr_expect_null(f.err.also);
}

static void expect_impossible(const char *where, const char *text)
{
    cr_expect_eq(convert(), -ENOTSUP);
    cr_expect_eq(f.err.kind, ERROR_UNSUPPORTED);
    cr_expect_str_eq(f.err.where, where);
    cr_expect_str_eq(f.err.text, text);
    cr_expect_null(f.err.also);
}

static const struct plan_cgroup_write *expect_write(size_t i, const char *controller,
                                                    const char *file, const char *value,
                                                    const char *where)
{
    cr_assert_lt(i, converted.n_writes);
    const struct plan_cgroup_write *write = &converted.writes[i];
    cr_expect_str_eq(write->controller, controller);
    cr_expect_str_eq(write->file, file);
    cr_expect_str_eq(write->value, value);
    cr_expect_str_eq(write->where, where);
    return write;
}

#define LIMIT(number) ((struct opt_i64)SET(number))

Test(plan_resources, nothing)
{
    convert_well(0);
    cr_expect_eq(converted.controllers, 0);
    resources.memory = &memory;
    resources.cpu = &cpu;
    resources.block_io = &block_io;
    resources.network = &network;
    convert_well(0);
}

/* ---- memory ---- */

Test(plan_resources, memory, .description = "R256 R283")
{
    resources.memory = &memory;
    memory.limit = LIMIT(67108864);
    memory.swap = LIMIT(134217728);
    memory.reservation = LIMIT(1024);
    convert_well(3);
    expect_write(0, "memory", "memory.max", "67108864", "/linux/resources/memory/limit");
    const struct plan_cgroup_write *swap =
        expect_write(1, "memory", "memory.swap.max", "67108864", "/linux/resources/memory/swap");
    cr_expect_not(swap->optional_file);
    expect_write(2, "memory", "memory.low", "1024", "/linux/resources/memory/reservation");
    cr_expect_eq(converted.controllers, CONTROLLER_MEMORY);
    cr_expect_not(converted.check_memory_usage);
}

Test(plan_resources, memory_without_limit, .description = "R256")
{
    resources.memory = &memory;
    memory.limit = LIMIT(-1);
    memory.reservation = LIMIT(-1);
    convert_well(3);
    expect_write(0, "memory", "memory.max", "max", "/linux/resources/memory/limit");
    cr_expect(expect_write(1, "memory", "memory.swap.max", "max", "/linux/resources/memory/limit")
                  ->optional_file);
    expect_write(2, "memory", "memory.low", "max", "/linux/resources/memory/reservation");
}

Test(plan_resources, memory_zero_is_not_given)
{
    resources.memory = &memory;
    memory.limit = memory.swap = memory.reservation = memory.kernel = memory.kernel_tcp = LIMIT(0);
    convert_well(0);
    memory.kernel = memory.kernel_tcp = LIMIT(-1);
    convert_well(0);
    memory.limit = LIMIT(4096);
    convert_well(1);
}

Test(plan_resources, swap)
{
    resources.memory = &memory;
    memory.limit = LIMIT(4096);
    memory.swap = LIMIT(4096);
    convert_well(2);
    cr_expect(expect_write(1, "memory", "memory.swap.max", "0", "/linux/resources/memory/swap")
                  ->optional_file);
    memory.swap = LIMIT(-1);
    convert_well(2);
    cr_expect(expect_write(1, "memory", "memory.swap.max", "max", "/linux/resources/memory/swap")
                  ->optional_file);
    memory.swap = LIMIT(4095);
    convert_badly("/linux/resources/memory/swap",
                  "the limit of memory and swap, 4095, is below that of memory, 4096");
    memory.limit = LIMIT(-1);
    convert_badly("/linux/resources/memory/swap", "unable to set swap limit without memory limit");
    memory.limit = (struct opt_i64){0};
    convert_badly("/linux/resources/memory/swap", "unable to set swap limit without memory limit");
    memory.swap = LIMIT(-1);
    convert_well(1);
    memory.swap = LIMIT(-2);
    convert_badly("/linux/resources/memory/swap",
                  "-2 is no limit: it is -1 for none, or not negative");
}

Test(plan_resources, negative_memory)
{
    resources.memory = &memory;
    memory.reservation = LIMIT(-5);
    convert_badly("/linux/resources/memory/reservation",
                  "-5 is no limit: it is -1 for none, or not negative");
    memory.reservation.set = false;
    memory.limit = LIMIT(INT64_MIN);
    convert_badly("/linux/resources/memory/limit",
                  "-9223372036854775808 is no limit: it is -1 for none, or not negative");
}

Test(plan_resources, memory_of_v1, .description = "R257 R258 R259 R260 R284")
{
    resources.memory = &memory;
    memory.kernel = LIMIT(4096);
    expect_impossible("/linux/resources/memory/kernel",
                      "a limit of kernel memory: cgroup v2 has no equivalent");
    memory = (struct memory_resources){.kernel_tcp = SET(1)};
    expect_impossible("/linux/resources/memory/kernelTCP",
                      "a limit of TCP buffers: cgroup v2 has no equivalent");
    memory = (struct memory_resources){.swappiness = SET(0)};
    expect_impossible("/linux/resources/memory/swappiness",
                      "swappiness: cgroup v2 has no equivalent");
    memory = (struct memory_resources){.disable_oom_killer = SET(true)};
    expect_impossible("/linux/resources/memory/disableOOMKiller",
                      "disabling the OOM killer: cgroup v2 has no equivalent");
    memory = (struct memory_resources){.use_hierarchy = SET(false)};
    expect_impossible("/linux/resources/memory/useHierarchy",
                      "accounting without hierarchy: cgroup v2 has no equivalent");
    memory = (struct memory_resources){.disable_oom_killer = SET(false),
                                       .use_hierarchy = SET(true),
                                       .check_before_update = SET(true)};
    convert_well(0);
    cr_expect(converted.check_memory_usage);
}

/* ---- cpu
 * -------------------------------------------------------------------------------------------------
 */

Test(plan_resources, cpu, .description = "R262 R265 R283")
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.shares = SET(1024),
                                 .quota = SET(50000),
                                 .period = SET(200000),
                                 .cpus = "0-1",
                                 .mems = "0"};
    convert_well(4);
    expect_write(0, "cpu", "cpu.weight", "100", "/linux/resources/cpu/shares");
    expect_write(1, "cpu", "cpu.max", "50000 200000", "/linux/resources/cpu/quota");
    expect_write(2, "cpuset", "cpuset.cpus", "0-1", "/linux/resources/cpu/cpus");
    expect_write(3, "cpuset", "cpuset.mems", "0", "/linux/resources/cpu/mems");
    cr_expect_eq(converted.controllers, CONTROLLER_CPU | CONTROLLER_CPUSET);
}

Test(plan_resources, cpu_zero_is_not_given)
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.shares = SET(0),
                                 .quota = SET(0),
                                 .period = SET(0),
                                 .realtime_runtime = SET(0),
                                 .realtime_period = SET(0),
                                 .cpus = "",
                                 .mems = ""};
    convert_well(0);
}

Test(plan_resources, cpu_quota)
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.quota = SET(5000)};
    convert_well(1);
    expect_write(0, "cpu", "cpu.max", "5000 100000", "/linux/resources/cpu/quota");
    cpu = (struct cpu_resources){.quota = SET(-1)};
    convert_well(1);
    expect_write(0, "cpu", "cpu.max", "max 100000", "/linux/resources/cpu/quota");
    cpu = (struct cpu_resources){.period = SET(5000)};
    convert_well(1);
    expect_write(0, "cpu", "cpu.max", "max 5000", "/linux/resources/cpu/period");
}

Test(plan_resources, cpu_times_that_the_kernel_refuses)
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.quota = SET(1000), .period = SET(1000)};
    convert_well(1);
    cpu.period.value = 1000000;
    convert_well(1);
    cpu.quota.value = 999;
    convert_badly("/linux/resources/cpu/quota", "the quota is at least 1000 microseconds, not 999");
    cpu = (struct cpu_resources){.period = SET(999)};
    convert_badly("/linux/resources/cpu/period",
                  "the period goes from 1000 to 1000000 microseconds, not 999");
    cpu.period.value = 1000001;
    convert_badly("/linux/resources/cpu/period",
                  "the period goes from 1000 to 1000000 microseconds, not 1000001");
}

Test(plan_resources, cpu_burst, .description = "R263 R264")
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.quota = SET(5000), .burst = SET(5000)};
    convert_well(3);
    expect_write(0, "cpu", "cpu.max.burst", "0", "/linux/resources/cpu/burst");
    expect_write(1, "cpu", "cpu.max", "5000 100000", "/linux/resources/cpu/quota");
    expect_write(2, "cpu", "cpu.max.burst", "5000", "/linux/resources/cpu/burst");
    cpu.burst.value = 0;
    convert_well(2);
    expect_write(1, "cpu", "cpu.max.burst", "0", "/linux/resources/cpu/burst");
    cpu.burst.value = 5001;
    convert_badly("/linux/resources/cpu/burst", "the burst, 5001, is above the quota, 5000");
}

Test(plan_resources, cpu_idle, .description = "R266")
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.idle = SET(1), .shares = SET(512)};
    convert_well(1);
    expect_write(0, "cpu", "cpu.idle", "1", "/linux/resources/cpu/idle");
    cpu.idle.value = 0;
    convert_well(2);
    expect_write(0, "cpu", "cpu.idle", "0", "/linux/resources/cpu/idle");
    expect_write(1, "cpu", "cpu.weight", "59", "/linux/resources/cpu/shares");
    cpu.idle.value = 2;
    convert_badly("/linux/resources/cpu/idle", "idle is 0 or 1, not 2");
}

Test(plan_resources, cpu_real_time, .description = "R262 R284")
{
    resources.cpu = &cpu;
    cpu.realtime_runtime = LIMIT(1);
    expect_impossible("/linux/resources/cpu/realtimeRuntime",
                      "a limit of real-time scheduling: cgroup v2 has no equivalent");
    cpu = (struct cpu_resources){.realtime_period = SET(1)};
    expect_impossible("/linux/resources/cpu/realtimePeriod",
                      "a limit of real-time scheduling: cgroup v2 has no equivalent");
}

/* ---- pids
 * ------------------------------------------------------------------------------------------------
 */

Test(plan_resources, pids, .description = "R275 R276")
{
    resources.pids_limit = LIMIT(100);
    convert_well(1);
    expect_write(0, "pids", "pids.max", "100", "/linux/resources/pids/limit");
    cr_expect_eq(converted.controllers, CONTROLLER_PIDS);
    resources.pids_limit = LIMIT(0);
    convert_well(1);
    expect_write(0, "pids", "pids.max", "0", "/linux/resources/pids/limit");
    resources.pids_limit = LIMIT(-1);
    convert_well(1);
    expect_write(0, "pids", "pids.max", "max", "/linux/resources/pids/limit");
    resources.pids_limit = LIMIT(-2);
    convert_badly("/linux/resources/pids/limit",
                  "-2 is no limit: it is -1 for none, or not negative");
}

/* ---- block devices ---- */

static void expect_weight(uint16_t weight, const char *raw, const char *converted_weight)
{
    block_io.weight = (struct opt_u16)SET(weight);
    convert_well(1);
    const struct plan_cgroup_write *write =
        expect_write(0, "io", "io.bfq.weight", raw, "/linux/resources/blockIO/weight");
    cr_expect_str_eq(write->fallback_file, "io.weight");
    cr_expect_str_eq(write->fallback_value, converted_weight);
}

Test(plan_resources, io_weight, .description = "R267 R283")
{
    resources.block_io = &block_io;
    expect_weight(10, "10", "1");
    expect_weight(500, "500", "4950");
    expect_weight(1000, "1000", "10000");
    cr_expect_eq(converted.controllers, CONTROLLER_IO);
    block_io.weight.value = 0;
    convert_well(0);
    block_io.weight.value = 9;
    convert_badly("/linux/resources/blockIO/weight", "9 is no weight: it is 10 to 1000");
    block_io.weight.value = 1001;
    convert_badly("/linux/resources/blockIO/weight", "1001 is no weight: it is 10 to 1000");
}

Test(plan_resources, io_weight_of_devices, .description = "R267 R269")
{
    resources.block_io = &block_io;
    SET_LIST(block_io.weight_device, {8, 0, SET(100), {0}}, {8, 16, SET(1000), SET(0)});
    convert_well(2);
    const struct plan_cgroup_write *write = expect_write(1, "io", "io.bfq.weight", "8:16 1000",
                                                         "/linux/resources/blockIO/weightDevice/1");
    cr_expect_str_eq(write->fallback_file, "io.weight");
    cr_expect_str_eq(write->fallback_value, "8:16 10000");
    SET_LIST(block_io.weight_device, {8, 0, {0}, {0}});
    convert_badly("/linux/resources/blockIO/weightDevice/0",
                  "an entry has a weight, a leafWeight or both");
    SET_LIST(block_io.weight_device, {8, 0, SET(5), {0}});
    convert_badly("/linux/resources/blockIO/weightDevice/0/weight",
                  "5 is no weight: it is 10 to 1000");
    SET_LIST(block_io.weight_device, {8, 0, {0}, SET(10)});
    expect_impossible("/linux/resources/blockIO/weightDevice/0/leafWeight",
                      "leafWeight: cgroup v2 has no equivalent");
}

Test(plan_resources, io_leaf_weight, .description = "R267 R284")
{
    resources.block_io = &block_io;
    block_io.leaf_weight = (struct opt_u16)SET(10);
    expect_impossible("/linux/resources/blockIO/leafWeight",
                      "leafWeight: cgroup v2 has no equivalent");
    block_io.leaf_weight.value = 0;
    convert_well(0);
}

Test(plan_resources, io_throttles, .description = "R267")
{
    resources.block_io = &block_io;
    SET_LIST(block_io.throttle_read_bps, {8, 0, 1000}, {8, 16, 0});
    SET_LIST(block_io.throttle_write_bps, {8, 0, 2000});
    SET_LIST(block_io.throttle_read_iops, {8, 0, 3000});
    SET_LIST(block_io.throttle_write_iops, {8, 0, UINT64_MAX});
    convert_well(5);
    expect_write(0, "io", "io.max", "8:0 rbps=1000",
                 "/linux/resources/blockIO/throttleReadBpsDevice/0");
    expect_write(1, "io", "io.max", "8:16 rbps=max",
                 "/linux/resources/blockIO/throttleReadBpsDevice/1");
    expect_write(2, "io", "io.max", "8:0 wbps=2000",
                 "/linux/resources/blockIO/throttleWriteBpsDevice/0");
    expect_write(3, "io", "io.max", "8:0 riops=3000",
                 "/linux/resources/blockIO/throttleReadIOPSDevice/0");
    expect_write(4, "io", "io.max", "8:0 wiops=18446744073709551615",
                 "/linux/resources/blockIO/throttleWriteIOPSDevice/0");
}

/* ---- the rest ---- */

Test(plan_resources, huge_pages, .description = "R270 R271 R272")
{
    SET_LIST(resources.hugepage_limits, {"2MB", 4194304});
    convert_well(2);
    cr_expect_not(expect_write(0, "hugetlb", "hugetlb.2MB.max", "4194304",
                               "/linux/resources/hugepageLimits/0")
                      ->optional_file);
    cr_expect(expect_write(1, "hugetlb", "hugetlb.2MB.rsvd.max", "4194304",
                           "/linux/resources/hugepageLimits/0")
                  ->optional_file);
    cr_expect_eq(converted.controllers, CONTROLLER_HUGETLB);
    SET_LIST(resources.hugepage_limits, {"../2MB", 1});
    convert_badly("/linux/resources/hugepageLimits/0", "\"../2MB\" is no page size");
}

Test(plan_resources, rdma, .description = "R277 R278")
{
    SET_LIST(resources.rdma, {"mlx5_0", SET(3), SET(10000)}, {"a/b~c", {0}, SET(0)});
    convert_well(2);
    expect_write(0, "rdma", "rdma.max", "mlx5_0 hca_handle=3 hca_object=10000",
                 "/linux/resources/rdma/mlx5_0");
    expect_write(1, "rdma", "rdma.max", "a/b~c hca_object=0", "/linux/resources/rdma/a~1b~0c");
    cr_expect_eq(converted.controllers, CONTROLLER_RDMA);
    SET_LIST(resources.rdma, {"x", {0}, {0}});
    convert_badly("/linux/resources/rdma/x", "a limit needs hcaHandles, hcaObjects or both");
}

Test(plan_resources, network, .description = "R273 R284")
{
    resources.network = &network;
    network.class_id = (struct opt_u32)SET(1);
    expect_impossible("/linux/resources/network/classID", "net_cls: cgroup v2 has no equivalent");
    network.class_id.value = 0;
    SET_LIST(network.priorities, {"eth0", 5});
    expect_impossible("/linux/resources/network/priorities",
                      "net_prio: cgroup v2 has no equivalent");
}

Test(plan_resources, unified_is_verbatim_and_last, .description = "R279 R281")
{
    resources.pids_limit = LIMIT(5);
    SET_LIST(resources.unified, {"memory.high", "1G"}, {"cgroup.max.depth", "3"},
             {"misc.max", "res_a 1\nres_b 2\n"}, {"strange.file", ""});
    convert_well(6);
    expect_write(0, "pids", "pids.max", "5", "/linux/resources/pids/limit");
    expect_write(1, "memory", "memory.high", "1G", "/linux/resources/unified/memory.high");
    expect_write(2, "cgroup", "cgroup.max.depth", "3", "/linux/resources/unified/cgroup.max.depth");
    expect_write(3, "misc", "misc.max", "res_a 1", "/linux/resources/unified/misc.max");
    expect_write(4, "misc", "misc.max", "res_b 2", "/linux/resources/unified/misc.max");
    expect_write(5, "strange", "strange.file", "", "/linux/resources/unified/strange.file");
    cr_expect_eq(converted.controllers, CONTROLLER_PIDS | CONTROLLER_MEMORY | CONTROLLER_MISC);
}

Test(plan_resources, unified_names)
{
    SET_LIST(resources.unified, {"a/b", "1"});
    convert_badly("/linux/resources/unified/a~1b", "\"a/b\" is not the name of a cgroup file");
    SET_LIST(resources.unified, {"..", "1"});
    convert_badly("/linux/resources/unified/..", "\"..\" is not the name of a cgroup file");
    SET_LIST(resources.unified, {"", "1"});
    convert_badly("/linux/resources/unified/", "\"\" is not the name of a cgroup file");
    /* It would move another process, of the host perhaps, into the container's cgroup. */
    SET_LIST(resources.unified, {"cgroup.procs", "1"});
    convert_badly("/linux/resources/unified/cgroup.procs",
                  "cgroup.procs is no resource: it acts on processes");
    SET_LIST(resources.unified, {"cgroup.freeze", "1"});
    convert_badly("/linux/resources/unified/cgroup.freeze",
                  "cgroup.freeze is no resource: it acts on processes");
}

Test(plan_resources, all_problems_at_once)
{
    resources.memory = &memory;
    resources.cpu = &cpu;
    memory.swappiness = (struct opt_u64)SET(60);
    memory.swap = LIMIT(5);
    cpu.realtime_period = (struct opt_u64)SET(5);
    cr_expect_eq(convert(), -EINVAL);
    cr_expect_str_eq(f.err.where, "/linux/resources/memory/swap");
    cr_expect_str_eq(
        f.err.also,
        "/linux/resources/memory/swappiness: swappiness: cgroup v2 has no equivalent\n"
        "/linux/resources/cpu/realtimePeriod: a limit of real-time scheduling: cgroup v2 "
        "has no equivalent");
}

Test(plan_resources, the_error_may_be_unwanted)
{
    resources.pids_limit = LIMIT(-9);
    cr_expect_eq(plan_resources(&f.arena, &resources, "", &converted, NULL), -EINVAL);
}

/* Many writes make the list move. */
Test(plan_resources, long_list)
{
    static struct throttle_device devices[1000];
    for (int i = 0; i < 1000; i++)
        devices[i] = (struct throttle_device){8, i, (uint64_t)i + 1};
    resources.block_io = &block_io;
    block_io.throttle_read_bps = (struct throttle_list){true, 1000, devices};
    convert_well(1000);
    expect_write(0, "io", "io.max", "8:0 rbps=1",
                 "/linux/resources/blockIO/throttleReadBpsDevice/0");
    expect_write(999, "io", "io.max", "8:999 rbps=1000",
                 "/linux/resources/blockIO/throttleReadBpsDevice/999");
}

/* ---- update ---- */

static struct plan_cgroup update_of(const char *json, const struct resources_now *now)
{
    struct resources *changes;
    struct plan_cgroup plan;
    static struct arena arena = ARENA_INIT;

    cr_assert_eq(resources_parse(&arena, json, strlen(json), &changes, NULL, NULL), 0);
    cr_assert_eq(plan_update(&arena, changes, now, &plan, NULL), 0);
    return plan;
}

Test(plan_update, what_belongs_together_is_completed_from_now)
{
    static const struct resources_now now = {.memory_limit = {.set = true, .value = 100},
                                             .cpu_quota = {.set = true, .value = -1},
                                             .cpu_period = {.set = true, .value = 7000}};
    struct plan_cgroup plan = update_of("{\"memory\":{\"swap\":150}}", &now);
    cr_assert_eq(plan.n_writes, 2);
    cr_assert_str_eq(plan.writes[0].value, "100");
    cr_assert_str_eq(plan.writes[1].value, "50");
    plan = update_of("{\"cpu\":{\"quota\":5000}}", &now);
    cr_assert_str_eq(plan.writes[0].value, "5000 7000");
    plan = update_of("{\"cpu\":{\"period\":9000}}", &now);
    cr_assert_str_eq(plan.writes[0].value, "max 9000");
    cr_assert_str_eq(plan.writes[0].where, "/cpu/period");
}

Test(plan_update, rules_are_replaced_only_when_there_are_some)
{
    static const struct resources_now unknown;
    cr_assert_not(update_of("{}", &unknown).restrict_devices);
    struct plan_cgroup plan =
        update_of("{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}", &unknown);
    cr_assert(plan.restrict_devices);
    cr_assert_eq(plan.n_device_rules, 1);
    cr_assert(plan.device_rules[0].allow);
}
