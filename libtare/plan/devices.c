/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "plan/planner.h"

/* What a device number of the kernel can hold (12 and 20 bits). Larger ones would be cut silently.
 */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

/* config-linux.md "Default devices" */
static const struct default_device {
    const char *path;
    unsigned major, minor;
} default_devices[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

/* runtime-linux.md "Dev symbolic links", config-linux.md "Default devices" (ptmx), and the
 * customary core */
static const struct plan_link default_links[] = {
    {"/dev/fd", "/proc/self/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0", "/proc/self/fd"},
    {"/dev/stdout", "/proc/self/fd/1", "/proc/self/fd"},
    {"/dev/stderr", "/proc/self/fd/2", "/proc/self/fd"},
    {"/dev/core", "/proc/kcore", "/proc/kcore"},
    {"/dev/ptmx", "pts/ptmx", NULL},
};

static const struct plan_device *find_device(const struct plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->n_devices; i++)
        if (paths_equal(plan->devices[i].path, path))
            return &plan->devices[i];
    return NULL;
}

static mode_t device_type(char type)
{
    if (type == 'b')
        return S_IFBLK;
    return type == 'p' ? S_IFIFO
                       : S_IFCHR; /* 'u' is an unbuffered character device: the same on Linux */
}

/* The number of a node; false after reporting a problem. */
static bool read_number(struct planner *planner, const struct device *device, const char *where,
                        dev_t *ret)
{
    *ret = 0;
    if (device->type == 'p')
        return true;
    if (!device->major.set || !device->minor.set) {
        problem_config(&planner->problems, where, "the device %s needs a major and a minor number",
                       device->path);
        return false;
    }
    int64_t major = device->major.value, minor = device->minor.value;
    if (major < 0 || major > MAJOR_MAX || minor < 0 || minor > MINOR_MAX) {
        problem_config(&planner->problems, where,
                       "%lld:%lld is no device number: major is 0 to %d, minor 0 to %d",
                       (long long)major, (long long)minor, MAJOR_MAX, MINOR_MAX);
        return false;
    }
    *ret = makedev((unsigned)major, (unsigned)minor);
    return true;
}

/* The multiplexer of terminals looks for them in the devpts beside it. A host's, bound, would look beside the
 * host's, in vain: the link, which is made without it, opens those of the container. */
static bool is_bound_ptmx(const struct plan *plan, const struct plan_device *node)
{
    return plan->in_user_namespace && node->type == S_IFCHR && node->number == makedev(5, 2) &&
           paths_equal(node->path, "/dev/ptmx");
}

static int plan_device(struct planner *planner, size_t i)
{
    const struct device *device = &planner->section->devices.items[i];
    struct plan *plan = planner->plan;
    const char *where = arena_printf(planner->arena, "/linux/devices/%zu", i);
    if (!where)
        return -ENOMEM;

    struct plan_device node = {
        .path = device->path,
        .type = device_type(device->type),
        .mode = device->file_mode.set ? device->file_mode.value : 0666,
        .uid = device->uid.set ? device->uid.value : 0,
        .gid = device->gid.set ? device->gid.value : 0,
        .where = where,
    };
    if (!read_number(planner, device, where, &node.number))
        return 0;
    if (paths_equal(device->path, "/")) {
        problem_config(&planner->problems, where, "a device cannot be the root directory");
        return 0;
    }
    if (is_bound_ptmx(plan, &node))
        return 0;
    const struct plan_device *other = find_device(plan, device->path);
    if (!other)
        plan->devices[plan->n_devices++] = node;
    else if (other->type != node.type || other->number != node.number)
        problem_config(&planner->problems, where, "%s is another device already, at %s",
                       device->path, other->where);
    return 0;
}

/* People put one device in the place of another, as /dev/urandom on /dev/random: that is then what there
 * shall be. */
static bool is_mounted_on(const struct plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->n_mounts; i++)
        if (paths_equal(plan->mounts[i].target, path))
            return true;
    return false;
}

static void plan_default_devices(struct planner *planner)
{
    struct plan *plan = planner->plan;
    for (size_t i = 0; i < ELEMENTSOF(default_devices); i++) {
        const struct default_device *device = &default_devices[i];
        if (find_device(plan, device->path) || is_mounted_on(plan, device->path))
            continue;
        plan->devices[plan->n_devices++] = (struct plan_device){
            .path = device->path,
            .type = S_IFCHR,
            .number = makedev(device->major, device->minor),
            .mode = 0666,
            .is_default = true,
            .where = "/linux/devices",
        };
    }
}

/* Whether the last mount at /proc is a procfs, so that /proc/self/fd need not be looked for. */
static bool mounts_proc(const struct plan *plan)
{
    for (size_t i = plan->n_mounts; i-- > 0;) {
        const struct plan_mount *mount = &plan->mounts[i];
        if (mount->kind != MOUNT_REMOUNT && paths_equal(mount->target, "/proc"))
            return mount->kind == MOUNT_FILESYSTEM && strcmp(mount->fstype, "proc") == 0;
    }
    return false;
}

static void plan_default_links(struct planner *planner)
{
    struct plan *plan = planner->plan;
    bool has_proc = mounts_proc(plan);
    for (size_t i = 0; i < ELEMENTSOF(default_links); i++) {
        struct plan_link link = default_links[i];
        if (find_device(plan, link.path))
            continue;
        if (has_proc && link.needs && strcmp(link.needs, "/proc/self/fd") == 0)
            link.needs = NULL;
        plan->links[plan->n_links++] = link;
    }
}

int plan_devices(struct planner *planner)
{
    struct plan *plan = planner->plan;
    size_t n = planner->section->devices.n;
    plan->devices =
        arena_array(planner->arena, n + ELEMENTSOF(default_devices), sizeof(*plan->devices));
    plan->links = arena_array(planner->arena, ELEMENTSOF(default_links), sizeof(*plan->links));
    if (!plan->devices || !plan->links)
        return -ENOMEM;

    for (size_t i = 0; i < n; i++)
        if (plan_device(planner, i) < 0)
            return -ENOMEM;
    /* mknod(2) of a device is for the initial user namespace only. */
    plan->bind_devices = plan->in_user_namespace;
    /* A /dev that was bound is somebody else's directory: it stays as it is. */
    if (!planner->dev_is_bound) {
        plan_default_devices(planner);
        plan_default_links(planner);
    }
    return 0;
}
