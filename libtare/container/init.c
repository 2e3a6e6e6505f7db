/* SPDX-License-Identifier: Apache-2.0 */
#include "container/init.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "container/join.h"
#include "sandbox/id-maps.h"
#include "sandbox/scheduling.h"
#include "sys/process.h"

/* ---- clone
 * -----------------------------------------------------------------------------------------------
 */

static uint64_t clone_flags(const struct plan_namespaces *plan)
{
    /* A time namespace with offsets was unshared, and is entered by being born. */
    return plan->time_offsets ? plan->create & ~(uint64_t)CLONE_NEWTIME : plan->create;
}

#define KEPT_FDS (10 + NAMESPACE_TYPES)

static int compare_fds(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Close what the init has no use for. Close-on-exec is not enough: a created container waits long
 * before it executes anything, and a copy of our lock on its directory, or of our end of the
 * channel, would live as long. */
void init_close_others(const struct sandbox *sandbox)
{
    size_t n_mapped = sandbox->trees ? sandbox->plan->n_mounts : 0;
    int few[KEPT_FDS];
    _cleanup_(free_ptr) int *many = n_mapped ? calloc(KEPT_FDS + n_mapped, sizeof(*many)) : NULL;
    if (n_mapped && !many)
        _exit(1);
    int *kept = many ? many : few;
    size_t n = 0;
    kept[n++] = sandbox->channel;
    kept[n++] = sandbox->start_socket;
    kept[n++] = sandbox->root_fd;
    kept[n++] = sandbox->console_socket;
    kept[n++] = sandbox->pidfd_socket;
    kept[n++] = sandbox->hook_output.out;
    kept[n++] = sandbox->hook_output.err;
    if (sandbox->target) {
        kept[n++] = sandbox->target->pidfd;
        kept[n++] = sandbox->target->root_fd;
    }
    for (size_t i = 0; i < sandbox->plan->namespaces.n_joins; i++)
        kept[n++] = sandbox->join_fds[i];
    for (size_t i = 0; i < n_mapped; i++)
        kept[n++] = sandbox->trees[i];
    qsort(kept, n, sizeof(kept[0]), compare_fds);

    unsigned first = 3 + sandbox->plan->process.preserve_fds;
    /* Fds that the caller passes on are inherited through exec; one in their range that is not is ours, in a
     * gap that the caller left. */
    for (unsigned fd = 3; fd < first; fd++) {
        int wanted = (int)fd;
        int flags = fcntl(wanted, F_GETFD);
        if (flags > 0 && flags & FD_CLOEXEC &&
            !bsearch(&wanted, kept, n, sizeof(kept[0]), compare_fds))
            close(wanted);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept[i] < 0 || (unsigned)kept[i] < first)
            continue;
        if ((unsigned)kept[i] > first)
            (void)sys_close_range(first, (unsigned)kept[i] - 1);
        first = (unsigned)kept[i] + 1;
    }
    (void)sys_close_range(first, UINT32_MAX);
}

static pid_t clone_init(const struct sandbox *sandbox, uint64_t flags, int cgroup_fd,
                        int *ret_pidfd)
{
    pid_t pid = sys_clone3(clone_flags(&sandbox->plan->namespaces) | CLONE_CLEAR_SIGHAND | flags,
                           cgroup_fd, ret_pidfd);
    if (pid == 0) {
        init_close_others(sandbox);
        sandbox_enter(sandbox);
    }
    return pid;
}

static int clone_error(const struct plan *plan, int code, struct error *err)
{
    int r = error_sys(err, code, "clone the container's init");
    if (code == EPERM && plan->namespaces.create & CLONE_NEWUSER)
        error_add_hint(err, "are user namespaces allowed? see /proc/sys/user/max_user_namespaces; "
                            "in a chroot they are not");
    else if (code == EPERM)
        error_add_hint(err, "new namespaces need root, or a user namespace in linux.namespaces");
    else if (code == ENOSPC)
        error_add_hint(err, "a limit of /proc/sys/user/max_*_namespaces is reached");
    else if (code == EAGAIN)
        error_add_hint(err,
                       "a limit on processes is reached: pids.max of the cgroup, or ulimit -u");
    return r;
}

/* ---- detour: namespaces entered by being born ---- */

struct detour {
    int own_pid, own_time; /* where to turn back to, -1: we are there */
};

