/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "sandbox/build.h"
#include "sandbox/channel.h"
#include "sandbox/exe_guard.h"
#include "sandbox/hook.h"
#include "sandbox/scheduling.h"
#include "sys/process.h"

/* The order of a container's making, and why it is this one.
 *
 * isolate      signals, umask, and death with the maker: before anything can go wrong
 * exe_guard    before anything of the container can see us, and while the host's /proc and our binary's
 *              path are in sight
 * maps         a new user namespace is empty until the maker has written them
 * join         existing namespaces, the user namespace first
 * sources      root filesystem and bind sources are cloned while we are still the caller to the kernel:
 *              the directories that lead to them need not be open to the mapped root
 * become root  of the user namespace: what is made from here on has owners that exist inside
 * settle       session, keyring, loopback
 * build        mounts, devices, links with the host in sight, for sources and nodes to bind
 * maker        moves network devices to us, so that hooks and sysctls find them; late, since one that has
 *              to go back has lost its routes
 * hooks        prestart and createRuntime by the maker, createContainer by us: specified to come after the
 *              mounts and before the pivot
 * close off    sysctls, names and masks after the hooks, which may still change what is masked; before the
 *              pivot, because a true /dev/null may have to come from the host
 * terminal     needs the container's devpts; before the root is read-only, for /dev/console
 * pivot        the host goes out of sight
 * finish       what has to be read-only becomes so when nothing has to be made any more; the working
 *              directory is made before that
 * credentials  the last privileged steps are behind us; then what the user may do is checked as the user
 * park         from here on only hooks, the filter and exec are left, and the maker may go
 */

bool build_has_namespace(const struct build *build, int type)
{
    const struct plan_namespaces *namespaces = &build->plan->namespaces;
    if (build->sandbox->target)
        return build->sandbox->target->namespaces & (uint64_t)type;
    if (namespaces->create & (uint64_t)type)
        return true;
    for (size_t i = 0; i < namespaces->n_joins; i++) {
        if (namespaces->joins[i].type == type)
            return true;
    }
    return false;
}

void build_warn(const struct build *build, const struct error *warning)
{
    (void)channel_send_error(build->channel, MESSAGE_WARNING, warning);
}

static int wait_for_go(const struct build *build, struct error *err)
{
    struct channel_message message;
    int r = channel_receive(build->channel, &message, NULL);
    if (r < 0)
        return error_sys(err, -r, "wait for the maker of the container");
    if (message.type != MESSAGE_GO)
        return error_set(err, ECANCELED, "the maker of the container is gone");
    return 0;
}

int build_ask(const struct build *build, enum channel_message_type request, struct error *err)
{
    int r = channel_send(build->channel, request, -1);
    if (r < 0)
        return error_sys(err, -r, "talk to the maker of the container");
    return wait_for_go(build, err);
}

static int run_inner_hooks(struct build *build, const struct hook_list *hooks, const char *phase,
                           const char *status, const char *const *env, int cwd_fd, mode_t mask,
                           struct error *err)
{
    if (hooks->n == 0)
        return 0;
    const struct plan *plan = build->plan;
    const char *state;
    int r = hook_state_write(&build->arena, plan->id, status, getpid(), plan->bundle,
                             plan->annotations, &state, err);
    if (r < 0)
        return r;
    mode_t ours = umask(mask);
    r = hooks_run(hooks, phase, state, env, cwd_fd, &build->sandbox->hook_output, NULL, err);
    umask(ours);
    return r;
}

