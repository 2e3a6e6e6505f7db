/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/restore.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"

#define BUILD_NONE ((struct build){.channel = -1, .root = -1, .proc = -1})

static bool is_below(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    return strncmp(path, directory, n) == 0 && path[n] == '/';
}

/* What is on filesystems other than binds is in the images, or the kernel's. */
static bool is_in_images(const struct plan *plan, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (plan->mounts[j].kind != MOUNT_BIND && plan->mounts[j].kind != MOUNT_REMOUNT &&
            is_below(plan->mounts[i].target, plan->mounts[j].target))
            return true;
    return false;
}

/* The places of later mounts may be on a bind, which is therefore made, too. */
static int make_place(const struct build *build, const struct plan_mount *mount, struct error *err)
{
    const bool is_bind = mount->kind == MOUNT_BIND;
    _cleanup_(close_fd) int tree = is_bind ? bind_open(mount, err) : -1;
    if (is_bind && tree < 0)
        return tree;
    int r = is_bind ? mount_set_attributes(mount, tree, err) : 0;
    if (r < 0)
        return r;
    bool made;
    _cleanup_(close_fd) int target = target_open(build, mount, tree, &made, err);
    if (target < 0 || !is_bind)
        return target < 0 ? target : 0;
    r = sys_move_mount(tree, target);
    return r < 0 ? error_sys(err, -r, "attach it") : 0;
}

int restore_make_places(const struct plan *plan, struct error *err)
{
    struct build build = BUILD_NONE;
    build.plan = plan;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_sys(err, errno, "keep mounts from the host");
    _cleanup_(close_fd) int root = open(plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_sys(err, errno, "open the root filesystem %s", plan->root.path);
    build.root = root;
    for (size_t i = 0; i < plan->n_mounts; i++) {
        const struct plan_mount *mount = &plan->mounts[i];
        if (mount->kind == MOUNT_REMOUNT || is_in_images(plan, i))
            continue;
        if (make_place(&build, mount, err) < 0)
            return mount_failed(mount, err);
    }
    return 0;
}

int restore_network(const struct plan *plan, int pidfd, struct error *err)
{
    if (setns(pidfd, CLONE_NEWNET) < 0)
        return error_sys(err, errno, "enter the container's network namespace");
    int r = loopback_up(err);
    if (r < 0)
        return r;
    /* Those of other namespaces are in the images. */
    struct plan_sysctl *sysctls = calloc(plan->n_sysctls + 1, sizeof(*sysctls));
    struct plan of_network = {.sysctls = sysctls};
    if (!sysctls)
        return error_sys(err, ENOMEM, "set sysctls");
    for (size_t i = 0; i < plan->n_sysctls; i++)
        if (strncmp(plan->sysctls[i].path, "net/", 4) == 0)
            sysctls[of_network.n_sysctls++] = plan->sysctls[i];
    struct build build = BUILD_NONE;
    build.plan = &of_network;
    r = sysctls_write(&build, err);
    close_fd(&build.proc);
    free(sysctls);
    return r;
}
