/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "spec/json.h"

/* The enumerations of the runtime-spec with the kernel's numbers. config.json is checked against
 * these lists and `features` prints them, so that the two cannot differ. Sorted by name; the end
 * has name NULL. */

extern const struct json_name namespace_names[]; /* enum namespace_type */
extern const struct json_name rootfs_propagation_names[];
extern const struct json_name device_type_names[];      /* c b u p */
extern const struct json_name device_rule_type_names[]; /* a b c */
extern const struct json_name rlimit_names[];           /* RLIMIT_* */
extern const struct json_name
    scheduler_policy_names[]; /* SCHED_*; without SCHED_ISO, which Linux has not */
extern const struct json_name scheduler_flag_names[];     /* SCHED_FLAG_* */
extern const struct json_name io_priority_class_names[];  /* IOPRIO_CLASS_* */
extern const struct json_name personality_domain_names[]; /* PER_* */
extern const struct json_name memory_policy_mode_names[]; /* MPOL_* */
extern const struct json_name memory_policy_flag_names[]; /* MPOL_F_* */
extern const struct json_name seccomp_action_names[];     /* SECCOMP_RET_* */
extern const struct json_name seccomp_operator_names[];   /* enum seccomp_operator */
extern const struct json_name seccomp_arch_names[];       /* all that the specification has */
extern const struct json_name seccomp_flag_names[];       /* SECCOMP_FILTER_FLAG_* */
extern const struct json_name vm_image_format_names[];
extern const struct json_name hook_names[]; /* in the order they run */

/* The names as the strings of a document. 0 or -ENOMEM. */
int names_to_strings(struct arena *arena, const struct json_name *names, struct strings *ret);
