/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/check.h"
#include "spec/names.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* config-vm.md. */

static const struct json_field hypervisor_fields[] = {
    JSON_FIELD(struct vm_hypervisor, path, "path", JSON_STRING, .required = true,
               .check = check_absolute),
    JSON_FIELD(struct vm_hypervisor, parameters, "parameters", JSON_STRINGS),
};
static JSON_TYPE(struct vm_hypervisor, hypervisor);

static const struct json_field kernel_fields[] = {
    JSON_FIELD(struct vm_kernel, path, "path", JSON_STRING, .required = true,
               .check = check_absolute),
    JSON_FIELD(struct vm_kernel, parameters, "parameters", JSON_STRINGS),
    JSON_FIELD(struct vm_kernel, initrd, "initrd", JSON_STRING, .check = check_absolute),
};
static JSON_TYPE(struct vm_kernel, kernel);

static const struct json_field image_fields[] = {
    JSON_FIELD(struct vm_image, path, "path", JSON_STRING, .required = true,
               .check = check_absolute),
    JSON_FIELD(struct vm_image, format, "format", JSON_NAME, .required = true,
               .names = vm_image_format_names),
};
static JSON_TYPE(struct vm_image, image);

static const struct json_field iomem_fields[] = {
    JSON_FIELD(struct vm_iomem, first_gfn, "firstGFN", JSON_OPT_U64),
    JSON_FIELD(struct vm_iomem, first_mfn, "firstMFN", JSON_U64, .required = true),
    JSON_FIELD(struct vm_iomem, nr_mfns, "nrMFNs", JSON_U64, .required = true),
};
static JSON_TYPE(struct vm_iomem, iomem);

static const struct json_field hw_config_fields[] = {
    JSON_FIELD(struct vm_hw_config, device_tree, "deviceTree", JSON_STRING),
    JSON_FIELD(struct vm_hw_config, vcpus, "vcpus", JSON_OPT_U32),
    JSON_FIELD(struct vm_hw_config, memory, "memory", JSON_OPT_U64),
    JSON_FIELD(struct vm_hw_config, dtdevs, "dtdevs", JSON_STRINGS),
    JSON_FIELD(struct vm_hw_config, iomems, "iomems", JSON_LIST, .type = &iomem_type),
    JSON_FIELD(struct vm_hw_config, irqs, "irqs", JSON_NUMBERS_U32),
};
static JSON_TYPE(struct vm_hw_config, hw_config);

static const struct json_field vm_fields[] = {
    JSON_FIELD(struct vm, hypervisor, "hypervisor", JSON_OBJECT, .type = &hypervisor_type),
    JSON_FIELD(struct vm, kernel, "kernel", JSON_OBJECT, .required = true, .type = &kernel_type),
    JSON_FIELD(struct vm, image, "image", JSON_OBJECT, .type = &image_type),
    JSON_FIELD(struct vm, hw_config, "hwConfig", JSON_OBJECT, .type = &hw_config_type),
    /* The spelling of the specification's own Go types. */
    JSON_FIELD(struct vm, hw_config, "hwconfig", JSON_OBJECT, .type = &hw_config_type,
               .alias = true),
};
JSON_TYPE(struct vm, vm);
