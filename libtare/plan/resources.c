/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "plan/cpu-weight.h"
#include "plan/planner.h"

/* linux.resources → writes to the files of cgroup v2. Engines give the numbers of v1;
 * config-linux.md lets a runtime convert them and wants an error where that is impossible. Engines
 * also write 0 for "not given" (Docker's update does, for every number that it was not asked to
 * change): where 0 makes no sense as a limit it is taken so. */

/* Of the kernel, in µs. */
#define CPU_PERIOD_DEFAULT 100000
#define CPU_TIME_MIN       1000
#define CPU_PERIOD_MAX     1000000

static const struct {
    const char *name;
    unsigned bit;
} controllers[] = {
    {"cpu", CONTROLLER_CPU},   {"cpuset", CONTROLLER_CPUSET}, {"memory", CONTROLLER_MEMORY},
    {"io", CONTROLLER_IO},     {"pids", CONTROLLER_PIDS},     {"hugetlb", CONTROLLER_HUGETLB},
    {"rdma", CONTROLLER_RDMA}, {"misc", CONTROLLER_MISC},
};

struct converter {
    struct arena *arena;
    struct problems *problems;
    const char *where; /* of the resources object */
    struct plan_cgroup *plan;
    size_t capacity;
    bool out_of_memory;
    struct plan_cgroup_write spare; /* takes the writes after memory ran out */
};

static const char *checked(struct converter *converter, const char *text)
{
    converter->out_of_memory |= !text;
    return text ? text : "";
}

#define TEXT(converter, ...) checked((converter), arena_printf((converter)->arena, __VA_ARGS__))
#define PLACE(converter, pointer)                                                                  \
    checked((converter), arena_printf((converter)->arena, "%s%s", (converter)->where, (pointer)))

/* The controller that a file belongs to is the part of its name before the first dot. */
static const char *find_controller(struct converter *converter, const char *file, bool needed)
{
    size_t length = strcspn(file, ".");
    for (size_t i = 0; i < ELEMENTSOF(controllers); i++) {
        if (strlen(controllers[i].name) == length &&
            strncmp(file, controllers[i].name, length) == 0) {
            converter->plan->controllers |= needed ? controllers[i].bit : 0;
            return controllers[i].name;
        }
    }
    return checked(converter, arena_strndup(converter->arena, file, length));
}

/* "max", "max 100000" of cpu.max, "8:0 rbps=max" of io.max. What memory.low has of it is a protection, and
 * no limit either. */
static bool is_unlimited(const char *value)
{
    size_t length = strlen(value);
    return (strncmp(value, "max", 3) == 0 && (value[3] == '\0' || value[3] == ' ')) ||
           (length > 4 && strcmp(value + length - 4, "=max") == 0);
}

/* The new write, to be completed by the caller where it is more than the usual. */
static struct plan_cgroup_write *add_write(struct converter *converter, const char *file,
                                           const char *where, const char *value)
{
    struct plan_cgroup *plan = converter->plan;
    struct plan_cgroup_write *writes = arena_grow(converter->arena, plan->writes, plan->n_writes,
                                                  &converter->capacity, sizeof(*writes));
    if (!writes) {
        converter->out_of_memory = true;
        return &converter->spare;
    }
    plan->writes = writes;
    struct plan_cgroup_write *write = &writes[plan->n_writes++];
    bool limits_nothing = is_unlimited(value);
    *write =
        (struct plan_cgroup_write){.controller = find_controller(converter, file, !limits_nothing),
                                   .file = file,
                                   .value = value,
                                   .where = PLACE(converter, where),
                                   .limits_nothing = limits_nothing};
    return write;
}

/* A number of bytes or things: -1 is "max". False after reporting another negative one. */
static bool read_limit(struct converter *converter, const char *where, int64_t limit,
                       const char **ret)
{
    if (limit < -1) {
        problem_config(converter->problems, PLACE(converter, where),
                       "%lld is no limit: it is -1 for none, or not negative", (long long)limit);
        return false;
    }
    *ret = limit == -1 ? "max" : TEXT(converter, "%lld", (long long)limit);
    return true;
}

