/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/variant.h"
#include "spec/spec.h"

/* The plan: everything that will be done to make a container, in order, as data.
 *
 * plan_make() is pure: it reads a spec, the caller's options and facts about the host that were gathered
 * before, and it changes nothing. Whatever can be known to be wrong with a configuration is reported here,
 * with its JSON pointer, before anything exists. The rooms below (cgroup/, sandbox/, container/) walk the
 * plan and decide nothing by themselves.
 *
 * All of a plan lives in the arena; strings may point into the spec. `where` is a JSON pointer into
 * config.json, for error messages. */

/* ---- inputs ---- */

/* What the planner must know of the host. Gathered once by container/host.c; tests write their own. */
struct host_facts {
    uid_t euid;
    gid_t egid;
    bool in_user_namespace; /* the caller is already inside a user namespace */
    uint64_t cap_effective; /* capabilities that can be granted, as a mask */
    uint64_t cap_bounding;
    int last_cap;             /* highest capability that the kernel knows */
    mode_t umask;             /* the caller's */
    uint64_t ignored_signals; /* by the caller, as a mask: bit n-1 is signal n */
    /* Whether they are on; looked for only when the configuration has a label of theirs. */
    bool apparmor, selinux;
};

enum cgroup_manager {
    CGROUP_MANAGER_CGROUPFS,
    CGROUP_MANAGER_SYSTEMD,
    CGROUP_MANAGER_DISABLED,
};

/* What the command line (or the embedding program) asks for. */
struct plan_options {
    const char *id;
    const char *bundle; /* absolute */
    enum cgroup_manager cgroup_manager;
    bool no_pivot;
    bool no_new_keyring;
    unsigned preserve_fds; /* 3 .. 3+n-1 are handed to the payload */
    unsigned listen_fds;   /* socket activation, before the preserved ones */
    const char *notify;    /* directory on the host for the program's NOTIFY_SOCKET; NULL: none */
    bool foreground;       /* `run` without --detach */
    bool rootless;         /* a container that needs no cgroup may do without */
    bool has_console_socket;
    const char *seccomp_receiver; /* where the seccomp listener goes when the configuration does not
                                     say it; NULL: nowhere */
};

#define PLAN_NOTIFY_TARGET "/run/notify" /* where plan_options.notify is in the container */

/* ---- namespaces ---- */

struct plan_join {
    int type; /* CLONE_NEW* */
    const char *path;
    const char *where;
};

struct plan_namespaces {
    uint64_t create; /* CLONE_NEW* flags of the namespaces to make */
    struct plan_join joins[NAMESPACE_TYPES];
    size_t n_joins;
    /* Text for /proc/PID/uid_map and gid_map; NULL without a new user namespace. */
    const char *uid_map, *gid_map;
    /* More than the caller may map itself: newuidmap(1) and newgidmap(1) write them. */
    bool uids_by_helper, gids_by_helper;
    bool deny_setgroups;
    /* Text for /proc/self/timens_offsets, or NULL. */
    const char *time_offsets;
    bool loopback_up; /* a new network namespace: bring lo up */
};

/* ---- cgroup ---- */

enum cgroup_controller { /* bits of plan_cgroup.controllers */
                         CONTROLLER_CPU = 1 << 0,
                         CONTROLLER_CPUSET = 1 << 1,
                         CONTROLLER_MEMORY = 1 << 2,
                         CONTROLLER_IO = 1 << 3,
                         CONTROLLER_PIDS = 1 << 4,
                         CONTROLLER_HUGETLB = 1 << 5,
                         CONTROLLER_RDMA = 1 << 6,
                         CONTROLLER_MISC = 1 << 7,
};

/* One write to a file of the cgroup. */
struct plan_cgroup_write {
    const char *controller; /* "memory"; "cgroup" for core files, which need no controller */
    const char *file;       /* "memory.max" */
    const char *value;
    const char *where; /* "/linux/resources/memory/limit" */
    bool
        optional_file; /* a missing file is no error (memory.swap.max without swap accounting, rsvd) */
    /* "max": written where the file is, to lift a limit; where it is not, there is none to lift. */
    bool limits_nothing;
    /* Tried in place of `file` when that one is missing: io.bfq.weight, then io.weight. NULL for none. */
    const char *fallback_file, *fallback_value;
};

struct
    plan_device_rule { /* resources.devices and the default rules, normalised: the last match wins */
    bool allow;
    char type;            /* 'a' 'c' 'b' */
    int64_t major, minor; /* -1: any */
    unsigned access;      /* DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD */
};

