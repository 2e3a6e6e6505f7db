/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/names.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "spec/spec.h"

/* Newer than the headers of the distributions tare builds on. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif
/* <linux/mempolicy.h> has it as an enumerator since Linux 6.9. */
#define WEIGHTED_INTERLEAVE 6
/* <linux/ioprio.h> is missing from some distributions. */
#define IOPRIO_REALTIME    1
#define IOPRIO_BEST_EFFORT 2
#define IOPRIO_IDLE        3

const struct json_name namespace_names[] = {
    {"cgroup", NAMESPACE_CGROUP},   {"ipc", NAMESPACE_IPC}, {"mount", NAMESPACE_MOUNT},
    {"network", NAMESPACE_NETWORK}, {"pid", NAMESPACE_PID}, {"time", NAMESPACE_TIME},
    {"user", NAMESPACE_USER},       {"uts", NAMESPACE_UTS}, {NULL, 0},
};

/* The specification has the plain names; runc, crun and the engines that configure them also use
 * the recursive ones, and mean the same. */
const struct json_name rootfs_propagation_names[] = {
    {"private", 0}, {"rprivate", 0}, {"rshared", 0},    {"rslave", 0}, {"runbindable", 0},
    {"shared", 0},  {"slave", 0},    {"unbindable", 0}, {NULL, 0},
};

const struct json_name device_type_names[] = {
    {"b", 'b'}, {"c", 'c'}, {"p", 'p'}, {"u", 'u'}, {NULL, 0},
};

const struct json_name device_rule_type_names[] = {
    {"a", 'a'},
    {"b", 'b'},
    {"c", 'c'},
    {NULL, 0},
};

const struct json_name rlimit_names[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
    {NULL, 0},
};

const struct json_name scheduler_policy_names[] = {
    {"SCHED_BATCH", SCHED_BATCH},
    {"SCHED_DEADLINE", SCHED_DEADLINE},
    {"SCHED_FIFO", SCHED_FIFO},
    {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_OTHER", SCHED_NORMAL},
    {"SCHED_RR", SCHED_RR},
    {NULL, 0},
};

const struct json_name scheduler_flag_names[] = {
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
    {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {NULL, 0},
};

const struct json_name io_priority_class_names[] = {
    {"IOPRIO_CLASS_BE", IOPRIO_BEST_EFFORT},
    {"IOPRIO_CLASS_IDLE", IOPRIO_IDLE},
    {"IOPRIO_CLASS_RT", IOPRIO_REALTIME},
    {NULL, 0},
};

const struct json_name personality_domain_names[] = {
    {"LINUX", PER_LINUX},
    {"LINUX32", PER_LINUX32},
    {NULL, 0},
};

const struct json_name memory_policy_mode_names[] = {
    {"MPOL_BIND", MPOL_BIND},
    {"MPOL_DEFAULT", MPOL_DEFAULT},
    {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
    {"MPOL_LOCAL", MPOL_LOCAL},
    {"MPOL_PREFERRED", MPOL_PREFERRED},
    {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
    {"MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE},
    {NULL, 0},
};

const struct json_name memory_policy_flag_names[] = {
    {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
    {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
    {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
    {NULL, 0},
};

const struct json_name seccomp_action_names[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
    {NULL, 0},
};

const struct json_name seccomp_operator_names[] = {
    {"SCMP_CMP_EQ", SECCOMP_OP_EQ}, {"SCMP_CMP_GE", SECCOMP_OP_GE},
    {"SCMP_CMP_GT", SECCOMP_OP_GT}, {"SCMP_CMP_LE", SECCOMP_OP_LE},
    {"SCMP_CMP_LT", SECCOMP_OP_LT}, {"SCMP_CMP_MASKED_EQ", SECCOMP_OP_MASKED_EQ},
    {"SCMP_CMP_NE", SECCOMP_OP_NE}, {NULL, 0},
};

const struct json_name seccomp_arch_names[] = {
    {"SCMP_ARCH_AARCH64", 0},     {"SCMP_ARCH_ARM", 0},    {"SCMP_ARCH_LOONGARCH64", 0},
    {"SCMP_ARCH_M68K", 0},        {"SCMP_ARCH_MIPS", 0},   {"SCMP_ARCH_MIPS64", 0},
    {"SCMP_ARCH_MIPS64N32", 0},   {"SCMP_ARCH_MIPSEL", 0}, {"SCMP_ARCH_MIPSEL64", 0},
    {"SCMP_ARCH_MIPSEL64N32", 0}, {"SCMP_ARCH_PARISC", 0}, {"SCMP_ARCH_PARISC64", 0},
    {"SCMP_ARCH_PPC", 0},         {"SCMP_ARCH_PPC64", 0},  {"SCMP_ARCH_PPC64LE", 0},
    {"SCMP_ARCH_RISCV64", 0},     {"SCMP_ARCH_S390", 0},   {"SCMP_ARCH_S390X", 0},
    {"SCMP_ARCH_SH", 0},          {"SCMP_ARCH_SHEB", 0},   {"SCMP_ARCH_X32", 0},
    {"SCMP_ARCH_X86", 0},         {"SCMP_ARCH_X86_64", 0}, {NULL, 0},
};

const struct json_name seccomp_flag_names[] = {
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
    {NULL, 0},
};

const struct json_name vm_image_format_names[] = {
    {"qcow2", 0}, {"raw", 0}, {"vdi", 0}, {"vhd", 0}, {"vmdk", 0}, {NULL, 0},
};

const struct json_name hook_names[] = {
    {"prestart", 0},
    {"createRuntime", 0},
    {"createContainer", 0},
    {"startContainer", 0},
    {"poststart", 0},
    {"poststop", 0},
    {NULL, 0},
};

int names_to_strings(struct arena *arena, const struct json_name *names, struct strings *ret)
{
    size_t n = 0;
    while (names[n].name)
        n++;
    const char **items = arena_array(arena, n + 1, sizeof(*items));
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        items[i] = names[i].name;
    *ret = (struct strings){.set = true, .n = n, .items = items};
    return 0;
}
