/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "spec/values.h"

/* config.json of the OCI runtime-spec 1.3, Linux part, as typed data.
 *
 * Names follow the JSON. Every struct lives in the arena it was parsed into; strings are
 * NUL-terminated UTF-8 without inner NUL. Parsing has checked types, ranges, enumerations and
 * required properties (spec/parse.h); what needs more than one property to judge is checked by the
 * planner (plan/). Where the text of the specification and its JSON schema disagree, the text
 * holds. */

/* The version that is implemented in full, and the oldest that is accepted. */
#define SPEC_VERSION     "1.3.0"
#define SPEC_VERSION_MIN "1.0.0"

/* ---- process: config.md "Process" ---------------------------------------------------------------
 */

struct console_size {
    uint64_t height, width; /* rows, columns */
};

/* All zero when the document has none: root. */
struct user {
    uint32_t uid, gid;    /* ids inside the container; 4294967295 is refused */
    struct opt_u32 umask; /* 0..0777 */
    struct numbers_u32 additional_gids;
    const char *username; /* Windows; kept, not used */
};

struct capability_names { /* "CAP_..." strings as written; unknown ones are a warning, not an error
                           */
    struct strings bounding, effective, inheritable, permitted, ambient;
};

struct rlimit_entry {
    int type;            /* RLIMIT_* of <sys/resource.h> */
    uint64_t soft, hard; /* RLIM_INFINITY is 2^64-1 */
};

struct scheduler {
    int policy; /* SCHED_* of <linux/sched.h>; SCHED_ISO is refused */
    int32_t nice, priority;
    struct flag_set flags;              /* SCHED_FLAG_* values of <linux/sched.h>, OR'ed */
    uint64_t runtime, deadline, period; /* nanoseconds */
};

struct io_priority {
    int class;        /* IOPRIO_CLASS_*: 1 RT, 2 BE, 3 IDLE */
    int32_t priority; /* 0..7 */
};

struct exec_cpu_affinity {
    const char *initial, *final; /* cpu lists */
};

struct process {
    bool terminal;
    struct console_size *console_size;
    struct user user;
    struct strings args;      /* at least one, when process is there */
    const char *command_line; /* Windows; kept, not used */
    struct strings env;
    const char *cwd; /* absolute */
    struct capability_names *capabilities;
    struct LIST_OF(struct rlimit_entry) rlimits; /* no type twice */
    bool no_new_privileges;
    const char *apparmor_profile;
    struct opt_i32 oom_score_adj; /* -1000..1000 */
    struct scheduler *scheduler;
    const char *selinux_label;
    struct io_priority *io_priority;
    struct exec_cpu_affinity *exec_cpu_affinity;
};

/* ---- root, mounts, hooks: config.md -------------------------------------------------------------
 */

struct root {
    const char *path; /* as written: absolute or relative to the bundle */
    bool readonly;
};

struct id_mapping {
    uint32_t container_id, host_id, size;
};

struct id_mapping_list LIST_OF(struct id_mapping);

struct mount {
    const char *destination, *type, *source;
    struct strings options;
    struct id_mapping_list uid_mappings, gid_mappings;
};

struct mount_list LIST_OF(struct mount);

struct hook {
    const char *path; /* absolute */
    struct strings args, env;
    struct opt_i64 timeout; /* seconds, > 0 */
};

struct hook_list LIST_OF(struct hook);

struct hooks {
    struct hook_list prestart, create_runtime, create_container, start_container, poststart,
        poststop;
};

/* ---- linux: config-linux.md ---- */

enum namespace_type {
    NAMESPACE_MOUNT,
    NAMESPACE_PID,
    NAMESPACE_NETWORK,
    NAMESPACE_UTS,
    NAMESPACE_IPC,
    NAMESPACE_USER,
    NAMESPACE_CGROUP,
    NAMESPACE_TIME,
    NAMESPACE_TYPES, /* how many */
};

struct namespace_entry {
    enum namespace_type type; /* no type twice */
    const char *path;         /* absolute, or NULL: a new one */
};

struct time_offset {
    struct opt_i64 secs;
    struct opt_u32 nanosecs;
};

struct time_offsets {
    struct time_offset *boottime, *monotonic;
};

struct device {
    char type;                          /* 'c' 'b' 'u' 'p' */
    const char *path;                   /* absolute */
    struct opt_i64 major, minor;        /* present unless 'p' */
    struct opt_u32 file_mode, uid, gid; /* mode 0..0777, without type */
};

struct net_device {
    const char *host_name; /* the key */
    const char *name;      /* inside, or NULL: the same */
};

struct device_rule { /* resources.devices[] */
    bool allow;
    char type;                   /* 'a' 'c' 'b'; 'a' when absent */
    struct opt_i64 major, minor; /* absent or -1: any */
    const char *access;          /* letters of "rwm"; NULL when absent: all three */
};

