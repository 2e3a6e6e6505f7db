/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/check.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* config.md: everything but "process" and the platform sections. */

static const struct json_field root_fields[] = {
    JSON_FIELD(struct root, path, "path", JSON_STRING, .required = true, .check = check_nonempty),
    JSON_FIELD(struct root, readonly, "readonly", JSON_BOOL),
};
static JSON_TYPE(struct root, root);

static const struct json_field id_mapping_fields[] = {
    JSON_FIELD(struct id_mapping, container_id, "containerID", JSON_U32, .required = true),
    JSON_FIELD(struct id_mapping, host_id, "hostID", JSON_U32, .required = true),
    JSON_FIELD(struct id_mapping, size, "size", JSON_U32, .required = true, .min = 1,
               .max = UINT32_MAX),
};
JSON_TYPE(struct id_mapping, id_mapping);

static const struct json_field mount_fields[] = {
    JSON_FIELD(struct mount, destination, "destination", JSON_STRING, .required = true,
               .check = check_nonempty),
    JSON_FIELD(struct mount, type, "type", JSON_STRING),
    JSON_FIELD(struct mount, source, "source", JSON_STRING),
    JSON_FIELD(struct mount, options, "options", JSON_STRINGS),
    JSON_FIELD(struct mount, uid_mappings, "uidMappings", JSON_LIST, .type = &id_mapping_type),
    JSON_FIELD(struct mount, gid_mappings, "gidMappings", JSON_LIST, .type = &id_mapping_type),
};

static const char *mount_check(const void *object, const char **property)
{
    const struct mount *mount = object;
    if (mount->uid_mappings.set == mount->gid_mappings.set)
        return NULL;
    *property = mount->uid_mappings.set ? "uidMappings" : "gidMappings";
    return "expected uidMappings and gidMappings together, found one of them";
}

JSON_TYPE(struct mount, mount, .check = mount_check);

static const struct json_field hook_fields[] = {
    JSON_FIELD(struct hook, path, "path", JSON_STRING, .required = true, .check = check_absolute),
    JSON_FIELD(struct hook, args, "args", JSON_STRINGS),
    JSON_FIELD(struct hook, env, "env", JSON_STRINGS, .check_item = check_environment_string),
    JSON_FIELD(struct hook, timeout, "timeout", JSON_OPT_I64, .min = 1, .max = INT64_MAX),
};
JSON_TYPE(struct hook, hook);

static const struct json_field hooks_fields[] = {
    JSON_FIELD(struct hooks, prestart, "prestart", JSON_LIST, .type = &hook_type),
    JSON_FIELD(struct hooks, create_runtime, "createRuntime", JSON_LIST, .type = &hook_type),
    JSON_FIELD(struct hooks, create_container, "createContainer", JSON_LIST, .type = &hook_type),
    JSON_FIELD(struct hooks, start_container, "startContainer", JSON_LIST, .type = &hook_type),
    JSON_FIELD(struct hooks, poststart, "poststart", JSON_LIST, .type = &hook_type),
    JSON_FIELD(struct hooks, poststop, "poststop", JSON_LIST, .type = &hook_type),
};
JSON_TYPE(struct hooks, hooks);

static const struct json_field config_fields[] = {
    JSON_FIELD(struct spec, oci_version, "ociVersion", JSON_STRING, .required = true,
               .check = check_version),
    JSON_FIELD(struct spec, process, "process", JSON_OBJECT, .type = &process_type),
    JSON_FIELD(struct spec, root, "root", JSON_OBJECT, .required = true, .type = &root_type),
    JSON_FIELD(struct spec, hostname, "hostname", JSON_STRING, .check = check_uts_name),
    JSON_FIELD(struct spec, domainname, "domainname", JSON_STRING, .check = check_uts_name),
    JSON_FIELD(struct spec, mounts, "mounts", JSON_LIST, .type = &mount_type),
    JSON_FIELD(struct spec, hooks, "hooks", JSON_OBJECT, .type = &hooks_type),
    JSON_FIELD(struct spec, annotations, "annotations", JSON_STRING_MAP,
               .check_item = check_annotation_key_string),
    JSON_FIELD(struct spec, linux_section, "linux", JSON_OBJECT, .type = &linux_type),
    JSON_FIELD(struct spec, vm, "vm", JSON_OBJECT, .type = &vm_type),
};
JSON_TYPE(struct spec, config);