static void impossible(struct converter *converter, const char *where, const char *what)
{
    problem_unsupported(converter->problems, PLACE(converter, where),
                        "%s: cgroup v2 has no equivalent", what);
}

/* ---- memory ---- */

static void convert_swap(struct converter *converter, const struct memory_resources *memory)
{
    int64_t limit = memory->limit.set ? memory->limit.value : 0;
    int64_t swap = memory->swap.set ? memory->swap.value : 0;
    const char *where = "/memory/swap", *value;

    if (swap == 0) {
        /* Memory without limit leaves none for memory and swap together. */
        if (limit != -1)
            return;
        where = "/memory/limit";
        value = "max";
    } else if (swap == -1) {
        value = "max";
    } else if (swap < -1) {
        (void)read_limit(converter, where, swap, &value);
        return;
    } else if (limit <= 0) {
        problem_config(converter->problems, PLACE(converter, where),
                       "unable to set swap limit without memory limit");
        return;
    } else if (swap < limit) {
        problem_config(converter->problems, PLACE(converter, where),
                       "the limit of memory and swap, %lld, is below that of memory, %lld",
                       (long long)swap, (long long)limit);
        return;
    } else {
        value = TEXT(converter, "%lld", (long long)(swap - limit));
    }
    /* The file is absent without swap accounting. That is no loss where no swap is wanted or no
     * limit. */
    add_write(converter, "memory.swap.max", where, value)->optional_file =
        strcmp(value, "max") == 0 || strcmp(value, "0") == 0;
}

/* 0 is what engines write for none, -1 asks for what there is. */
static bool is_bounded(const struct opt_i64 *limit)
{
    return limit->set && limit->value != 0 && limit->value != -1;
}

static void convert_memory(struct converter *converter, const struct memory_resources *memory)
{
    const char *value;
    if (!memory)
        return;
    if (memory->limit.set && memory->limit.value != 0 &&
        read_limit(converter, "/memory/limit", memory->limit.value, &value))
        add_write(converter, "memory.max", "/memory/limit", value);
    convert_swap(converter, memory);
    if (memory->reservation.set && memory->reservation.value != 0 &&
        read_limit(converter, "/memory/reservation", memory->reservation.value, &value))
        add_write(converter, "memory.low", "/memory/reservation", value);
    converter->plan->check_memory_usage =
        memory->check_before_update.set && memory->check_before_update.value;

    if (is_bounded(&memory->kernel))
        impossible(converter, "/memory/kernel", "a limit of kernel memory");
    if (is_bounded(&memory->kernel_tcp))
        impossible(converter, "/memory/kernelTCP", "a limit of TCP buffers");
    if (memory->swappiness.set)
        impossible(converter, "/memory/swappiness", "swappiness");
    if (memory->disable_oom_killer.set && memory->disable_oom_killer.value)
        impossible(converter, "/memory/disableOOMKiller", "disabling the OOM killer");
    if (memory->use_hierarchy.set && !memory->use_hierarchy.value)
        impossible(converter, "/memory/useHierarchy", "accounting without hierarchy");
}

/* ---- cpu ---- */

/* What the kernel answers with EINVAL. */
static void check_bandwidth(struct converter *converter, int64_t quota, uint64_t period)
{
    if (quota > 0 && quota < CPU_TIME_MIN)
        problem_config(converter->problems, PLACE(converter, "/cpu/quota"),
                       "the quota is at least %d microseconds, not %lld", CPU_TIME_MIN,
                       (long long)quota);
    if (period != 0 && (period < CPU_TIME_MIN || period > CPU_PERIOD_MAX))
        problem_config(converter->problems, PLACE(converter, "/cpu/period"),
                       "the period goes from %d to %d microseconds, not %llu", CPU_TIME_MIN,
                       CPU_PERIOD_MAX, (unsigned long long)period);
}