struct memory_resources {
    struct opt_i64 limit, reservation, swap, kernel, kernel_tcp; /* bytes, -1 unlimited */
    struct opt_u64 swappiness;
    struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct cpu_resources {
    struct opt_u64 shares, period, burst, realtime_period;
    struct opt_i64 quota, realtime_runtime, idle;
    const char *cpus, *mems;
};

struct weight_device {
    int64_t major, minor;
    struct opt_u16 weight, leaf_weight;
};

struct throttle_device {
    int64_t major, minor;
    uint64_t rate; /* bytes or operations per second */
};

struct throttle_list LIST_OF(struct throttle_device);

struct block_io_resources {
    struct opt_u16 weight, leaf_weight;
    struct LIST_OF(struct weight_device) weight_device;
    struct throttle_list throttle_read_bps, throttle_write_bps, throttle_read_iops,
        throttle_write_iops;
};

struct hugepage_limit {
    const char *page_size; /* "2MB" */
    uint64_t limit;        /* bytes */
};

struct network_priority {
    const char *name;
    uint32_t priority;
};

struct network_resources {
    struct opt_u32 class_id;
    struct LIST_OF(struct network_priority) priorities;
};

struct rdma_limit {
    const char *device;                      /* the key */
    struct opt_u32 hca_handles, hca_objects; /* one of them at least */
};

struct resources {
    struct LIST_OF(struct device_rule) devices;
    struct memory_resources *memory;
    struct cpu_resources *cpu;
    struct opt_i64 pids_limit; /* resources.pids.limit; -1 unlimited, 0 is a limit */
    struct block_io_resources *block_io;
    struct LIST_OF(struct hugepage_limit) hugepage_limits;
    struct network_resources *network;
    struct LIST_OF(struct rdma_limit) rdma;
    struct string_map unified;
};

/* Actions carry the kernel's SECCOMP_RET_* value without data. */
enum seccomp_operator {
    SECCOMP_OP_NE = 1,
    SECCOMP_OP_LT,
    SECCOMP_OP_LE,
    SECCOMP_OP_EQ,
    SECCOMP_OP_GE,
    SECCOMP_OP_GT,
    SECCOMP_OP_MASKED_EQ,
};

struct seccomp_arg {
    uint32_t index; /* 0..5 */
    uint64_t value, value_two;
    enum seccomp_operator op; /* MASKED_EQ: (arg & value) == value_two */
};

struct seccomp_rule {
    struct strings names;     /* at least one */
    uint32_t action;          /* SECCOMP_RET_* */
    struct opt_u32 errno_ret; /* only with ERRNO and TRACE */
    struct LIST_OF(struct seccomp_arg) args;
};

struct seccomp {
    uint32_t default_action; /* SECCOMP_RET_* */
    struct opt_u32 default_errno_ret;
    struct strings architectures; /* "SCMP_ARCH_X86_64" ...: checked names */
    struct flag_set flags;        /* SECCOMP_FILTER_FLAG_* values of <linux/seccomp.h>, OR'ed */
    const char *listener_path, *listener_metadata;
    struct LIST_OF(struct seccomp_rule) syscalls;
};

struct intel_rdt {
    const char *clos_id;
    struct strings schemata;
    const char *l3_cache_schema, *mem_bw_schema;
    bool enable_monitoring;
};

struct memory_policy {
    int mode; /* MPOL_* of <linux/mempolicy.h> */
    const char *nodes;
    struct flag_set flags; /* MPOL_F_* values, OR'ed */
};

struct personality {
    unsigned long domain; /* PER_LINUX or PER_LINUX32 */
    struct strings flags; /* none is supported */
};

struct linux_section {
    struct LIST_OF(struct namespace_entry) namespaces;
    struct id_mapping_list uid_mappings, gid_mappings;
    struct time_offsets *time_offsets;
    struct LIST_OF(struct device) devices;
    struct LIST_OF(struct net_device) net_devices;
    const char *cgroups_path;
    struct resources *resources;
    struct intel_rdt *intel_rdt;
    struct memory_policy *memory_policy;
    struct string_map sysctl;
    struct seccomp *seccomp;
    const char *rootfs_propagation;              /* checked name, or NULL */
    struct strings masked_paths, readonly_paths; /* absolute */
    const char *mount_label;
    struct personality *personality;
};

/* ---- vm: config-vm.md; parsed and kept ---- */

struct vm_hypervisor {
    const char *path;
    struct strings parameters;
};
struct vm_kernel {
    const char *path;
    struct strings parameters;
    const char *initrd;
};
struct vm_image {
    const char *path, *format;
};
struct vm_iomem {
    struct opt_u64 first_gfn;
    uint64_t first_mfn, nr_mfns;
};
struct vm_hw_config {
    const char *device_tree;
    struct opt_u32 vcpus;
    struct opt_u64 memory;
    struct strings dtdevs;
    struct LIST_OF(struct vm_iomem) iomems;
    struct numbers_u32 irqs;
};
struct vm {
    struct vm_hypervisor *hypervisor;
    struct vm_kernel *kernel;
    struct vm_image *image;
    struct vm_hw_config *hw_config;
};

/* ---- the whole document ---- */

struct spec {
    const char *oci_version; /* SemVer with major 1 */
    struct root *root;
    struct process *process; /* NULL: create works, start does not */
    const char *hostname, *domainname;
    struct mount_list mounts;
    struct hooks *hooks;
    struct string_map annotations;
    struct linux_section *linux_section; /* NULL when absent ("linux" is a predefined macro) */
    struct vm *vm;
};
