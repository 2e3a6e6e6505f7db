/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "sandbox/mount.h"
#include "sandbox/sandbox.h"
#include "sys/mount_api.h"
#include "sys/process.h"

/* Mounts for a container that is there, made by the code that made its first ones.
 *
 * A mount can be cloned in the mount namespace that it is in, and attached in another by who is there. The init
 * was in both: first among copies of the host's mounts, owned by its user namespace, so that flags which the
 * host has set are locked; then in its root. Here these are two processes. The first makes such a copy, clones
 * in it what the plan wants of the host and hands that over; the second joins the container and attaches.
 *
 * Both stay outside of the container's pid namespace, where nobody can trace, stop or kill them. A procfs of that
 * namespace is made by a process that is born there, and to which nothing is left but its end of the channel (join.c
 * says why). */

/* The container can stop what it sees. */
#define PROC_LIMIT_MS 10000

/* ---- from the host ---- */

static int enter_copy(const struct build *build, struct error *err)
{
    const struct sandbox_target *target = build->sandbox->target;
    if (!(target->namespaces & CLONE_NEWNS))
        return 0;
    if (target->namespaces & CLONE_NEWUSER && setns(target->pidfd, CLONE_NEWUSER) < 0) {
        int code = errno;
        error_sys(err, code, "join the container's user namespace");
        if (code == EPERM)
            error_add_hint(err, "it takes whoever made the container, or root");
        return -code;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_sys(err, errno, "prctl PR_SET_DUMPABLE");
    if (unshare(CLONE_NEWNS) < 0)
        return error_sys(err, errno, "copy the host's mounts");
    struct mount_attr attr = {.propagation = MS_SLAVE};
    int r = build->plan->root.propagation & MS_SHARED
                ? 0
                : sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
    return r < 0 ? error_sys(err, -r, "make all mounts slaves of the host's") : 0;
}

/* What the making of the mount may take from the host, or -1 for nothing. The last two are for a container that
 * is not let to mount these itself: whether they are there matters only then. */
static int open_tree_for(const struct build *build, const struct plan_mount *mount, int *ret,
                         struct error *err)
{
    *ret = -1;
    if (mount->kind == MOUNT_BIND) {
        *ret = bind_open(mount, err);
        return *ret < 0 ? mount_failed(mount, err) : 0;
    }
    if (mount->kind == MOUNT_CGROUP)
        *ret = host_cgroup_open(build);
    else if (mount->kind == MOUNT_FILESYSTEM && strcmp(mount->fstype, "sysfs") == 0)
        *ret = host_sysfs_open();
    return 0;
}

static int send_trees(const struct build *build, struct error *err)
{
    for (size_t i = 0; i < build->plan->n_mounts; i++) {
        const struct plan_mount *mount = &build->plan->mounts[i];
        _cleanup_(close_fd) int tree = -1;
        if (mount_given_tree(build, mount) >= 0)
            continue;
        int r = open_tree_for(build, mount, &tree, err);
        if (r == 0 && tree >= 0 &&
            (r = channel_send_number(build->channel, MESSAGE_TREE, (int32_t)i, tree)) < 0)
            error_sys(err, -r, "hand over %s", mount->source ? mount->source : mount->fstype);
        if (r < 0)
            return r;
    }
    return channel_send(build->channel, MESSAGE_DONE, -1);
}

static struct build build_of(const struct sandbox *sandbox)
{
    return (struct build){
        .sandbox = sandbox,
        .plan = sandbox->plan,
        .channel = sandbox->channel,
        .root = -1,
        .proc = -1,
        .arena = ARENA_INIT,
    };
}

void sandbox_open_trees(const struct sandbox *sandbox)
{
    struct error err = ERROR_INIT;
    struct build build = build_of(sandbox);
    process_isolate(sandbox->ignored_signals);
    int r = enter_copy(&build, &err);
    if (r == 0)
        r = send_trees(&build, &err);
    if (r < 0)
        (void)channel_send_error(build.channel, MESSAGE_ERROR, &err);
    _exit(0);
}

/* ---- born in the container ---- */

static _noreturn_ void make_procs(struct build *build)
{
    struct error err = ERROR_INIT;
    int r = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (size_t i = 0; r == 0 && i < build->plan->n_mounts; i++) {
        const struct plan_mount *mount = &build->plan->mounts[i];
        if (!proc_is_given(build, mount))
            continue;
        _cleanup_(close_fd) int tree = filesystem_make(build, mount, -1, &err);
        r = tree < 0 ? mount_failed(mount, &err)
                     : channel_send_number(build->channel, MESSAGE_TREE, (int32_t)i, tree);
    }
    if (r < 0)
        (void)channel_send_error(build->channel, MESSAGE_ERROR, &err);
    _exit(r < 0 ? 1 : 0);
}

static int bear_maker_of_procs(struct build *build, struct error *err)
{
    int status;
    /* The caller's standard descriptors, too. */
    if (build->channel > 0)
        (void)sys_close_range(0, (unsigned)build->channel - 1);
    (void)sys_close_range((unsigned)build->channel + 1, ~0u);
    _cleanup_(close_fd) int pidfd = -1;
    pid_t pid = sys_clone3(0, -1, &pidfd);
    if (pid == 0)
        make_procs(build);
    if (pid < 0)
        return error_sys(err, -pid, "clone into the container");
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int ended = poll(&end, 1, PROC_LIMIT_MS);
    (void)sys_pidfd_send_signal(pidfd, SIGKILL);
    int r = sys_pidfd_wait(pidfd, &status);
    if (r == 0 && ended > 0 && status == 0)
        return 0;
    return error_set(err, ECHILD, "the process that mounts procfs %s",
                     ended > 0 ? "was killed" : "does not answer");
}

bool sandbox_needs_procs(const struct sandbox *sandbox)
{
    const struct build build = build_of(sandbox);
    for (size_t i = 0; i < sandbox->plan->n_mounts; i++) {
        if (proc_is_given(&build, &sandbox->plan->mounts[i]))
            return true;
    }
    return false;
}

void sandbox_open_procs(struct sandbox *sandbox)
{
    struct error err = ERROR_INIT;
    struct build build = build_of(sandbox);
    int r = sandbox_join(sandbox, &err);
    if (r == 0)
        r = bear_maker_of_procs(&build, &err);
    if (r < 0)
        (void)channel_send_error(build.channel, MESSAGE_ERROR, &err);
    else
        (void)channel_send(build.channel, MESSAGE_DONE, -1);
    _exit(0);
}

/* ---- in the container ---- */

/* The descriptors of this process in the host's procfs: umount2(2) takes a name, and this one leads to nothing
 * but what a descriptor holds. */
static int own_descriptors(struct error *err)
{
    int fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? error_sys(err, errno, "open /proc/self/fd") : fd;
}

/* umount2(2) takes what is on top. The container may have put something there meanwhile, which goes as well; when
 * the mount itself is gone the kernel says that it is none. */
static int unmount(int descriptors, int mount)
{
    char name[16];
    int undone = -EINVAL;
    snprintf(name, sizeof(name), "%d", mount);
    if (fchdir(descriptors) < 0)
        return -errno;
    for (int depth = 0; depth < 100 && umount2(name, MNT_DETACH) == 0; depth++) {
        undone = 0;
    }
    return undone < 0 ? -errno : 0;
}

static int join(struct build *build, struct sandbox *sandbox, struct error *err)
{
    int r = sandbox_join(sandbox, err);
    if (r < 0)
        return r;
    /* From here on something has to be taken back: not without us. */
    prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    build->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return build->root < 0 ? error_sys(err, errno, "open the container's root") : 0;
}

/* Nothing but the end of it ever comes from there. */
static int check_interruption(const struct build *build, struct error *err)
{
    struct pollfd channel = {.fd = build->channel, .events = POLLIN};
    return poll(&channel, 1, 0) > 0 ? error_set(err, EINTR, "interrupted") : 0;
}

static int add_all(struct build *build, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < build->plan->n_mounts; i++) {
        r = check_interruption(build, err);
        if (r == 0)
            r = mount_make(build, i, err);
    }
    if (r == 0)
        r = mounts_finish(build, err);
    return r < 0 ? r : check_interruption(build, err);
}

