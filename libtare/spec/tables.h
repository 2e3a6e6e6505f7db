/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "spec/json.h"

/* The tables of spec/spec.h. Properties are in the order in which the engines write them. */

extern const struct json_type config_type; /* struct spec */
extern const struct json_type process_type;
extern const struct json_type hook_type;
extern const struct json_type hooks_type;
extern const struct json_type mount_type;
extern const struct json_type linux_type;
extern const struct json_type id_mapping_type;
extern const struct json_type device_type;
extern const struct json_type resources_type;
extern const struct json_type seccomp_type;
extern const struct json_type vm_type;