#define DEVICE_MKNOD 1u /* the values of BPF_DEVCG_ACC_* in <linux/bpf.h> */
#define DEVICE_READ  2u
#define DEVICE_WRITE 4u

struct plan_property { /* of a unit of systemd */
    const char *name;
    struct variant value;
    const char *where; /* NULL: not from the configuration */
    unsigned since;    /* version of systemd that knows it first; 0: every one */
};

/* The transient scope that holds the container, with the manager systemd. */
struct plan_scope {
    const char *unit;  /* "tare-ID.scope" */
    const char *slice; /* "system.slice" */
    const char
        *subgroup; /* of the scope's cgroup: where the container is; NULL: in the scope's itself */
    bool user;     /* of the caller's own systemd, not the system's */
    struct plan_property *properties; /* to be set in this order */
    size_t n_properties;
};

/* The subgroup of the scope's that is there while a container is made. */
#define PLAN_SCOPE_HOLDER "tare-holder"

struct plan_cgroup {
    enum cgroup_manager manager;
    const char *path;               /* "/a/b" below the mount; with the driver of systemd
                                     * cgroupsPath as written; NULL: the default for the id */
    const struct plan_scope *scope; /* NULL unless the manager is systemd */
    /* The default is below the cgroup of the caller, who need not have a right to any other; with
     * controllers it is beside it, since a cgroup with processes gives none. */
    bool beside_caller;
    bool is_optional;     /* where none can be made for want of rights, the container has none */
    unsigned controllers; /* which ones `writes` needs */
    struct plan_cgroup_write *writes;
    size_t n_writes;
    /* resources.memory.checkBeforeUpdate: `update` refuses limits below the present use. */
    bool check_memory_usage;
    /* Device access. `restrict_devices` is false when the config has no device rules, or allows everything:
     * no program is loaded. The first rule is for everything ('a', -1, -1, all access), so that one always
     * matches; the last match wins. */
    bool restrict_devices;
    struct plan_device_rule *device_rules;
    size_t n_device_rules;
    /* chown the cgroup to this host uid so that the container manages it (config-linux.md "Cgroup
     * ownership"); -1 for no. */
    int64_t delegate_uid;
    /* A cgroup below, where the init goes and which the container's root owns: limits stay with the one above;
     * NULL: none. The host uid, -1: unknown. */
    const char *subgroup;
    int64_t subgroup_uid;
};

/* The first write that limits something, NULL for none: without it a container can do without a cgroup. */
const struct plan_cgroup_write *plan_cgroup_limit(const struct plan_cgroup *plan);

/* The conversion alone, for `update`: resources → writes. Pure. `where` is the pointer of the resources
 * object. */
int plan_resources(struct arena *arena, const struct resources *resources, const char *where,
                   struct plan_cgroup *ret, struct error *err);

/* What an update of some limits must know of the present ones; not set: unknown. */
struct resources_now {
    struct opt_i64 memory_limit, cpu_quota; /* -1: none */
    struct opt_u64 cpu_period;
};

/* The changes that `resources`, the document of `tare update`, asks for: as plan_resources(), and the
 * device rules when there are any. Pure; fills in `resources` what is left as it is. */
int plan_update(struct arena *arena, struct resources *resources, const struct resources_now *now,
                struct plan_cgroup *ret, struct error *err);

/* The properties of a scope that say what `plan->writes` say, as far as systemd has such: 0 or
 * -ENOMEM. Pure. */
int plan_scope_limits(struct arena *arena, const struct plan_cgroup *plan,
                      struct plan_property **ret, size_t *ret_n);

/* ---- resctrl ---- */

struct plan_resctrl_line {
    const char *text; /* "L3:0=ff;1=ff" */
    const char *where;
};

struct plan_resctrl {
    const char *group; /* directory in the resctrl filesystem; ".": its root, the default group */
    bool is_named;     /* by a closID: it stays when the container is deleted */
    struct plan_resctrl_line *lines;
    size_t n_lines;
    bool monitors; /* a monitoring group of the container's own */
};

/* ---- root filesystem and mounts ---- */

enum plan_mount_kind {
    MOUNT_FILESYSTEM, /* a new instance of `fstype` */
    MOUNT_BIND,       /* a clone of what is at `source` */
    MOUNT_REMOUNT,    /* change what is mounted at `target` */
    MOUNT_CGROUP,     /* type cgroup or cgroup2: cgroup2, with the fallbacks of behaviour.md */
};

struct plan_fs_option { /* one fsconfig(2) call; value NULL: a flag */
    const char *key, *value;
    const char *where; /* "/mounts/3/options/1" */
};