static void take_back(const struct build *build, int descriptors)
{
    for (size_t i = build->plan->n_mounts; i-- > 0;) {
        if (build->attached[i] >= 0)
            (void)unmount(descriptors, build->attached[i]);
    }
}

void sandbox_add_mounts(struct sandbox *sandbox)
{
    struct error err = ERROR_INIT;
    struct build build = build_of(sandbox);
    int descriptors = own_descriptors(&err);
    int r = descriptors < 0 ? descriptors : 0;
    build.attached = fd_array(build.plan->n_mounts);
    if (r == 0 && !build.attached)
        r = error_sys(&err, ENOMEM, "remember the mounts");
    if (r == 0)
        r = join(&build, sandbox, &err);
    if (r == 0 && (r = add_all(&build, &err)) < 0)
        take_back(&build, descriptors);
    (void)(r < 0 ? channel_send_error(build.channel, MESSAGE_ERROR, &err)
                 : channel_send(build.channel, MESSAGE_DONE, -1));
    _exit(0);
}

static int removal_failed(const struct plan_mount *mount, struct error *err)
{
    error_add_where(err, "%s", mount->where);
    return error_wrap(err, "unmount %s", mount->target);
}

/* All that is wrong, before anything goes. */
static int check_all(const struct build *build)
{
    int result = 0;
    for (size_t i = 0; i < build->plan->n_mounts; i++) {
        struct error err = ERROR_INIT;
        const struct plan_mount *mount = &build->plan->mounts[i];
        _cleanup_(close_fd) int there = target_find_mount(build, mount, &err);
        if (there >= 0)
            continue;
        result = removal_failed(mount, &err);
        (void)channel_send_error(build->channel, MESSAGE_ERROR, &err);
    }
    return result;
}

static int remove_one(const struct build *build, size_t i, int descriptors, struct error *err)
{
    const struct plan_mount *mount = &build->plan->mounts[i];
    _cleanup_(close_fd) int there = target_find_mount(build, mount, err);
    int r = there < 0 ? there : unmount(descriptors, there);
    if (r == 0)
        return 0;
    if (there >= 0) {
        error_sys(err, -r, "umount2");
        if (r == -EINVAL)
            error_add_hint(err, "it was made in another user namespace, and is locked");
    }
    return removal_failed(mount, err);
}

void sandbox_remove_mounts(struct sandbox *sandbox)
{
    struct error err = ERROR_INIT;
    struct build build = build_of(sandbox);
    int descriptors = own_descriptors(&err);
    int r = descriptors < 0 ? descriptors : join(&build, sandbox, &err);
    if (r == 0 && check_all(&build) < 0)
        _exit(0);
    for (size_t i = build.plan->n_mounts; r == 0 && i-- > 0;) {
        r = remove_one(&build, i, descriptors, &err);
    }
    (void)(r < 0 ? channel_send_error(build.channel, MESSAGE_ERROR, &err)
                 : channel_send(build.channel, MESSAGE_DONE, -1));
    _exit(0);
}
