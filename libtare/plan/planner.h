/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/path.h"
#include "plan/plan.h"
#include "plan/problems.h"

/* What the files of plan/ share while plan_make() runs. Each step reads the spec and fills its part
 * of the plan; it returns 0 or -ENOMEM and reports what is wrong with the configuration to
 * `problems`. */

struct planner {
    struct arena *arena;
    const struct spec *spec;
    const struct linux_section *section; /* never NULL: an absent "linux" is an empty one */
    const struct plan_options *options;
    const struct host_facts *facts;
    struct plan *plan;
    struct problems problems;
    size_t warnings_capacity, notes_capacity;
    /* The namespaces that the configuration lists, new or joined, as a mask of 1 << NAMESPACE_*. */
    unsigned namespaces;
    bool dev_is_bound;        /* the configuration binds a /dev of its own */
    const char *mounts_where; /* the pointer of the list of mounts; NULL: "/mounts" */
};

/* Does the caller have the capability (CAP_SYS_ADMIN) in its user namespace? */
bool planner_may(const struct planner *planner, int capability);
/* Is the id among those of a new user namespace? True without one, and with a list that is wrong as a whole. */
bool planner_maps(const struct planner *planner, const struct id_mapping_list *list, uint32_t id);

/* The steps, in the order in which plan_make() takes them: a later one may look at an earlier one's
 * part. */
int plan_namespaces(struct planner *planner);
int plan_root(struct planner *planner);
int plan_mounts(struct planner *planner);
int plan_devices(struct planner *planner);
int plan_sysctls(struct planner *planner);
int plan_process(struct planner *planner);
int plan_labels(struct planner *planner);
int plan_resctrl(struct planner *planner);
int plan_capabilities(struct planner *planner);
int plan_cgroup(struct planner *planner);
int plan_net_devices(struct planner *planner);
int plan_checks(struct planner *planner);
int plan_seccomp(struct planner *planner);

/* --console-socket, --detach and process.terminal go together, or they do not. */
void plan_check_terminal(struct planner *planner);

/* The pointer of a mount, NULL when out of memory. */
const char *planner_mount_where(struct planner *planner, size_t i);

/* The part of plan_process() that asks for processor, disk and memory. */
int plan_scheduling(struct planner *planner, const struct process *process);
/* resources.devices and the default rules → ret->device_rules and restrict_devices. */
int plan_device_rules(struct arena *arena, const struct resources *resources, const char *where,
                      struct plan_cgroup *ret, struct problems *problems);
/* plan_resources(), for a caller that collects problems of its own. */
int plan_resource_writes(struct arena *arena, const struct resources *resources, const char *where,
                         struct plan_cgroup *ret, struct problems *problems);

/* The scope of the manager systemd, after the writes are planned. */
int plan_scope(struct planner *planner);

/* A list of mappings, which is at `where`, as text for uid_map or gid_map; `in_list`: entries have pointers of their
 * own there. *ret stays as it is when the list is wrong as a whole. */
int plan_id_map(struct planner *planner, const struct id_mapping_list *list, const char *where,
                bool in_list, const char **ret);
/* The id mapping of a mount. `option` is its option idmap or ridmap, which is at `where`, or NULL. */
int plan_mount_idmap(struct planner *planner, const struct mount *mount, const char *option,
                     const char *where, struct plan_mount *plan);

/* A warning for the log; the same text is said once. 0 or -ENOMEM. */
int planner_warn(struct planner *planner, const char *format, ...) _printf_(2, 3);
/* The same for what is as it should be, and may still surprise. */
int planner_note(struct planner *planner, const char *format, ...) _printf_(2, 3);

/* The value of an annotation, or NULL. */
const char *planner_annotation(const struct planner *planner, const char *key);
/* An annotation that is on or off: "1" or "true", "0" or "false"; off when there is none. */
bool planner_annotation_is_on(struct planner *planner, const char *key);

/* Whether the container has a namespace of this type of its own, new or joined. */
bool planner_has(const struct planner *planner, enum namespace_type type);
/* Whether a namespace of this type is made. */
bool planner_creates(const struct planner *planner, enum namespace_type type);

/* A reference token of a JSON pointer: '~' and '/' escaped (RFC 6901). NULL when out of memory. */
const char *pointer_token(struct arena *arena, const char *key);