static void detour_leave(struct detour *detour)
{
    /* These are our own namespaces, and we have not lost a privilege: nothing to refuse. */
    if (detour->own_pid >= 0)
        (void)setns(detour->own_pid, CLONE_NEWPID);
    if (detour->own_time >= 0)
        (void)setns(detour->own_time, CLONE_NEWTIME);
    close_fd(&detour->own_pid);
    close_fd(&detour->own_time);
}

static int detour_join(const struct plan_namespaces *plan, int fds[NAMESPACE_TYPES], int type,
                       const char *own_path, int *own, struct error *err)
{
    int i = joins_find(plan, type);
    if (i < 0)
        return 0;
    *own = open(own_path, O_RDONLY | O_CLOEXEC);
    if (*own < 0)
        return error_sys(err, errno, "open %s", own_path);
    return joins_enter(plan, fds, (size_t)i, err);
}

static int detour_offsets(const struct plan_namespaces *plan, int *own, struct error *err)
{
    if (!plan->time_offsets)
        return 0;
    *own = open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC);
    if (*own < 0 || unshare(CLONE_NEWTIME) < 0)
        return error_sys(err, errno, "make a time namespace");
    int r = file_write(AT_FDCWD, "/proc/self/timens_offsets", plan->time_offsets,
                       strlen(plan->time_offsets));
    if (r == 0)
        return 0;
    error_sys(err, -r, "set the clock offsets");
    error_add_where(err, "/linux/timeOffsets");
    if (r == -ERANGE)
        error_add_hint(err, "no clock may go below zero or beyond 146 years");
    return r;
}

static int detour_enter(struct detour *detour, const struct plan_namespaces *plan,
                        int fds[NAMESPACE_TYPES], struct error *err)
{
    int r = detour_join(plan, fds, CLONE_NEWPID, "/proc/self/ns/pid", &detour->own_pid, err);
    if (r == 0)
        r = detour_join(plan, fds, CLONE_NEWTIME, "/proc/self/ns/time", &detour->own_time, err);
    return r < 0 ? r : detour_offsets(plan, &detour->own_time, err);
}

static int clone_directly(struct init *init, struct sandbox *sandbox, int cgroup_fd,
                          struct error *err)
{
    struct detour detour _cleanup_(detour_leave) = {-1, -1};
    int r = detour_enter(&detour, &sandbox->plan->namespaces, sandbox->join_fds, err);
    if (r < 0)
        return r;
    pid_t pid = clone_init(sandbox, 0, cgroup_fd, &init->pidfd);
    if (pid < 0)
        return clone_error(sandbox->plan, -pid, err);
    init->pid = pid;
    return 0;
}

/* ---- through an intermediate process, for what takes or needs other privileges ---- */

struct birth {
    pid_t pid; /* 0: failed */
    struct error error;
};

/* The intermediate: joins everything but the mount namespace, in the order of the plan, which knows
 * where the user namespace has to come. Then the clone is made with the joined namespace's
 * privileges. */
static void intermediate(struct sandbox *sandbox, int cgroup_fd, struct birth *birth)
{
    const struct plan_namespaces *plan = &sandbox->plan->namespaces;
    struct error *err = &birth->error;
    int own = -1;
    int r = detour_offsets(plan, &own, err);
    for (size_t i = 0; r == 0 && i < plan->n_joins; i++)
        if (plan->joins[i].type != CLONE_NEWNS)
            r = joins_enter(plan, sandbox->join_fds, i, err);
    if (r < 0)
        return;
    pid_t pid = clone_init(sandbox, CLONE_PARENT, cgroup_fd, NULL);
    if (pid < 0)
        clone_error(sandbox->plan, -pid, err);
    else
        birth->pid = pid;
}

static int receive_birth(struct init *init, int from, int pidfd, struct error *err)
{
    struct birth birth = {0};
    int status;
    ssize_t n = fd_read(from, &birth, sizeof(birth));
    (void)sys_pidfd_wait(pidfd, &status);
    if (n != (ssize_t)sizeof(birth))
        return error_set(err, ECHILD, "the process that joins the user namespace died");
    birth.error.also = NULL;
    if (birth.pid == 0) {
        error_move(err, &birth.error);
        return err && err->code ? -err->code : -EPERM;
    }
    /* Our own child, which nobody has waited for: the pid is its. */
    init->pid = birth.pid;
    init->pidfd = sys_pidfd_open(birth.pid, 0);
    return init->pidfd < 0 ? error_sys(err, -init->pidfd, "pidfd_open") : 0;
}

