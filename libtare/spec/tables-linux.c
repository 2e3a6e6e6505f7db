/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/mempolicy.h>
#include <sys/stat.h>

#include "spec/check.h"
#include "spec/names.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* config-linux.md: everything but "resources" and "seccomp". */

/* Device numbers of the kernel: 12 bits and 20 bits. */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575
#define ID_MAX    (UINT32_MAX - 1)

static const struct json_field namespace_fields[] = {
    JSON_FIELD(struct namespace_entry, type, "type", JSON_ENUM_INT, .required = true,
               .names = namespace_names),
    JSON_FIELD(struct namespace_entry, path, "path", JSON_STRING, .check = check_absolute),
};
static JSON_TYPE(struct namespace_entry, namespace, .unique = &namespace_fields[0]);

static const struct json_field time_offset_fields[] = {
    JSON_FIELD(struct time_offset, secs, "secs", JSON_OPT_I64),
    JSON_FIELD(struct time_offset, nanosecs, "nanosecs", JSON_OPT_U32, .max = 999999999),
};
static JSON_TYPE(struct time_offset, time_offset);

static const struct json_field time_offsets_fields[] = {
    JSON_FIELD(struct time_offsets, monotonic, "monotonic", JSON_OBJECT, .type = &time_offset_type),
    JSON_FIELD(struct time_offsets, boottime, "boottime", JSON_OBJECT, .type = &time_offset_type),
};
static JSON_TYPE(struct time_offsets, time_offsets, .closed = true);

/* The specification has the permission bits alone, as a decimal number; containerd before 1.5, and who
 * copied it, wrote st_mode as it came from stat(2). */
static const char *check_file_mode(const void *value)
{
    const struct opt_u32 *mode = value;
    return mode->value & ~(S_IFMT | 0777U) ? "permission bits from 0 to 511" : NULL;
}

