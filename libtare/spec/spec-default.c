/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/macros.h"
#include "spec/spec.h"
#include "spec/write.h"

/* The same container that `runc spec` describes, so that what works there works here. */

#define OPTIONS    6
#define NAMESPACES 6

struct default_mount {
    const char *destination, *type, *source;
    const char *options[OPTIONS + 1];
};

/* clang-format off */
static const struct default_mount default_mounts[] = {
    {"/proc", "proc", "proc", {NULL}},
    {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/pts", "devpts", "devpts",
     {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
    {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
    {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
};
/* What an unprivileged user may not do becomes what it may: one mapped id leaves no group 5 for devpts,
 * and sysfs can be mounted only by the owner of the network namespace. */
static const struct default_mount rootless_pts = {
    "/dev/pts", "devpts", "devpts",
    {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"},
};
static const struct default_mount rootless_sys = {
    "/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"},
};
/* clang-format on */

static const char *const default_args[] = {"sh", NULL};
static const char *const default_env[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL};
static const char *const default_capabilities[] = {"CAP_AUDIT_WRITE", "CAP_KILL",
                                                   "CAP_NET_BIND_SERVICE", NULL};

static const char *const default_masked_paths[] = {
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/sys/firmware",
    "/proc/scsi",
    NULL,
};
static const char *const default_readonly_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

static const enum namespace_type default_namespaces[NAMESPACES] = {
    NAMESPACE_PID, NAMESPACE_NETWORK, NAMESPACE_IPC,
    NAMESPACE_UTS, NAMESPACE_MOUNT,   NAMESPACE_CGROUP,
};
static const enum namespace_type rootless_namespaces[NAMESPACES] = {
    NAMESPACE_PID, NAMESPACE_IPC, NAMESPACE_UTS, NAMESPACE_MOUNT, NAMESPACE_CGROUP, NAMESPACE_USER,
};

/* Memory for a document; `failed` is looked at once, when it is complete. */
struct builder {
    struct arena *arena;
    bool failed;
    bool rootless;
};

static void *take(struct builder *builder, size_t n, size_t size)
{
    void *memory = builder->failed ? NULL : arena_array(builder->arena, n, size);
    if (!memory)
        builder->failed = true;
    return memory;
}

static struct strings take_strings(struct builder *builder, const char *const *items)
{
    size_t n = 0;
    while (items[n])
        n++;
    const char **copy = take(builder, n + 1, sizeof(*copy));
    if (copy && n > 0)
        memcpy(copy, items, n * sizeof(*copy));
    return (struct strings){.set = copy, .n = copy ? n : 0, .items = copy};
}

static const struct default_mount *mount_choose(const struct builder *builder, size_t i)
{
    if (builder->rootless && !strcmp(default_mounts[i].destination, rootless_pts.destination))
        return &rootless_pts;
    if (builder->rootless && !strcmp(default_mounts[i].destination, rootless_sys.destination))
        return &rootless_sys;
    return &default_mounts[i];
}

static void mounts_fill(struct builder *builder, struct spec *spec)
{
    size_t n = ELEMENTSOF(default_mounts);
    struct mount *mounts = take(builder, n, sizeof(*mounts));
    for (size_t i = 0; mounts && i < n; i++) {
        const struct default_mount *from = mount_choose(builder, i);
        mounts[i].destination = from->destination;
        mounts[i].type = from->type;
        mounts[i].source = from->source;
        if (from->options[0])
            mounts[i].options = take_strings(builder, from->options);
    }
    spec->mounts.set = true;
    spec->mounts.n = n;
    spec->mounts.items = mounts;
}

static void process_fill(struct builder *builder, struct process *process)
{
    *process = (struct process){
        .terminal = true,
        .args = take_strings(builder, default_args),
        .env = take_strings(builder, default_env),
        .cwd = "/",
        .no_new_privileges = true,
    };
    struct capability_names *names = take(builder, 1, sizeof(*names));
    if (names) {
        names->bounding = take_strings(builder, default_capabilities);
        names->effective = take_strings(builder, default_capabilities);
        names->permitted = take_strings(builder, default_capabilities);
    }
    process->capabilities = names;

    struct rlimit_entry *limit = take(builder, 1, sizeof(*limit));
    if (limit)
        *limit = (struct rlimit_entry){.type = RLIMIT_NOFILE, .soft = 1024, .hard = 1024};
    process->rlimits.set = true;
    process->rlimits.n = 1;
    process->rlimits.items = limit;
}

static void namespaces_fill(struct builder *builder, struct linux_section *section)
{
    const enum namespace_type *types = builder->rootless ? rootless_namespaces : default_namespaces;
    struct namespace_entry *entries = take(builder, NAMESPACES, sizeof(*entries));
    for (size_t i = 0; entries && i < NAMESPACES; i++)
        entries[i].type = types[i];
    section->namespaces.set = true;
    section->namespaces.n = NAMESPACES;
    section->namespaces.items = entries;
}

/* All devices denied; the default devices are allowed by the runtime itself. */
static struct resources *resources_new(struct builder *builder)
{
    struct resources *resources = take(builder, 1, sizeof(*resources));
    struct device_rule *deny = take(builder, 1, sizeof(*deny));
    if (!resources || !deny)
        return NULL;
    *deny = (struct device_rule){.allow = false, .type = 'a', .access = "rwm"};
    resources->devices.set = true;
    resources->devices.n = 1;
    resources->devices.items = deny;
    return resources;
}

static struct id_mapping_list mapping_new(struct builder *builder, uint32_t host_id)
{
    struct id_mapping *mapping = take(builder, 1, sizeof(*mapping));
    if (mapping)
        *mapping = (struct id_mapping){.container_id = 0, .host_id = host_id, .size = 1};
    return (struct id_mapping_list){.set = true, .n = 1, .items = mapping};
}

int spec_default(struct arena *arena, bool rootless, uint32_t euid, uint32_t egid,
                 struct spec **ret, struct error *err)
{
    struct builder builder = {.arena = arena, .rootless = rootless};
    struct spec *spec = take(&builder, 1, sizeof(*spec));
    struct root *root = take(&builder, 1, sizeof(*root));
    struct process *process = take(&builder, 1, sizeof(*process));
    struct linux_section *section = take(&builder, 1, sizeof(*section));
    if (!spec || !root || !process || !section)
        return error_sys(err, ENOMEM, "make the default configuration");

    spec->oci_version = SPEC_VERSION;
    spec->hostname = "tare";
    spec->root = root;
    *root = (struct root){.path = "rootfs", .readonly = true};
    spec->process = process;
    process_fill(&builder, process);
    mounts_fill(&builder, spec);

    spec->linux_section = section;
    namespaces_fill(&builder, section);
    section->masked_paths = take_strings(&builder, default_masked_paths);
    section->readonly_paths = take_strings(&builder, default_readonly_paths);
    if (rootless) {
        section->uid_mappings = mapping_new(&builder, euid);
        section->gid_mappings = mapping_new(&builder, egid);
    } else {
        section->resources = resources_new(&builder);
    }
    if (builder.failed)
        return error_sys(err, ENOMEM, "make the default configuration");
    *ret = spec;
    return 0;
}
