/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/check.h"
#include "spec/names.h"
#include "spec/spec.h"
#include "spec/tables.h"

/* config.md "Process". */

/* 4294967295 is "no id" for the kernel. */
#define ID_MAX (UINT32_MAX - 1)

static const struct json_field console_size_fields[] = {
    JSON_FIELD(struct console_size, height, "height", JSON_U64, .required = true,
               .max = UINT16_MAX),
    JSON_FIELD(struct console_size, width, "width", JSON_U64, .required = true, .max = UINT16_MAX),
};
static JSON_TYPE(struct console_size, console_size);

static const struct json_field user_fields[] = {
    JSON_FIELD(struct user, uid, "uid", JSON_U32, .required = true, .max = ID_MAX),
    JSON_FIELD(struct user, gid, "gid", JSON_U32, .required = true, .max = ID_MAX),
    JSON_FIELD(struct user, umask, "umask", JSON_OPT_U32, .max = 0777),
    JSON_FIELD(struct user, additional_gids, "additionalGids", JSON_NUMBERS_U32, .max = ID_MAX),
    JSON_FIELD(struct user, username, "username", JSON_STRING),
};
static JSON_TYPE(struct user, user);

static const struct json_field capabilities_fields[] = {
    JSON_FIELD(struct capability_names, bounding, "bounding", JSON_STRINGS),
    JSON_FIELD(struct capability_names, effective, "effective", JSON_STRINGS),
    JSON_FIELD(struct capability_names, inheritable, "inheritable", JSON_STRINGS),
    JSON_FIELD(struct capability_names, permitted, "permitted", JSON_STRINGS),
    JSON_FIELD(struct capability_names, ambient, "ambient", JSON_STRINGS),
};
static JSON_TYPE(struct capability_names, capabilities);

static const struct json_field rlimit_fields[] = {
    JSON_FIELD(struct rlimit_entry, type, "type", JSON_ENUM_INT, .required = true,
               .names = rlimit_names),
    JSON_FIELD(struct rlimit_entry, hard, "hard", JSON_U64, .required = true),
    JSON_FIELD(struct rlimit_entry, soft, "soft", JSON_U64, .required = true),
};

static const char *rlimit_check(const void *object, const char **property)
{
    const struct rlimit_entry *limit = object;
    *property = "soft";
    return limit->soft <= limit->hard ? NULL : "expected a soft limit that is at most the hard one";
}

static JSON_TYPE(struct rlimit_entry, rlimit, .unique = &rlimit_fields[0], .check = rlimit_check);

static const struct json_field scheduler_fields[] = {
    JSON_FIELD(struct scheduler, policy, "policy", JSON_ENUM_INT, .required = true,
               .names = scheduler_policy_names),
    JSON_FIELD(struct scheduler, nice, "nice", JSON_I32),
    JSON_FIELD(struct scheduler, priority, "priority", JSON_I32),
    JSON_FIELD(struct scheduler, flags, "flags", JSON_FLAGS, .names = scheduler_flag_names),
    JSON_FIELD(struct scheduler, runtime, "runtime", JSON_U64),
    JSON_FIELD(struct scheduler, deadline, "deadline", JSON_U64),
    JSON_FIELD(struct scheduler, period, "period", JSON_U64),
};
static JSON_TYPE(struct scheduler, scheduler);

static const struct json_field io_priority_fields[] = {
    JSON_FIELD(struct io_priority, class, "class", JSON_ENUM_INT, .required = true,
               .names = io_priority_class_names),
    JSON_FIELD(struct io_priority, priority, "priority", JSON_I32, .required = true, .max = 7),
};
static JSON_TYPE(struct io_priority, io_priority);

static const struct json_field affinity_fields[] = {
    JSON_FIELD(struct exec_cpu_affinity, initial, "initial", JSON_STRING,
               .check = check_number_list),
    JSON_FIELD(struct exec_cpu_affinity, final, "final", JSON_STRING, .check = check_number_list),
};
static JSON_TYPE(struct exec_cpu_affinity, affinity);

static const struct json_field process_fields[] = {
    JSON_FIELD(struct process, terminal, "terminal", JSON_BOOL),
    JSON_FIELD(struct process, console_size, "consoleSize", JSON_OBJECT,
               .type = &console_size_type),
    JSON_FIELD(struct process, user, "user", JSON_EMBEDDED, .type = &user_type),
    JSON_FIELD(struct process, args, "args", JSON_STRINGS, .required = true,
               .check = check_nonempty_list),
    JSON_FIELD(struct process, command_line, "commandLine", JSON_STRING),
    JSON_FIELD(struct process, env, "env", JSON_STRINGS, .check_item = check_environment_string),
    JSON_FIELD(struct process, cwd, "cwd", JSON_STRING, .required = true, .check = check_absolute),
    JSON_FIELD(struct process, capabilities, "capabilities", JSON_OBJECT,
               .type = &capabilities_type),
    JSON_FIELD(struct process, rlimits, "rlimits", JSON_LIST, .type = &rlimit_type),
    JSON_FIELD(struct process, no_new_privileges, "noNewPrivileges", JSON_BOOL),
    JSON_FIELD(struct process, apparmor_profile, "apparmorProfile", JSON_STRING),
    JSON_FIELD(struct process, oom_score_adj, "oomScoreAdj", JSON_OPT_I32, .min = -1000,
               .max = 1000),
    JSON_FIELD(struct process, scheduler, "scheduler", JSON_OBJECT, .type = &scheduler_type),
    JSON_FIELD(struct process, selinux_label, "selinuxLabel", JSON_STRING),
    JSON_FIELD(struct process, io_priority, "ioPriority", JSON_OBJECT, .type = &io_priority_type),
    JSON_FIELD(struct process, exec_cpu_affinity, "execCPUAffinity", JSON_OBJECT,
               .type = &affinity_type),
};
JSON_TYPE(struct process, process);