static void convert_bandwidth(struct converter *converter, const struct cpu_resources *cpu)
{
    int64_t quota = cpu->quota.set ? cpu->quota.value : 0;
    uint64_t period = cpu->period.set ? cpu->period.value : 0;
    bool has_burst = cpu->burst.set;

    check_bandwidth(converter, quota, period);
    if (has_burst && quota > 0 && cpu->burst.value > (uint64_t)quota) {
        problem_config(converter->problems, PLACE(converter, "/cpu/burst"),
                       "the burst, %llu, is above the quota, %lld",
                       (unsigned long long)cpu->burst.value, (long long)quota);
        return;
    }
    /* The kernel refuses a quota below the burst of before: that goes first, when there is a new
     * one. */
    if (has_burst && cpu->burst.value > 0)
        add_write(converter, "cpu.max.burst", "/cpu/burst", "0");
    if (quota != 0 || period != 0) {
        if (period == 0)
            period = CPU_PERIOD_DEFAULT;
        const char *where = quota != 0 ? "/cpu/quota" : "/cpu/period";
        const char *value =
            quota > 0 ? TEXT(converter, "%lld %llu", (long long)quota, (unsigned long long)period)
                      : TEXT(converter, "max %llu", (unsigned long long)period);
        add_write(converter, "cpu.max", where, value);
    }
    if (has_burst)
        add_write(converter, "cpu.max.burst", "/cpu/burst",
                  TEXT(converter, "%llu", (unsigned long long)cpu->burst.value));
}

static void convert_cpu(struct converter *converter, const struct cpu_resources *cpu)
{
    if (!cpu)
        return;
    bool idle = cpu->idle.set && cpu->idle.value == 1;
    if (cpu->idle.set && cpu->idle.value != 0 && cpu->idle.value != 1)
        problem_config(converter->problems, PLACE(converter, "/cpu/idle"),
                       "idle is 0 or 1, not %lld", (long long)cpu->idle.value);
    else if (cpu->idle.set)
        add_write(converter, "cpu.idle", "/cpu/idle", idle ? "1" : "0");
    /* An idle cgroup has the weight of idle and the kernel takes no other. */
    if (cpu->shares.set && cpu->shares.value != 0 && !idle)
        add_write(converter, "cpu.weight", "/cpu/shares",
                  TEXT(converter, "%u", cpu_weight_from_shares(cpu->shares.value)));
    convert_bandwidth(converter, cpu);
    if (cpu->realtime_runtime.set && cpu->realtime_runtime.value != 0)
        impossible(converter, "/cpu/realtimeRuntime", "a limit of real-time scheduling");
    if (cpu->realtime_period.set && cpu->realtime_period.value != 0)
        impossible(converter, "/cpu/realtimePeriod", "a limit of real-time scheduling");
    if (cpu->cpus && cpu->cpus[0])
        add_write(converter, "cpuset.cpus", "/cpu/cpus", cpu->cpus);
    if (cpu->mems && cpu->mems[0])
        add_write(converter, "cpuset.mems", "/cpu/mems", cpu->mems);
}

/* ---- block devices ---- */

/* The weights 10..1000 of v1, BFQ's own, on the scale 1..10000 of io.weight. */
static unsigned io_weight(unsigned weight)
{
    return 1 + (weight - 10) * 9999 / 990;
}

static bool check_weight(struct converter *converter, const char *where, unsigned weight)
{
    if (weight >= 10 && weight <= 1000)
        return true;
    problem_config(converter->problems, where, "%u is no weight: it is 10 to 1000", weight);
    return false;
}