/* tmpcopyup, copy-symlink, src-nofollow, dest-nofollow, idmap: as the mount option of that name */
struct plan_mount {
    enum plan_mount_kind kind;
    const char *where;  /* "/mounts/3" */
    const char *source; /* bind: absolute path on the host; else the dummy or device, may be NULL */
    const char *target; /* absolute path inside the root, as configured (made absolute) */
    const char *fstype;
    bool recursive; /* rbind */
    /* MOUNT_ATTR_* of <linux/mount.h> for this mount (atime modes as in mount_setattr(2)) ... */
    uint64_t attr_set, attr_clear;
    /* ... and for the whole tree below it (rro, rnosuid, ...) */
    uint64_t tree_attr_set, tree_attr_clear;
    /* Filesystem options, superblock flags ("ro", "sync", "dirsync", "lazytime", ...) included. None for a
     * bind mount and for a remount with bind; for another remount they are a reconfiguration (fspick). */
    struct plan_fs_option *fs_options;
    size_t n_fs_options;
    /* MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE, each possibly with MS_REC, in the order given. */
    unsigned long propagation[4];
    size_t n_propagation;
    /* tmpfs, or anything at /dev, with ro: read-only only after devices and mount points are made.
     * MOUNT_ATTR_RDONLY is not in attr_set then. */
    bool readonly_late;
    bool tmpcopyup, copy_symlink, source_nofollow, target_nofollow;
    /* Id-mapped mount: text for uid_map and gid_map of the mapping's user namespace; NULL for none. */
    const char *idmap_uids, *idmap_gids;
    bool idmap_container; /* by the user namespace that the container joins */
    bool idmap_recursive;
};

struct plan_root {
    const char *path; /* absolute path on the host */
    bool readonly;
    bool no_pivot;
    /* There is no mount namespace: the root is mounted over itself where the caller's mounts are. */
    bool on_host;
    /* Propagation of the root mount inside, MS_* flags as given by rootfsPropagation; 0: the default, which
     * is a slave while building and private inside. */
    unsigned long propagation;
    const char *mount_label;
};

/* ---- devices, links, masks, sysctls ---- */

struct plan_device {
    const char *path; /* absolute inside the root */
    mode_t type;      /* S_IFCHR, S_IFBLK, S_IFIFO */
    dev_t number;
    mode_t mode; /* permission bits */
    uid_t uid;   /* container ids */
    gid_t gid;
    bool is_default; /* one of the runtime's own: an existing right node is kept silently */
    const char *where;
};

struct plan_link { /* a symbolic link to make: /dev/fd → /proc/self/fd */
    const char *path, *target;
    const char *needs; /* only when this path exists inside the root; NULL: always */
};

struct plan_sysctl {
    const char *path; /* below /proc/sys, slashes: "net/ipv4/ip_forward" */
    const char *value;
    const char *where;
};

/* ---- network devices ---- */

struct plan_net_device {
    const char *host_name;
    const char *name; /* inside */
    bool is_template; /* it has a "%d", for a number that the kernel chooses */
    const char *where, *where_name;
};

/* ---- the process ---- */

struct plan_rlimit {
    int resource;
    struct rlimit limit;
};

struct plan_capabilities {
    bool set; /* false: the config has no `capabilities`; all are dropped then as runc and
                                      crun do not: the sets stay as they are */
    uint64_t bounding, effective, inheritable, permitted, ambient; /* only what can be granted */
};

#define LONG_BITS    (8 * sizeof(unsigned long))
#define MEMORY_NODES 1024 /* MAX_NUMNODES of the largest kernels */

struct plan_memory_policy {
    int mode; /* MPOL_*, with its MPOL_F_* flags */
    unsigned long nodes[MEMORY_NODES / LONG_BITS];
    const char *text; /* the nodes as configured; NULL: none */
};

#define PROCESSORS 8192 /* NR_CPUS of the largest kernels */

struct plan_processors {
    unsigned long mask[PROCESSORS / LONG_BITS];
    const char *text; /* as configured */
};