/* `place` is where it has to clone from, NULL: where we are. */
static int clone_through_intermediate(struct init *init, struct sandbox *sandbox, int cgroup_fd,
                                      const struct scope_place *place, struct error *err)
{
    int ends[2];
    struct admission admission _cleanup_(admission_release) = ADMISSION_NONE;
    int r = place ? admission_begin(&admission, place, err) : 0;
    if (r < 0)
        return r;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_sys(err, errno, "pipe");
    _cleanup_(close_fd) int from = ends[0];
    _cleanup_(close_fd) int to = ends[1];
    _cleanup_(close_fd) int pidfd = -1;
    pid_t pid = sys_clone3(0, -1, &pidfd);
    if (pid < 0)
        return clone_error(sandbox->plan, -pid, err);
    if (pid == 0) {
        struct birth birth = {0};
        if (!admission_seek(&admission))
            _exit(1);
        intermediate(sandbox, cgroup_fd, &birth);
        /* Less than PIPE_BUF: one piece, as it is read. */
        _exit(write(to, &birth, sizeof(birth)) == (ssize_t)sizeof(birth) ? 0 : 1);
    }
    close_fd(&to);
    r = admission_grant(&admission, err);
    if (r == 0)
        return receive_birth(init, from, pidfd, err);
    int status;
    admission_release(&admission);
    (void)sys_pidfd_wait(pidfd, &status);
    return r;
}

/* To join a user namespace is to lose the privileges here. And who is born into a new one has none
 * over namespaces that exist already: they are joined before. */
static bool needs_intermediate(const struct plan_namespaces *plan)
{
    if (!(plan->create & CLONE_NEWUSER))
        return joins_find(plan, CLONE_NEWUSER) >= 0;
    for (size_t i = 0; i < plan->n_joins; i++)
        if (plan->joins[i].type != CLONE_NEWNS)
            return true;
    return false;
}

/* The first attempt has used some of the descriptors. */
static int clone_from(struct init *init, struct sandbox *sandbox, int cgroup_fd,
                      const struct scope_place *place, struct error *err)
{
    joins_close(sandbox->join_fds);
    int r = joins_open(&sandbox->plan->namespaces, sandbox->join_fds, err);
    return r < 0 ? r : clone_through_intermediate(init, sandbox, cgroup_fd, place, err);
}

int init_clone(struct init *init, struct sandbox *sandbox, int cgroup_fd,
               const struct scope_place *from, struct error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(err, errno, "socketpair");
    init->channel = pair[0];
    _cleanup_(close_fd) int theirs = pair[1];
    sandbox->channel = theirs;
    int r = needs_intermediate(&sandbox->plan->namespaces)
                ? clone_through_intermediate(init, sandbox, cgroup_fd, NULL, err)
                : clone_directly(init, sandbox, cgroup_fd, err);
    if (r != -EACCES || cgroup_fd < 0 || !from)
        return r;
    error_release(err);
    return clone_from(init, sandbox, cgroup_fd, from, err);
}

/* ---- from outside ---- */

static int write_maps(pid_t pid, const struct plan_namespaces *plan, struct error *err)
{
    const struct id_maps maps = {
        .uids = plan->uid_map,
        .gids = plan->gid_map,
        .uids_where = "/linux/uidMappings",
        .gids_where = "/linux/gidMappings",
        .uids_by_helper = plan->uids_by_helper,
        .gids_by_helper = plan->gids_by_helper,
        .deny_setgroups = plan->deny_setgroups,
    };
    return id_maps_write(pid, &maps, err);
}

int init_set_up(const struct init *init, const struct plan *plan, struct error *err)
{
    const struct plan_namespaces *namespaces = &plan->namespaces;
    if (!(namespaces->create & CLONE_NEWUSER) && joins_find(namespaces, CLONE_NEWUSER) < 0)
        return 0;
    int r = limits_raise(init->pid, &plan->process, err);
    if (r == 0)
        r = oom_score_write(init->pid, &plan->process, err);
    if (r == 0)
        r = process_schedule(init->pid, &plan->process, err);
    if (r == 0 && namespaces->uid_map)
        r = write_maps(init->pid, namespaces, err);
    return r;
}

void init_end(struct init *init)
{
    int status;
    if (init->pidfd < 0)
        return;
    (void)sys_pidfd_send_signal(init->pidfd, SIGKILL);
    (void)sys_pidfd_wait(init->pidfd, &status);
    init->pid = 0;
    close_fd(&init->pidfd);
}

void init_release(struct init *init)
{
    close_fd(&init->pidfd);
    close_fd(&init->channel);
}
