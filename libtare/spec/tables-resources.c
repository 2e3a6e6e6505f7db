/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/check.h"
#include "spec/names.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* config-linux.md "Control groups". */

static const struct json_field device_rule_fields[] = {
    JSON_FIELD(struct device_rule, allow, "allow", JSON_BOOL, .required = true),
    JSON_FIELD(struct device_rule, type, "type", JSON_ENUM_CHAR, .names = device_rule_type_names,
               .fallback = 'a'),
    /* -1 is how engines write "any". */
    JSON_FIELD(struct device_rule, major, "major", JSON_OPT_I64, .min = -1, .max = UINT32_MAX),
    JSON_FIELD(struct device_rule, minor, "minor", JSON_OPT_I64, .min = -1, .max = UINT32_MAX),
    JSON_FIELD(struct device_rule, access, "access", JSON_STRING, .check = check_access),
};
static JSON_TYPE(struct device_rule, device_rule);

static const struct json_field memory_fields[] = {
    JSON_FIELD(struct memory_resources, limit, "limit", JSON_OPT_I64),
    JSON_FIELD(struct memory_resources, reservation, "reservation", JSON_OPT_I64),
    JSON_FIELD(struct memory_resources, swap, "swap", JSON_OPT_I64),
    JSON_FIELD(struct memory_resources, kernel, "kernel", JSON_OPT_I64),
    JSON_FIELD(struct memory_resources, kernel_tcp, "kernelTCP", JSON_OPT_I64),
    JSON_FIELD(struct memory_resources, swappiness, "swappiness", JSON_OPT_U64, .max = 100),
    JSON_FIELD(struct memory_resources, disable_oom_killer, "disableOOMKiller", JSON_OPT_BOOL),
    JSON_FIELD(struct memory_resources, use_hierarchy, "useHierarchy", JSON_OPT_BOOL),
    JSON_FIELD(struct memory_resources, check_before_update, "checkBeforeUpdate", JSON_OPT_BOOL),
};
static JSON_TYPE(struct memory_resources, memory);

static const struct json_field cpu_fields[] = {
    JSON_FIELD(struct cpu_resources, shares, "shares", JSON_OPT_U64),
    JSON_FIELD(struct cpu_resources, quota, "quota", JSON_OPT_I64),
    JSON_FIELD(struct cpu_resources, burst, "burst", JSON_OPT_U64),
    JSON_FIELD(struct cpu_resources, period, "period", JSON_OPT_U64),
    JSON_FIELD(struct cpu_resources, realtime_runtime, "realtimeRuntime", JSON_OPT_I64),
    JSON_FIELD(struct cpu_resources, realtime_period, "realtimePeriod", JSON_OPT_U64),
    JSON_FIELD(struct cpu_resources, cpus, "cpus", JSON_STRING, .check = check_number_list),
    JSON_FIELD(struct cpu_resources, mems, "mems", JSON_STRING, .check = check_number_list),
    JSON_FIELD(struct cpu_resources, idle, "idle", JSON_OPT_I64, .max = 1),
};
static JSON_TYPE(struct cpu_resources, cpu);

/* resources.pids holds one number, which lies in struct resources itself. */
static const struct json_field pids_fields[] = {
    {.name = "limit", .kind = JSON_OPT_I64},
};
static JSON_TYPE(struct opt_i64, pids);

/* The kernel reads device numbers of block devices as "%u:%u". */
#define BLOCK_NUMBER JSON_I64, .required = true, .max = UINT32_MAX

static const struct json_field weight_device_fields[] = {
    JSON_FIELD(struct weight_device, major, "major", BLOCK_NUMBER),
    JSON_FIELD(struct weight_device, minor, "minor", BLOCK_NUMBER),
    JSON_FIELD(struct weight_device, weight, "weight", JSON_OPT_U16),
    JSON_FIELD(struct weight_device, leaf_weight, "leafWeight", JSON_OPT_U16),
};

static const char *weight_device_check(const void *object, const char **property)
{
    const struct weight_device *device = object;
    (void)property;
    return device->weight.set || device->leaf_weight.set ? NULL
                                                         : "expected weight, leafWeight, or both";
}

static JSON_TYPE(struct weight_device, weight_device, .check = weight_device_check);

