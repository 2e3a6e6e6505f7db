/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/features.h"

#include <errno.h>
#include <linux/capability.h>

#include "container/api.h"
#include "plan/capabilities.h"
#include "plan/mount-options.h"
#include "seccomp/seccomp.h"

/* What this build can do, whatever host it runs on: features.md of the runtime-spec. */

/* Each annotation that changes what is done: by CRIU; by kill; for a scope of systemd; and those of crun that
 * plan/ knows, for groups, labels, seccomp and cgroups. A dot at the end: all that begin so. */
static const char *unsafe_annotations[] = {"org.criu.config", "org.opencontainers.image.stopSignal",
                                           "org.systemd.property.", "run.oci.", NULL};

static const struct opt_bool yes = {.set = true, .value = true};
static const struct opt_bool no = {.set = true, .value = false};

/* Names by number, until the first NULL. */
static int collect(struct arena *arena, const char *(*name)(size_t i), struct strings *ret)
{
    size_t n = 0;
    while (name(n))
        n++;
    ret->items = arena_array(arena, n + 1, sizeof(*ret->items));
    if (!ret->items)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        ret->items[i] = name(i);
    ret->n = n;
    ret->set = true;
    return 0;
}

static const char *capability_at(size_t i)
{
    return i <= CAP_LAST_CAP ? capability_name((int)i) : NULL;
}

static int add_annotations(struct arena *arena, struct string_map *annotations)
{
    const struct string_pair pairs[] = {
        {"dev.tare.commit", tare_commit()},
        {"dev.tare.version", tare_version()},
        {"io.github.seccomp.libseccomp.version", tare_libseccomp_version()},
        {"org.opencontainers.runc.checkpoint.enabled", "true"},
    };
    annotations->items = arena_alloc(arena, sizeof(pairs));
    if (!annotations->items)
        return -ENOMEM;
    memcpy(annotations->items, pairs, sizeof(pairs));
    annotations->n = ELEMENTSOF(pairs);
    annotations->set = true;
    return 0;
}

/* The specification knows more of them than a build can make programs for. */
static void keep_supported(struct strings *architectures)
{
    size_t n = 0;
    for (size_t i = 0; i < architectures->n; i++)
        if (!seccomp_architecture_problem(architectures->items[i]))
            architectures->items[n++] = architectures->items[i];
    architectures->n = n;
}

static void set_switches(struct features_linux *platform)
{
    *platform->cgroup = (struct features_cgroup){
        .v1 = no, .v2 = yes, .systemd = yes, .systemd_user = yes, .rdma = yes};
    platform->seccomp->enabled = yes;
    keep_supported(&platform->seccomp->archs);
    platform->seccomp->supported_flags = platform->seccomp->known_flags;
    platform->apparmor->enabled = yes;
    platform->selinux->enabled = yes;
    *platform->intel_rdt =
        (struct features_intel_rdt){.enabled = yes, .schemata = yes, .monitoring = yes};
    platform->mount_extensions->idmap->enabled = yes;
    platform->net_devices->enabled = yes;
}

int tare_features(char **ret_json, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct features *features;
    int r = features_new(&arena, &features, err);
    if (r < 0)
        return r;
    set_switches(features->linux_section);
    features->potentially_unsafe_config_annotations = (struct strings){
        .set = true, .n = ELEMENTSOF(unsafe_annotations) - 1, .items = unsafe_annotations};
    if (collect(&arena, mount_option_name, &features->mount_options) < 0 ||
        collect(&arena, capability_at, &features->linux_section->capabilities) < 0 ||
        add_annotations(&arena, &features->annotations) < 0)
        return error_sys(err, ENOMEM, "list the features");

    const char *json;
    r = features_write(&arena, features, "    ", &json, err);
    if (r < 0)
        return r;
    *ret_json = strdup(json);
    return *ret_json ? 0 : error_sys(err, ENOMEM, "list the features");
}