struct plan_process {
    const char *const *args; /* NULL-terminated */
    const char *const *env; /* NULL-terminated; LISTEN_FDS and LISTEN_PID included when asked for */
    bool add_home; /* env has no HOME, or an empty one, which is left out: look it up in the
                      container's /etc/passwd */
    const char *search_path; /* PATH of env, or the default path */
    const char *cwd;
    uid_t uid; /* container ids */
    gid_t gid;
    const gid_t *groups;
    size_t n_groups;
    bool keep_groups; /* leave the supplementary groups alone */
    mode_t umask;
    struct plan_capabilities capabilities;
    struct plan_rlimit *rlimits;
    size_t n_rlimits;
    bool no_new_privileges;
    struct opt_i32 oom_score_adj;
    bool terminal;
    uint16_t rows, columns; /* 0: leave as the kernel makes it */
    const char *apparmor_profile, *selinux_label;
    const struct scheduler *scheduler;
    const struct io_priority *io_priority;
    const struct personality *personality;
    const struct plan_memory_policy *memory_policy;
    /* execCPUAffinity, which is not for the init: where tare runs until the process is in the cgroup, and
     * where it runs then. NULL: not configured. */
    const struct plan_processors *initial_processors, *final_processors;
    unsigned preserve_fds; /* all of them: LISTEN_FDS and --preserve-fds */
};

/* ---- seccomp ---- */

/* Where the listener of a filter with SCMP_ACT_NOTIFY goes. */
struct plan_listener {
    const char *path;     /* absolute, of a listening socket; NULL: nowhere */
    const char *metadata; /* NULL: none */
    const char *where;    /* what asked for it */
};

/* ---- the whole ---- */

struct plan {
    const char *id, *bundle;
    bool has_process;       /* false: create parks a container that start refuses */
    bool in_user_namespace; /* a new one, a joined one, or the caller's */
    struct plan_namespaces namespaces;
    struct plan_cgroup cgroup;
    const struct plan_resctrl *resctrl; /* NULL: leave it alone */
    struct plan_root root;
    struct plan_mount *mounts;
    size_t n_mounts;
    struct plan_device *devices; /* the config's, then the defaults that it does not override */
    size_t n_devices;
    bool bind_devices; /* user namespace: bind the host's nodes in place of mknod */
    struct plan_link *links;
    size_t n_links;
    struct strings masked_paths; /* without duplicates */
    struct strings readonly_paths;
    struct plan_sysctl *sysctls;
    size_t n_sysctls;
    struct plan_net_device *net_devices;
    size_t n_net_devices;
    const char *hostname, *domainname;
    struct plan_process process;
    const struct seccomp *seccomp; /* NULL: no filter */
    const char *seccomp_data;      /* a program in base64 in place of `seccomp`, or NULL */
    bool seccomp_strict;           /* names of unknown system calls are errors */
    struct plan_listener listener;
    const struct hooks *hooks;            /* never NULL; lists may be empty */
    const struct string_map *annotations; /* never NULL */
    bool new_keyring;
    /* Warnings for the log, in order ("capability CAP_X is unknown"). */
    struct strings warnings;
    /* For the log of somebody who looks for an error. */
    struct strings notes;
};

/* 0, or a negative errno with every problem found (kind ERROR_CONFIG or ERROR_UNSUPPORTED). */
int plan_make(struct arena *arena, const struct spec *spec, const struct plan_options *options,
              const struct host_facts *facts, struct plan **ret, struct error *err);

/* ---- exec ---- */

/* A process to be put into a container that is there. */
struct plan_exec_options {
    const char *id, *bundle;
    bool in_user_namespace; /* the container has one of its own */
    bool new_keyring;       /* and a session keyring */
    unsigned preserve_fds;
    bool foreground;
    bool has_console_socket;
    const char *seccomp_receiver; /* that the container was made with */
};

/* As plan_make(), with the process and the filter only: everything else is there and stays as it is. `spec` is
 * the configuration that the container was made with, but for its `process`, which is the one to plan. */
int plan_exec(struct arena *arena, const struct spec *spec, const struct plan_exec_options *options,
              const struct host_facts *facts, struct plan **ret, struct error *err);

/* ---- mounts ---- */

/* What is to be mounted in, or unmounted from, a container that is there. */
struct plan_mounts_options {
    const char *bundle;              /* relative sources begin there */
    const struct mount_list *mounts; /* problems have pointers into this list: "/0/options/1" */
    bool removal;                    /* only the destinations count */
};

/* As plan_make(), with the mounts only, and what their making must know of the container. `spec` is the
 * configuration that the container was made with. */
int plan_mount_changes(struct arena *arena, const struct spec *spec,
                       const struct plan_mounts_options *options, const struct host_facts *facts,
                       struct plan **ret, struct error *err);

/* Whether a name can be that of a container: 0, or -EINVAL "invalid container ID format". */
int plan_check_id(const char *id, struct error *err);

/* The plan as readable text, in the order in which it is applied (`tare plan`). */
int plan_print(struct arena *arena, const struct plan *plan, const char **ret, struct error *err);