static const struct json_field throttle_device_fields[] = {
    JSON_FIELD(struct throttle_device, major, "major", BLOCK_NUMBER),
    JSON_FIELD(struct throttle_device, minor, "minor", BLOCK_NUMBER),
    JSON_FIELD(struct throttle_device, rate, "rate", JSON_U64, .required = true),
};
static JSON_TYPE(struct throttle_device, throttle_device);

static const struct json_field block_io_fields[] = {
    JSON_FIELD(struct block_io_resources, weight, "weight", JSON_OPT_U16),
    JSON_FIELD(struct block_io_resources, leaf_weight, "leafWeight", JSON_OPT_U16),
    JSON_FIELD(struct block_io_resources, weight_device, "weightDevice", JSON_LIST,
               .type = &weight_device_type),
    JSON_FIELD(struct block_io_resources, throttle_read_bps, "throttleReadBpsDevice", JSON_LIST,
               .type = &throttle_device_type),
    JSON_FIELD(struct block_io_resources, throttle_write_bps, "throttleWriteBpsDevice", JSON_LIST,
               .type = &throttle_device_type),
    JSON_FIELD(struct block_io_resources, throttle_read_iops, "throttleReadIOPSDevice", JSON_LIST,
               .type = &throttle_device_type),
    JSON_FIELD(struct block_io_resources, throttle_write_iops, "throttleWriteIOPSDevice", JSON_LIST,
               .type = &throttle_device_type),
};
static JSON_TYPE(struct block_io_resources, block_io);

static const struct json_field hugepage_limit_fields[] = {
    JSON_FIELD(struct hugepage_limit, page_size, "pageSize", JSON_STRING, .required = true,
               .check = check_page_size),
    JSON_FIELD(struct hugepage_limit, limit, "limit", JSON_U64, .required = true),
};
static JSON_TYPE(struct hugepage_limit, hugepage_limit);

static const struct json_field network_priority_fields[] = {
    JSON_FIELD(struct network_priority, name, "name", JSON_STRING, .required = true,
               .check = check_interface),
    JSON_FIELD(struct network_priority, priority, "priority", JSON_U32, .required = true),
};
static JSON_TYPE(struct network_priority, network_priority);

static const struct json_field network_fields[] = {
    JSON_FIELD(struct network_resources, class_id, "classID", JSON_OPT_U32),
    JSON_FIELD(struct network_resources, priorities, "priorities", JSON_LIST,
               .type = &network_priority_type),
};
static JSON_TYPE(struct network_resources, network);

static const struct json_field rdma_fields[] = {
    JSON_FIELD(struct rdma_limit, hca_handles, "hcaHandles", JSON_OPT_U32),
    JSON_FIELD(struct rdma_limit, hca_objects, "hcaObjects", JSON_OPT_U32),
};

static const char *rdma_check(const void *object, const char **property)
{
    const struct rdma_limit *limit = object;
    (void)property;
    return limit->hca_handles.set || limit->hca_objects.set
               ? NULL
               : "expected hcaHandles, hcaObjects, or both";
}

static JSON_TYPE(struct rdma_limit, rdma, .check = rdma_check);

static const struct json_field resources_fields[] = {
    JSON_FIELD(struct resources, devices, "devices", JSON_LIST, .type = &device_rule_type),
    JSON_FIELD(struct resources, memory, "memory", JSON_OBJECT, .type = &memory_type),
    JSON_FIELD(struct resources, cpu, "cpu", JSON_OBJECT, .type = &cpu_type),
    JSON_FIELD(struct resources, pids_limit, "pids", JSON_EMBEDDED, .type = &pids_type),
    JSON_FIELD(struct resources, block_io, "blockIO", JSON_OBJECT, .type = &block_io_type),
    JSON_FIELD(struct resources, hugepage_limits, "hugepageLimits", JSON_LIST,
               .type = &hugepage_limit_type),
    JSON_FIELD(struct resources, network, "network", JSON_OBJECT, .type = &network_type),
    JSON_FIELD(struct resources, rdma, "rdma", JSON_KEYED_LIST, .type = &rdma_type,
               .check_item = check_nonempty_string),
    JSON_FIELD(struct resources, unified, "unified", JSON_STRING_MAP,
               .check_item = check_cgroup_file_string),
};
JSON_TYPE(struct resources, resources);
