/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/features.h"

#include <errno.h>

#include "spec/names.h"
#include "spec/spec.h"

static const struct json_field toggle_fields[] = {
    JSON_FIELD(struct features_toggle, enabled, "enabled", JSON_OPT_BOOL),
};
static JSON_TYPE(struct features_toggle, toggle);

static const struct json_field cgroup_fields[] = {
    JSON_FIELD(struct features_cgroup, v1, "v1", JSON_OPT_BOOL),
    JSON_FIELD(struct features_cgroup, v2, "v2", JSON_OPT_BOOL),
    JSON_FIELD(struct features_cgroup, systemd, "systemd", JSON_OPT_BOOL),
    JSON_FIELD(struct features_cgroup, systemd_user, "systemdUser", JSON_OPT_BOOL),
    JSON_FIELD(struct features_cgroup, rdma, "rdma", JSON_OPT_BOOL),
};
static JSON_TYPE(struct features_cgroup, cgroup);

static const struct json_field seccomp_fields[] = {
    JSON_FIELD(struct features_seccomp, enabled, "enabled", JSON_OPT_BOOL),
    JSON_FIELD(struct features_seccomp, actions, "actions", JSON_STRINGS),
    JSON_FIELD(struct features_seccomp, operators, "operators", JSON_STRINGS),
    JSON_FIELD(struct features_seccomp, archs, "archs", JSON_STRINGS),
    JSON_FIELD(struct features_seccomp, known_flags, "knownFlags", JSON_STRINGS),
    JSON_FIELD(struct features_seccomp, supported_flags, "supportedFlags", JSON_STRINGS),
};
static JSON_TYPE(struct features_seccomp, seccomp);

static const struct json_field intel_rdt_fields[] = {
    JSON_FIELD(struct features_intel_rdt, enabled, "enabled", JSON_OPT_BOOL),
    JSON_FIELD(struct features_intel_rdt, schemata, "schemata", JSON_OPT_BOOL),
    JSON_FIELD(struct features_intel_rdt, monitoring, "monitoring", JSON_OPT_BOOL),
};
static JSON_TYPE(struct features_intel_rdt, intel_rdt);

static const struct json_field memory_policy_fields[] = {
    JSON_FIELD(struct features_memory_policy, modes, "modes", JSON_STRINGS),
    JSON_FIELD(struct features_memory_policy, flags, "flags", JSON_STRINGS),
};
static JSON_TYPE(struct features_memory_policy, memory_policy);

static const struct json_field mount_extensions_fields[] = {
    JSON_FIELD(struct features_mount_extensions, idmap, "idmap", JSON_OBJECT, .type = &toggle_type),
};
static JSON_TYPE(struct features_mount_extensions, mount_extensions);

static const struct json_field platform_fields[] = {
    JSON_FIELD(struct features_linux, namespaces, "namespaces", JSON_STRINGS),
    JSON_FIELD(struct features_linux, capabilities, "capabilities", JSON_STRINGS),
    JSON_FIELD(struct features_linux, cgroup, "cgroup", JSON_OBJECT, .type = &cgroup_type),
    JSON_FIELD(struct features_linux, seccomp, "seccomp", JSON_OBJECT, .type = &seccomp_type),
    JSON_FIELD(struct features_linux, apparmor, "apparmor", JSON_OBJECT, .type = &toggle_type),
    JSON_FIELD(struct features_linux, selinux, "selinux", JSON_OBJECT, .type = &toggle_type),
    JSON_FIELD(struct features_linux, intel_rdt, "intelRdt", JSON_OBJECT, .type = &intel_rdt_type),
    JSON_FIELD(struct features_linux, memory_policy, "memoryPolicy", JSON_OBJECT,
               .type = &memory_policy_type),
    JSON_FIELD(struct features_linux, mount_extensions, "mountExtensions", JSON_OBJECT,
               .type = &mount_extensions_type),
    JSON_FIELD(struct features_linux, net_devices, "netDevices", JSON_OBJECT, .type = &toggle_type),
};
static JSON_TYPE(struct features_linux, platform);

static const struct json_field features_fields[] = {
    JSON_FIELD(struct features, oci_version_min, "ociVersionMin", JSON_STRING, .required = true),
    JSON_FIELD(struct features, oci_version_max, "ociVersionMax", JSON_STRING, .required = true),
    JSON_FIELD(struct features, hooks, "hooks", JSON_STRINGS),
    JSON_FIELD(struct features, mount_options, "mountOptions", JSON_STRINGS),
    JSON_FIELD(struct features, linux_section, "linux", JSON_OBJECT, .type = &platform_type),
    JSON_FIELD(struct features, annotations, "annotations", JSON_STRING_MAP),
    JSON_FIELD(struct features, potentially_unsafe_config_annotations,
               "potentiallyUnsafeConfigAnnotations", JSON_STRINGS),
};
JSON_TYPE(struct features, features);

/* The objects of `linux`, allocated in one piece. */
struct features_block {
    struct features features;
    struct features_linux platform;
    struct features_cgroup cgroup;
    struct features_seccomp seccomp;
    struct features_toggle apparmor, selinux, idmap, net_devices;
    struct features_intel_rdt intel_rdt;
    struct features_memory_policy memory_policy;
    struct features_mount_extensions mount_extensions;
};

static void block_connect(struct features_block *block)
{
    block->mount_extensions.idmap = &block->idmap;
    block->platform = (struct features_linux){
        .cgroup = &block->cgroup,
        .seccomp = &block->seccomp,
        .apparmor = &block->apparmor,
        .selinux = &block->selinux,
        .intel_rdt = &block->intel_rdt,
        .memory_policy = &block->memory_policy,
        .mount_extensions = &block->mount_extensions,
        .net_devices = &block->net_devices,
    };
    block->features = (struct features){
        .oci_version_min = SPEC_VERSION_MIN,
        .oci_version_max = SPEC_VERSION,
        .linux_section = &block->platform,
    };
}

int features_new(struct arena *arena, struct features **ret, struct error *err)
{
    struct features_block *block = ARENA_NEW(arena, struct features_block);
    if (!block)
        return error_sys(err, ENOMEM, "list the features");
    block_connect(block);
    const struct {
        const struct json_name *names;
        struct strings *strings;
    } lists[] = {
        {hook_names, &block->features.hooks},
        {namespace_names, &block->platform.namespaces},
        {seccomp_action_names, &block->seccomp.actions},
        {seccomp_operator_names, &block->seccomp.operators},
        {seccomp_arch_names, &block->seccomp.archs},
        {seccomp_flag_names, &block->seccomp.known_flags},
        {memory_policy_mode_names, &block->memory_policy.modes},
        {memory_policy_flag_names, &block->memory_policy.flags},
    };
    for (size_t i = 0; i < ELEMENTSOF(lists); i++)
        if (names_to_strings(arena, lists[i].names, lists[i].strings) < 0)
            return error_sys(err, ENOMEM, "list the features");
    *ret = &block->features;
    return 0;
}

int features_write(struct arena *arena, const struct features *features, const char *indent,
                   const char **ret, struct error *err)
{
    return json_write(arena, &features_type, features, indent, ret, err);
}
