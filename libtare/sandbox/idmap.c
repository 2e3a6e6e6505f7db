/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/idmap.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "sandbox/id-maps.h"
#include "sandbox/mount.h"
#include "sys/mount_api.h"
#include "sys/process.h"

/* ---- a user namespace that holds a mapping ---- */

static int open_namespace(pid_t pid, const struct plan_mount *mount, struct error *err)
{
    const struct id_maps maps = {.uids = mount->idmap_uids, .gids = mount->idmap_gids};
    int r = id_maps_write(pid, &maps, err);
    if (r < 0)
        return r;
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? error_sys(err, errno, "open %s", path) : fd;
}

/* A user namespace begins with a process. Ours does nothing, and ends when the pipe does: it cannot outlive us. */
static int make_namespace(const struct plan_mount *mount, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(err, errno, "pipe");
    _cleanup_(close_fd) int from = ends[0];
    _cleanup_(close_fd) int to = ends[1];
    _cleanup_(close_fd) int pidfd = -1;
    pid_t pid = sys_clone3(CLONE_NEWUSER, -1, &pidfd);
    if (pid == 0) {
        char byte;
        close(to);
        _exit(read(from, &byte, 1) == 0 ? 0 : 1);
    }
    if (pid < 0) {
        error_sys(err, -pid, "make a user namespace for the mapping");
        error_add_hint(err, "see /proc/sys/user/max_user_namespaces");
        return pid;
    }
    int fd = open_namespace(pid, mount, err);
    int status;
    (void)sys_pidfd_send_signal(pidfd, SIGKILL);
    (void)sys_pidfd_wait(pidfd, &status);
    return fd;
}

/* ---- the mounts ---- */

static bool is_mapped(const struct plan_mount *mount)
{
    return mount->idmap_container || mount->idmap_uids;
}

bool idmap_is_wanted(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_mounts; i++) {
        if (is_mapped(&plan->mounts[i]))
            return true;
    }
    return false;
}

static bool same_mapping(const struct plan_mount *a, const struct plan_mount *b)
{
    if (!a->idmap_uids || !b->idmap_uids)
        return a->idmap_container && b->idmap_container;
    return strcmp(a->idmap_uids, b->idmap_uids) == 0 && strcmp(a->idmap_gids, b->idmap_gids) == 0;
}

/* The user namespace of a mapping, by mount: an fd that an earlier mount has already is not made again. */
static int find_namespace(const struct plan *plan, const int *join_fds, const int *namespaces,
                          size_t i, struct error *err)
{
    const struct plan_mount *mount = &plan->mounts[i];
    int known = -1;
    for (size_t j = 0; j < i && known < 0; j++) {
        if (namespaces[j] >= 0 && same_mapping(mount, &plan->mounts[j]))
            known = namespaces[j];
    }
    for (size_t j = 0; mount->idmap_container && j < plan->namespaces.n_joins; j++) {
        if (plan->namespaces.joins[j].type == CLONE_NEWUSER)
            known = join_fds[j];
    }
    if (known < 0)
        return make_namespace(mount, err);
    int fd = fcntl(known, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? error_sys(err, errno, "keep the mapping's user namespace") : fd;
}

static void explain(struct error *err, int code)
{
    if (code == EINVAL)
        error_add_hint(
            err, "the filesystem type of the source does not support id-mapped mounts, or the "
                 "source is id-mapped already");
    else if (code == EPERM)
        error_add_hint(
            err,
            "this needs CAP_SYS_ADMIN in the user namespace that the filesystem was mounted in, "
            "and a mapping that is not the initial user namespace");
}

static int map_source(const struct plan *plan, const struct plan_mount *mount, int user_namespace,
                      struct error *err)
{
    _cleanup_(close_fd) int tree = bind_open(mount, err);
    if (tree < 0)
        return tree;
    struct mount_attr attr = {
        .attr_set = MOUNT_ATTR_IDMAP,
        .userns_fd = (uint64_t)user_namespace,
    };
    int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | (mount->idmap_recursive ? AT_RECURSIVE : 0),
                              &attr);
    if (r < 0) {
        error_sys(err, -r, "map the ids of %s%s", mount->source,
                  mount->idmap_recursive ? ", recursively" : "");
        explain(err, -r);
        return r;
    }
    /* The init has made the host's mounts slaves before it clones a source; here they are still the host's own. */
    struct mount_attr slave = {.propagation = MS_SLAVE};
    if (!(plan->root.propagation & MS_SHARED))
        r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &slave);
    return r < 0 ? error_sys(err, -r, "make the mount a slave of the host's") : TAKE_FD(tree);
}

static int open_source(const struct plan *plan, const int *join_fds, int *namespaces, size_t i,
                       struct error *err)
{
    namespaces[i] = find_namespace(plan, join_fds, namespaces, i, err);
    return namespaces[i] < 0 ? namespaces[i]
                             : map_source(plan, &plan->mounts[i], namespaces[i], err);
}

static void close_all(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        close_fd(&fds[i]);
    }
}

int idmap_open_sources(const struct plan *plan, const int *join_fds, int *trees, struct error *err)
{
    _cleanup_(free_ptr) int *namespaces = calloc(plan->n_mounts, sizeof(*namespaces));
    if (!namespaces)
        return error_sys(err, ENOMEM, "open the sources of id-mapped mounts");
    for (size_t i = 0; i < plan->n_mounts; i++) {
        trees[i] = namespaces[i] = -1;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < plan->n_mounts; i++) {
        const struct plan_mount *mount = &plan->mounts[i];
        if (!is_mapped(mount))
            continue;
        trees[i] = open_source(plan, join_fds, namespaces, i, err);
        if (trees[i] < 0) {
            r = mount_failed(mount, err);
            trees[i] = -1;
        }
    }
    close_all(namespaces, plan->n_mounts);
    if (r < 0)
        close_all(trees, plan->n_mounts);
    return r;
}
