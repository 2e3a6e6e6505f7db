/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/seccomp.h>

#include "spec/check.h"
#include "spec/names.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* config-linux.md "Seccomp". */

static const struct json_field seccomp_arg_fields[] = {
    JSON_FIELD(struct seccomp_arg, index, "index", JSON_U32, .required = true, .max = 5),
    JSON_FIELD(struct seccomp_arg, value, "value", JSON_U64, .required = true),
    JSON_FIELD(struct seccomp_arg, value_two, "valueTwo", JSON_U64),
    JSON_FIELD(struct seccomp_arg, op, "op", JSON_ENUM_U32, .required = true,
               .names = seccomp_operator_names),
};
static JSON_TYPE(struct seccomp_arg, seccomp_arg);

static const struct json_field seccomp_rule_fields[] = {
    JSON_FIELD(struct seccomp_rule, names, "names", JSON_STRINGS, .required = true,
               .check = check_nonempty_list),
    JSON_FIELD(struct seccomp_rule, action, "action", JSON_ENUM_U32, .required = true,
               .names = seccomp_action_names),
    JSON_FIELD(struct seccomp_rule, errno_ret, "errnoRet", JSON_OPT_U32),
    JSON_FIELD(struct seccomp_rule, args, "args", JSON_LIST, .type = &seccomp_arg_type),
};

static bool action_has_errno(uint32_t action)
{
    return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

static const char *seccomp_rule_check(const void *object, const char **property)
{
    const struct seccomp_rule *rule = object;
    *property = "errnoRet";
    return !rule->errno_ret.set || action_has_errno(rule->action)
               ? NULL
               : "expected errnoRet only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE";
}

static JSON_TYPE(struct seccomp_rule, seccomp_rule, .check = seccomp_rule_check);

static const struct json_field seccomp_fields[] = {
    JSON_FIELD(struct seccomp, default_action, "defaultAction", JSON_ENUM_U32, .required = true,
               .names = seccomp_action_names),
    JSON_FIELD(struct seccomp, default_errno_ret, "defaultErrnoRet", JSON_OPT_U32),
    JSON_FIELD(struct seccomp, architectures, "architectures", JSON_STRINGS,
               .names = seccomp_arch_names),
    JSON_FIELD(struct seccomp, flags, "flags", JSON_FLAGS, .names = seccomp_flag_names),
    JSON_FIELD(struct seccomp, listener_path, "listenerPath", JSON_STRING),
    JSON_FIELD(struct seccomp, listener_metadata, "listenerMetadata", JSON_STRING),
    JSON_FIELD(struct seccomp, syscalls, "syscalls", JSON_LIST, .type = &seccomp_rule_type),
};

static const char *seccomp_check(const void *object, const char **property)
{
    const struct seccomp *seccomp = object;
    *property = "defaultErrnoRet";
    if (seccomp->default_errno_ret.set && !action_has_errno(seccomp->default_action))
        return "expected defaultErrnoRet only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE";
    *property = "listenerMetadata";
    if (seccomp->listener_metadata && !seccomp->listener_path)
        return "expected listenerMetadata only together with listenerPath";
    return NULL;
}

JSON_TYPE(struct seccomp, seccomp, .check = seccomp_check);
