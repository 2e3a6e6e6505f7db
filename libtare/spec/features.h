/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "spec/json.h"
#include "spec/values.h"

/* The document of `tare features`: features.md and features-linux.md of the runtime-spec 1.3. Names
 * follow the JSON; absent is "unknown", an empty array is "none". */

struct features_toggle {
    struct opt_bool enabled;
};

struct features_cgroup {
    struct opt_bool v1, v2, systemd, systemd_user, rdma;
};

struct features_seccomp {
    struct opt_bool enabled;
    struct strings actions, operators, archs, known_flags, supported_flags;
};

struct features_intel_rdt {
    struct opt_bool enabled, schemata, monitoring;
};

struct features_memory_policy {
    struct strings modes, flags;
};

struct features_mount_extensions {
    struct features_toggle *idmap;
};

struct features_linux {
    struct strings namespaces, capabilities;
    struct features_cgroup *cgroup;
    struct features_seccomp *seccomp;
    struct features_toggle *apparmor, *selinux;
    struct features_intel_rdt *intel_rdt;
    struct features_memory_policy *memory_policy;
    struct features_mount_extensions *mount_extensions;
    struct features_toggle *net_devices;
};

struct features {
    const char *oci_version_min, *oci_version_max;
    struct strings hooks, mount_options;
    struct features_linux *linux_section;
    struct string_map annotations;
    struct strings potentially_unsafe_config_annotations;
};

extern const struct json_type features_type;

/* What the tables of this room know: the versions, hooks, namespaces, seccomp and memory policy
 * names. All objects of `linux` are there; the caller adds what other rooms know (mount options,
 * capabilities, cgroup drivers, supported seccomp flags, what is built in). */
int features_new(struct arena *arena, struct features **ret, struct error *err);

/* As spec_write(). */
int features_write(struct arena *arena, const struct features *features, const char *indent,
                   const char **ret, struct error *err);