static void convert_device_weight(struct converter *converter, const struct weight_device *device,
                                  size_t i)
{
    const char *where = TEXT(converter, "/blockIO/weightDevice/%zu", i);
    const char *weight_where = TEXT(converter, "%s/weight", where);
    if (!device->weight.set && !device->leaf_weight.set)
        problem_config(converter->problems, PLACE(converter, where),
                       "an entry has a weight, a leafWeight or both");
    if (device->leaf_weight.set && device->leaf_weight.value != 0)
        impossible(converter, TEXT(converter, "%s/leafWeight", where), "leafWeight");
    if (!device->weight.set ||
        !check_weight(converter, PLACE(converter, weight_where), device->weight.value))
        return;
    long long major = device->major, minor = device->minor;
    struct plan_cgroup_write *write =
        add_write(converter, "io.bfq.weight", where,
                  TEXT(converter, "%lld:%lld %u", major, minor, device->weight.value));
    write->fallback_file = "io.weight";
    write->fallback_value =
        TEXT(converter, "%lld:%lld %u", major, minor, io_weight(device->weight.value));
}

static void convert_throttle(struct converter *converter, const struct throttle_list *list,
                             const char *key, const char *limit)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct throttle_device *device = &list->items[i];
        long long major = device->major, minor = device->minor;
        const char *where = TEXT(converter, "/blockIO/%s/%zu", key, i);
        /* 0 lifted a limit in v1; in v2 that is "max". */
        const char *value = device->rate == 0
                                ? TEXT(converter, "%lld:%lld %s=max", major, minor, limit)
                                : TEXT(converter, "%lld:%lld %s=%llu", major, minor, limit,
                                       (unsigned long long)device->rate);
        add_write(converter, "io.max", where, value);
    }
}

static void convert_block_io(struct converter *converter, const struct block_io_resources *block_io)
{
    if (!block_io)
        return;
    if (block_io->weight.set && block_io->weight.value != 0 &&
        check_weight(converter, PLACE(converter, "/blockIO/weight"), block_io->weight.value)) {
        unsigned weight = block_io->weight.value;
        struct plan_cgroup_write *write =
            add_write(converter, "io.bfq.weight", "/blockIO/weight", TEXT(converter, "%u", weight));
        write->fallback_file = "io.weight";
        write->fallback_value = TEXT(converter, "%u", io_weight(weight));
    }
    if (block_io->leaf_weight.set && block_io->leaf_weight.value != 0)
        impossible(converter, "/blockIO/leafWeight", "leafWeight");
    for (size_t i = 0; i < block_io->weight_device.n; i++)
        convert_device_weight(converter, &block_io->weight_device.items[i], i);
    convert_throttle(converter, &block_io->throttle_read_bps, "throttleReadBpsDevice", "rbps");
    convert_throttle(converter, &block_io->throttle_write_bps, "throttleWriteBpsDevice", "wbps");
    convert_throttle(converter, &block_io->throttle_read_iops, "throttleReadIOPSDevice", "riops");
    convert_throttle(converter, &block_io->throttle_write_iops, "throttleWriteIOPSDevice", "wiops");
}

/* ---- the rest ---- */

static void convert_pids(struct converter *converter, const struct opt_i64 *limit)
{
    const char *value;
    /* 0 is a limit like another: no process more. */
    if (limit->set && read_limit(converter, "/pids/limit", limit->value, &value))
        add_write(converter, "pids.max", "/pids/limit", value);
}

static void convert_huge_pages(struct converter *converter, const struct resources *resources)
{
    for (size_t i = 0; i < resources->hugepage_limits.n; i++) {
        const struct hugepage_limit *limit = &resources->hugepage_limits.items[i];
        const char *where = TEXT(converter, "/hugepageLimits/%zu", i);
        if (strchr(limit->page_size, '/')) {
            problem_config(converter->problems, PLACE(converter, where), "\"%s\" is no page size",
                           limit->page_size);
            continue;
        }
        const char *value = TEXT(converter, "%llu", (unsigned long long)limit->limit);
        add_write(converter, TEXT(converter, "hugetlb.%s.max", limit->page_size), where, value);
        /* Limits count reservations where the kernel accounts them (5.7), faults where it does not.
         */
        add_write(converter, TEXT(converter, "hugetlb.%s.rsvd.max", limit->page_size), where, value)
            ->optional_file = true;
    }
}