static int enter_namespaces(struct build *build, struct error *err)
{
    int r = 0;
    if (build->sandbox->wait_for_maps)
        r = wait_for_go(build, err);
    /* Only now: the maps of a process that is not dumpable can be written by root alone. From here
     * on processes of joined namespaces could trace us. */
    if (r == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        r = error_sys(err, errno, "prctl PR_SET_DUMPABLE");
    if (r == 0)
        r = namespaces_join(build, err);
    if (r == 0)
        r = rootfs_open(build, err);
    if (r == 0)
        r = mounts_open_sources(build, err);
    if (r == 0)
        r = namespaces_become_root(build, err);
    if (r == 0)
        r = namespaces_settle(build, err);
    return r;
}

static int build_filesystem(struct build *build, struct error *err)
{
    const struct hooks *hooks = build->plan->hooks;
    int r = mounts_make(build, err);
    if (r == 0)
        r = devices_make(build, err);
    if (r == 0)
        r = links_make(build, err);
    if (r == 0 && build->sandbox->wants_maker)
        r = build_ask(build, MESSAGE_WANT_MAKER, err);
    if (r == 0)
        r = run_inner_hooks(build, &hooks->create_container, "createContainer", "creating", NULL,
                            build->root, build->umask, err);
    if (r == 0)
        r = sysctls_write(build, err);
    if (r == 0)
        r = hostname_set(build, err);
    if (r == 0)
        r = masks_apply(build, err);
    if (r == 0)
        r = labels_prepare(build, err);
    if (r == 0 && build->plan->has_process)
        r = terminal_open(build, err);
    if (r == 0)
        r = rootfs_pivot(build, err);
    return r;
}

static int finish_filesystem(struct build *build, struct error *err)
{
    int r = mounts_finish(build, err);
    return r < 0 ? r : rootfs_finish(build, err);
}

static int compare_fds(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Nothing is left open but 0-2, what the payload gets, and the fds that we still need. Really closed, and
 * not left to exec: the path of the program may lead through /proc/self/fd (CVE-2024-21626). */
static int close_rest(struct build *build)
{
    const struct sandbox *sandbox = build->sandbox;
    int kept[] = {build->channel, sandbox->start_socket, sandbox->hook_output.out,
                  sandbox->hook_output.err};
    qsort(kept, ELEMENTSOF(kept), sizeof(kept[0]), compare_fds);
    unsigned first = 3 + build->plan->process.preserve_fds;
    int r = 0;
    for (size_t i = 0; r == 0 && i < ELEMENTSOF(kept); i++) {
        if (kept[i] < (int)first)
            continue;
        if ((unsigned)kept[i] > first)
            r = sys_close_range(first, (unsigned)kept[i] - 1);
        first = (unsigned)kept[i] + 1;
    }
    build->root = -1;
    return r < 0 ? r : sys_close_range(first, ~0u);
}

int process_become(struct build *build, struct error *err)
{
    int entered = cwd_enter(build, false, err);
    if (entered < 0 && entered != -EACCES)
        return entered;
    int r = stdio_settle(build, err);
    if (r == 0 && !build->sandbox->target)
        r = finish_filesystem(build, err);
    if (r == 0)
        r = exec_prepare(build, err);
    if (r == 0)
        r = rlimits_set(build, err);
    if (r == 0 && build->sandbox->target)
        r = affinity_set(&build->plan->process, err);
    else if (r == 0)
        affinity_reset();
    if (r == 0 && !build_has_namespace(build, CLONE_NEWUSER))
        r = process_schedule(0, &build->plan->process, err);
    if (r == 0)
        r = memory_policy_set(&build->plan->process, err);
    if (r == 0)
        r = labels_set(build, err);
    if (r == 0)
        r = credentials_set(build, err);
    if (r == 0 && entered < 0)
        r = cwd_enter(build, true, err);
    /* Before the lookup: what it finds through an fd of ours will not be there to be executed. */
    if (r == 0 && (r = close_rest(build)) < 0)
        error_sys(err, -r, "close_range");
    if (r == 0)
        r = exec_find(build, err);
    return r;
}

/* A container without a process is there to be joined, and to be deleted. */
static int finish(struct build *build, struct error *err)
{
    if (build->plan->has_process)
        return process_become(build, err);
    int r = finish_filesystem(build, err);
    if (r == 0 && (r = close_rest(build)) < 0)
        error_sys(err, -r, "close_range");
    return r;
}

/* Tell that everything but exec has succeeded, and wait to be started. */
int process_park(struct build *build, struct error *err)
{
    int start = build->sandbox->start_socket;
    prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    int r = channel_send(build->channel, MESSAGE_PARKED, -1);
    if (r < 0)
        return error_sys(err, -r, "talk to the maker of the container");
    /* Until the maker has written down who we are, nobody could ever find us: end with it. */
    r = wait_for_go(build, err);
    if (r < 0)
        return r;
    while (!build->plan->has_process)
        pause();
    if (start < 0)
        return 0;

    /* The maker goes; whoever connects is the starter, and hears from us what the maker heard
     * before. */
    close_fd(&build->channel);
    do {
        build->channel = accept4(start, NULL, NULL, SOCK_CLOEXEC);
    } while (build->channel < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (build->channel < 0)
        return error_sys(err, errno, "wait for the start of the container");
    close(start);
    return 0;
}

int process_start(struct build *build, struct error *err)
{
    int r = run_inner_hooks(build, &build->plan->hooks->start_container, "startContainer",
                            "created", build->env, -1, build->plan->process.umask, err);
    if (r == 0) {
        r = channel_send(build->channel, MESSAGE_EXEC, -1);
        if (r < 0)
            error_sys(err, -r, "tell that the container starts");
    }
    if (r == 0)
        r = filter_load(build, err);
    return r < 0 ? r : exec_run(build, err);
}

static int lift_fd(int *fd, unsigned preserve)
{
    if (*fd < 3 || (unsigned)*fd >= 3 + preserve)
        return 0;
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, (int)(3 + preserve));
    if (higher < 0)
        return -errno;
    close(*fd);
    *fd = higher;
    return 0;
}

int sandbox_lift_fds(struct sandbox *sandbox)
{
    unsigned preserve = sandbox->plan->process.preserve_fds;
    if (preserve == 0)
        return 0;
    int *const fds[] = {&sandbox->channel,        &sandbox->start_socket, &sandbox->root_fd,
                        &sandbox->console_socket, &sandbox->pidfd_socket, &sandbox->hook_output.out,
                        &sandbox->hook_output.err};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ELEMENTSOF(fds); i++) {
        r = lift_fd(fds[i], preserve);
    }
    if (r == 0 && sandbox->target)
        r = lift_fd(&sandbox->target->pidfd, preserve);
    if (r == 0 && sandbox->target)
        r = lift_fd(&sandbox->target->root_fd, preserve);
    for (size_t i = 0; r == 0 && i < sandbox->plan->namespaces.n_joins; i++) {
        r = lift_fd(&sandbox->join_fds[i], preserve);
    }
    for (size_t i = 0; r == 0 && sandbox->trees && i < sandbox->plan->n_mounts; i++) {
        r = lift_fd(&sandbox->trees[i], preserve);
    }
    return r;
}

void sandbox_enter(const struct sandbox *given)
{
    struct sandbox sandbox = *given;
    struct error err = ERROR_INIT;
    int r = sandbox_lift_fds(&sandbox);
    struct build build = {
        .sandbox = &sandbox,
        .plan = sandbox.plan,
        .channel = sandbox.channel,
        .root = -1,
        .proc = -1,
        .arena = ARENA_INIT,
    };
    build.umask = process_isolate(sandbox.ignored_signals);
    if (r < 0)
        error_sys(&err, -r, "move an fd out of the payload's range");
    if (r == 0)
        r = oom_score_set(&build, &err);
    if (r == 0)
        r = exe_guard(sandbox.exe_path,
                      rootfs_takes_host_down(&build) ? EXE_GUARD_OLD_ROOT : EXE_GUARD_OWN_MOUNT,
                      &err);
    if (r == 0)
        r = enter_namespaces(&build, &err);
    if (r == 0)
        r = build_filesystem(&build, &err);
    if (r == 0)
        r = pidfd_send(&build, &err);
    if (r == 0)
        r = finish(&build, &err);
    if (r == 0)
        r = process_park(&build, &err);
    if (r == 0)
        r = process_start(&build, &err);
    if (r < 0 && build.channel >= 0)
        (void)channel_send_error(build.channel, MESSAGE_ERROR, &err);
    _exit(1);
}