static mode_t device_file_type(char type)
{
    return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

static const struct json_field device_fields[] = {
    JSON_FIELD(struct device, path, "path", JSON_STRING, .required = true, .check = check_absolute),
    JSON_FIELD(struct device, type, "type", JSON_ENUM_CHAR, .required = true,
               .names = device_type_names),
    JSON_FIELD(struct device, major, "major", JSON_OPT_I64, .max = MAJOR_MAX),
    JSON_FIELD(struct device, minor, "minor", JSON_OPT_I64, .max = MINOR_MAX),
    JSON_FIELD(struct device, file_mode, "fileMode", JSON_OPT_U32, .max = S_IFMT | 0777,
               .check = check_file_mode),
    JSON_FIELD(struct device, uid, "uid", JSON_OPT_U32, .max = ID_MAX),
    JSON_FIELD(struct device, gid, "gid", JSON_OPT_U32, .max = ID_MAX),
};

static const char *device_check(const void *object, const char **property)
{
    const struct device *device = object;
    mode_t file_type = device->file_mode.value & S_IFMT;
    if (device->type != 'p' && !(device->major.set && device->minor.set)) {
        *property = device->major.set ? "minor" : "major";
        return "this property is required for a device that is not a FIFO, and missing";
    }
    *property = "fileMode";
    return file_type && file_type != device_file_type(device->type)
               ? "expected permission bits, found the file type of another device"
               : NULL;
}

static void device_finish(void *object)
{
    struct device *device = object;
    device->file_mode.value &= 0777;
}

JSON_TYPE(struct device, device, .check = device_check, .finish = device_finish);

static const struct json_field net_device_fields[] = {
    JSON_FIELD(struct net_device, name, "name", JSON_STRING, .check = check_interface),
};
static JSON_TYPE(struct net_device, net_device);

static const struct json_field intel_rdt_fields[] = {
    JSON_FIELD(struct intel_rdt, clos_id, "closID", JSON_STRING, .check = check_clos_id),
    JSON_FIELD(struct intel_rdt, schemata, "schemata", JSON_STRINGS,
               .check_item = check_one_line_string),
    JSON_FIELD(struct intel_rdt, l3_cache_schema, "l3CacheSchema", JSON_STRING,
               .check = check_one_line),
    JSON_FIELD(struct intel_rdt, mem_bw_schema, "memBwSchema", JSON_STRING,
               .check = check_memory_bandwidth),
    JSON_FIELD(struct intel_rdt, enable_monitoring, "enableMonitoring", JSON_BOOL),
};
static JSON_TYPE(struct intel_rdt, intel_rdt);

static const struct json_field memory_policy_fields[] = {
    JSON_FIELD(struct memory_policy, mode, "mode", JSON_ENUM_INT, .required = true,
               .names = memory_policy_mode_names),
    JSON_FIELD(struct memory_policy, nodes, "nodes", JSON_STRING, .check = check_number_list),
    JSON_FIELD(struct memory_policy, flags, "flags", JSON_FLAGS, .names = memory_policy_flag_names),
};

/* What mpol_new() and sanitize_mpol_flags() of the kernel answer with EINVAL. */
static const char *memory_policy_check(const void *object, const char **property)
{
    const struct memory_policy *policy = object;
    bool has_nodes = policy->nodes && *policy->nodes;
    *property = "nodes";
    if (policy->mode == MPOL_DEFAULT || policy->mode == MPOL_LOCAL) {
        if (has_nodes)
            return "expected no nodes with MPOL_DEFAULT and MPOL_LOCAL";
    } else if (policy->mode != MPOL_PREFERRED && !has_nodes) {
        return "expected nodes, which this mode needs";
    }
    *property = "flags";
    uint64_t both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
    if ((policy->flags.mask & both) == both)
        return "expected one of MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES, found both";
    if (policy->flags.mask & both && !has_nodes)
        return "expected nodes together with MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES";
    if (policy->flags.mask & MPOL_F_NUMA_BALANCING && policy->mode != MPOL_BIND &&
        policy->mode != MPOL_PREFERRED_MANY)
        return "expected MPOL_F_NUMA_BALANCING only with MPOL_BIND and MPOL_PREFERRED_MANY";
    return NULL;
}

static JSON_TYPE(struct memory_policy, memory_policy, .check = memory_policy_check);

static const char *check_personality_flag_string(const char *flag)
{
    (void)flag;
    return "no flags: the specification defines none";
}

static const struct json_field personality_fields[] = {
    JSON_FIELD(struct personality, domain, "domain", JSON_ENUM_ULONG, .required = true,
               .names = personality_domain_names),
    JSON_FIELD(struct personality, flags, "flags", JSON_STRINGS,
               .check_item = check_personality_flag_string),
};
static JSON_TYPE(struct personality, personality);

static const struct json_field linux_fields[] = {
    JSON_FIELD(struct linux_section, uid_mappings, "uidMappings", JSON_LIST,
               .type = &id_mapping_type),
    JSON_FIELD(struct linux_section, gid_mappings, "gidMappings", JSON_LIST,
               .type = &id_mapping_type),
    JSON_FIELD(struct linux_section, sysctl, "sysctl", JSON_STRING_MAP,
               .check_item = check_sysctl_string),
    JSON_FIELD(struct linux_section, resources, "resources", JSON_OBJECT, .type = &resources_type),
    JSON_FIELD(struct linux_section, cgroups_path, "cgroupsPath", JSON_STRING),
    JSON_FIELD(struct linux_section, namespaces, "namespaces", JSON_LIST, .type = &namespace_type),
    JSON_FIELD(struct linux_section, devices, "devices", JSON_LIST, .type = &device_type),
    JSON_FIELD(struct linux_section, net_devices, "netDevices", JSON_KEYED_LIST,
               .type = &net_device_type, .check_item = check_interface_string),
    JSON_FIELD(struct linux_section, seccomp, "seccomp", JSON_OBJECT, .type = &seccomp_type),
    JSON_FIELD(struct linux_section, rootfs_propagation, "rootfsPropagation", JSON_NAME,
               .names = rootfs_propagation_names),
    JSON_FIELD(struct linux_section, masked_paths, "maskedPaths", JSON_STRINGS,
               .check_item = check_absolute_string),
    JSON_FIELD(struct linux_section, readonly_paths, "readonlyPaths", JSON_STRINGS,
               .check_item = check_absolute_string),
    JSON_FIELD(struct linux_section, mount_label, "mountLabel", JSON_STRING),
    JSON_FIELD(struct linux_section, intel_rdt, "intelRdt", JSON_OBJECT, .type = &intel_rdt_type),
    JSON_FIELD(struct linux_section, memory_policy, "memoryPolicy", JSON_OBJECT,
               .type = &memory_policy_type),
    JSON_FIELD(struct linux_section, personality, "personality", JSON_OBJECT,
               .type = &personality_type),
    JSON_FIELD(struct linux_section, time_offsets, "timeOffsets", JSON_OBJECT,
               .type = &time_offsets_type),
};
JSON_TYPE(struct linux_section, linux);