static void convert_rdma(struct converter *converter, const struct resources *resources)
{
    for (size_t i = 0; i < resources->rdma.n; i++) {
        const struct rdma_limit *limit = &resources->rdma.items[i];
        const char *token = checked(converter, pointer_token(converter->arena, limit->device));
        const char *where = TEXT(converter, "/rdma/%s", token);
        if (!limit->hca_handles.set && !limit->hca_objects.set) {
            problem_config(converter->problems, PLACE(converter, where),
                           "a limit needs hcaHandles, hcaObjects or both");
            continue;
        }
        const char *value = limit->device;
        if (limit->hca_handles.set)
            value = TEXT(converter, "%s hca_handle=%u", value, limit->hca_handles.value);
        if (limit->hca_objects.set)
            value = TEXT(converter, "%s hca_object=%u", value, limit->hca_objects.value);
        add_write(converter, "rdma.max", where, value);
    }
}

static void convert_network(struct converter *converter, const struct network_resources *network)
{
    if (!network)
        return;
    if (network->class_id.set && network->class_id.value != 0)
        impossible(converter, "/network/classID", "net_cls");
    if (network->priorities.n > 0)
        impossible(converter, "/network/priorities", "net_prio");
}

/* A value of several lines is several writes: that is how these files take them. */
static void write_lines(struct converter *converter, const char *file, const char *where,
                        const char *text)
{
    do {
        size_t length = strcspn(text, "\n");
        const char *value =
            text[length] ? checked(converter, arena_strndup(converter->arena, text, length)) : text;
        add_write(converter, file, where, value);
        text += length;
        text += *text == '\n';
    } while (*text);
}

/* These files of a cgroup act on processes, or on what a cgroup is: no resources. */
static bool is_control_file(const char *name)
{
    static const char *const names[] = {"cgroup.procs", "cgroup.threads", "cgroup.kill",
                                        "cgroup.freeze", "cgroup.type"};
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Verbatim, and after all others: what is given here wins (config-linux.md "Unified"). */
static void convert_unified(struct converter *converter, const struct string_map *unified)
{
    for (size_t i = 0; i < unified->n; i++) {
        const struct string_pair *pair = &unified->items[i];
        const char *token = checked(converter, pointer_token(converter->arena, pair->key));
        const char *where = TEXT(converter, "/unified/%s", token);
        if (strchr(pair->key, '/') || pair->key[0] == '.' || !pair->key[0])
            problem_config(converter->problems, PLACE(converter, where),
                           "\"%s\" is not the name of a cgroup file", pair->key);
        else if (is_control_file(pair->key))
            problem_config(converter->problems, PLACE(converter, where),
                           "%s is no resource: it acts on processes", pair->key);
        else
            write_lines(converter, pair->key, where, pair->value);
    }
}

int plan_resource_writes(struct arena *arena, const struct resources *resources, const char *where,
                         struct plan_cgroup *ret, struct problems *problems)
{
    struct converter converter = {
        .arena = arena, .problems = problems, .where = where, .plan = ret};
    ret->writes = NULL;
    ret->n_writes = 0;
    ret->controllers = 0;
    convert_memory(&converter, resources->memory);
    convert_cpu(&converter, resources->cpu);
    convert_pids(&converter, &resources->pids_limit);
    convert_block_io(&converter, resources->block_io);
    convert_huge_pages(&converter, resources);
    convert_rdma(&converter, resources);
    convert_network(&converter, resources->network);
    convert_unified(&converter, &resources->unified);
    return converter.out_of_memory ? -ENOMEM : 0;
}

const struct plan_cgroup_write *plan_cgroup_limit(const struct plan_cgroup *plan)
{
    for (size_t i = 0; i < plan->n_writes; i++)
        if (!plan->writes[i].limits_nothing)
            return &plan->writes[i];
    return NULL;
}

int plan_resources(struct arena *arena, const struct resources *resources, const char *where,
                   struct plan_cgroup *ret, struct error *err)
{
    struct problems problems = {.err = err};
    if (plan_resource_writes(arena, resources, where, ret, &problems) < 0)
        return error_sys(err, ENOMEM, "convert the resources");
    return problems_result(&problems);
}
