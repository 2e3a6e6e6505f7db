/* SPDX-License-Identifier: Apache-2.0 */
#include "container/entry.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/cgroup_of.h"
#include "sandbox/channel.h"
#include "sys/process.h"

/* How long a failed entry waits for its intermediate before it kills it: that ends by itself, unless
 * the container is frozen. */
#define INTERMEDIATE_LIMIT_MS 1000

/* ---- namespaces ---- */

static const struct {
    const char *name; /* in /proc/PID/ns: namespaces(7) */
    uint64_t type;
} namespace_files[] = {
    {"mnt", CLONE_NEWNS},    {"pid", CLONE_NEWPID},       {"net", CLONE_NEWNET},
    {"uts", CLONE_NEWUTS},   {"ipc", CLONE_NEWIPC},       {"user", CLONE_NEWUSER},
    {"time", CLONE_NEWTIME}, {"cgroup", CLONE_NEWCGROUP},
};

static int not_there(int code, const char *what, struct error *err)
{
    if (code == ENOENT || code == ESRCH) {
        error_set(err, ESRCH, PHRASE_EXEC_STOPPED);
        error_set_kind(err, ERROR_WRONG_STATE);
        return -ESRCH;
    }
    error_sys(err, code, "look at %s of the container's init", what);
    if (code == EACCES || code == EPERM)
        error_add_hint(err, "it takes whoever made the container, or root");
    return -code;
}

static int compare_namespaces(int ours, int theirs, uint64_t *ret, struct error *err)
{
    *ret = 0;
    for (size_t i = 0; i < ELEMENTSOF(namespace_files); i++) {
        struct stat our, their;
        /* A kernel that was built without one has no such file. */
        if (fstatat(ours, namespace_files[i].name, &our, 0) < 0)
            continue;
        if (fstatat(theirs, namespace_files[i].name, &their, 0) < 0)
            return not_there(errno, "the namespaces", err);
        if (our.st_ino != their.st_ino || our.st_dev != their.st_dev)
            *ret |= namespace_files[i].type;
    }
    return 0;
}

int target_look(struct sandbox_target *target, const struct state *state, int pidfd,
                struct error *err)
{
    char path[32];
    *target = (struct sandbox_target){.pidfd = pidfd, .root_fd = -1};
    snprintf(path, sizeof(path), "/proc/%d", (int)state->pid);
    _cleanup_(close_fd) int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* The directory of this process for as long as it is held, whoever gets the pid afterwards. */
    if (process < 0 || sys_pidfd_send_signal(pidfd, 0) == -ESRCH)
        return not_there(process < 0 ? errno : ESRCH, path, err);
    _cleanup_(close_fd) int theirs = openat(process, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(close_fd) int ours = open("/proc/thread-self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (theirs < 0)
        return not_there(errno, "the namespaces", err);
    if (ours < 0)
        return error_sys(err, errno, "open /proc/thread-self/ns");
    int r = compare_namespaces(ours, theirs, &target->namespaces, err);
    if (r < 0 || target->namespaces & CLONE_NEWNS)
        return r;
    target->root_fd = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return target->root_fd < 0 ? not_there(errno, "the root", err) : 0;
}

/* ---- processors ---- */

/* The processors on which the calling thread runs while it clones: process.execCPUAffinity.initial. */
struct affinity {
    unsigned long before[PROCESSORS / LONG_BITS];
    long size; /* 0: nothing was changed */
};

static int affinity_enter(struct affinity *affinity, const struct plan_processors *wanted,
                          struct error *err)
{
    affinity->size = 0;
    if (!wanted)
        return 0;
    long size = syscall(SYS_sched_getaffinity, 0, sizeof(affinity->before), affinity->before);
    if (size < 0)
        return error_sys(err, errno, "sched_getaffinity");
    if (syscall(SYS_sched_setaffinity, 0, sizeof(wanted->mask), wanted->mask) < 0) {
        int code = errno;
        error_sys(err, code, "run on the processors %s", wanted->text);
        error_add_where(err, "/process/execCPUAffinity/initial");
        if (code == EINVAL)
            error_add_hint(err, "is one of them online, and open to tare itself?");
        return -code;
    }
    affinity->size = size;
    return 0;
}

static void affinity_leave(const struct affinity *affinity)
{
    if (affinity->size > 0)
        (void)syscall(SYS_sched_setaffinity, 0, affinity->size, affinity->before);
}

/* ---- the intermediate ---- */

_noreturn_ void entry_bear(struct sandbox *sandbox)
{
    struct error err = ERROR_INIT;
    int r = sandbox_join(sandbox, &err);
    if (r == 0) {
        pid_t pid = sys_clone3(CLONE_PARENT | CLONE_CLEAR_SIGHAND, -1, NULL);
        if (pid == 0)
            sandbox_exec(sandbox);
        if (pid < 0) {
            r = error_sys(&err, -pid, "clone into the container");
            if (pid == -ENOMEM)
                error_add_hint(&err, "has the container's first process just ended?");
        } else {
            (void)channel_send_number(sandbox->channel, MESSAGE_BORN, pid, -1);
        }
    }
    if (r < 0)
        (void)channel_send_error(sandbox->channel, MESSAGE_ERROR, &err);
    _exit(0);
}

static int clone_into(struct entry *entry, struct sandbox *sandbox, const struct cgroup *cgroup)
{
    pid_t pid = sys_clone3(CLONE_CLEAR_SIGHAND, cgroup->fd, &entry->intermediate);
    if (pid == 0) {
        init_close_others(sandbox);
        entry->run(sandbox);
    }
    return pid < 0 ? pid : 0;
}

static int clone_failed(const struct cgroup *cgroup, int code, struct error *err)
{
    int r = error_sys(err, code, "clone into the container's cgroup");
    if (code == EAGAIN)
        error_add_hint(err,
                       "a limit on processes is reached: pids.max of the cgroup, or ulimit -u");
    else if (cgroup->fd >= 0)
        cgroup_explain_entry(cgroup, code, err);
    return r;
}

/* A cgroup that was handed to the container, and has distributed controllers since, takes no process
 * any more (the rule of no internal processes); one above a threaded one, neither. Then the init is
 * below it. */
static bool is_occupied(int r)
{
    return r == -EBUSY || r == -EOPNOTSUPP;
}

static int clone_where_init_is(struct entry *entry, struct sandbox *sandbox,
                               const struct state *state, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = cgroup_of_open_present(state, &cgroup, err);
    if (r < 0)
        return r;
    r = clone_into(entry, sandbox, &cgroup);
    return r < 0 ? clone_failed(&cgroup, -r, err) : 0;
}

/* What the systemd of a user has, and a process elsewhere may not enter by itself. `below` as in entry_make(): but
 * without one it is at once where the init is, which takes processes for certain. */
static int clone_and_admit(struct entry *entry, struct sandbox *sandbox, const struct state *state,
                           const char *below, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = below ? cgroup_of_open_below(state, below, &cgroup, err)
                  : cgroup_of_open_present(state, &cgroup, err);
    if (r < 0)
        return r;
    const char *scope = state->cgroup_top ? state->cgroup_top : state->cgroup_path;
    const char *path = cgroup.path + strlen(scope);
    const struct scope_place place = {state->systemd_unit, state->systemd_user, *path ? path : "/"};
    struct admission admission _cleanup_(admission_release) = ADMISSION_NONE;
    r = admission_begin(&admission, &place, err);
    if (r < 0)
        return r;
    pid_t pid = sys_clone3(CLONE_CLEAR_SIGHAND, -1, &entry->intermediate);
    if (pid == 0) {
        if (!admission_seek(&admission))
            _exit(1);
        init_close_others(sandbox);
        entry->run(sandbox);
    }
    return pid < 0 ? clone_failed(&cgroup, -pid, err) : admission_grant(&admission, err);
}

static int clone_intermediate(struct entry *entry, struct sandbox *sandbox,
                              const struct state *state, const char *below, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = 0;
    if (state->cgroup_mount)
        r = cgroup_of_open_below(state, below ? below : "", &cgroup, err);
    else if (below)
        r = error_set(err, ENOTSUP, "--cgroup %s: the container has no cgroup", below);
    if (r == -ENOENT && below)
        error_add_hint(err, "--cgroup names a cgroup that is there, below the container's");
    if (r < 0)
        return r;
    r = clone_into(entry, sandbox, &cgroup);
    if (is_occupied(r) && !below)
        return clone_where_init_is(entry, sandbox, state, err);
    if (r == -EACCES && state->systemd_unit && state->systemd_user)
        return clone_and_admit(entry, sandbox, state, below, err);
    return r < 0 ? clone_failed(&cgroup, -r, err) : 0;
}

int entry_make(struct entry *entry, struct sandbox *sandbox, const struct state *state,
               const char *below, struct error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(err, errno, "socketpair");
    entry->process.channel = pair[0];
    _cleanup_(close_fd) int theirs = pair[1];
    sandbox->channel = theirs;
    struct affinity affinity;
    int r = affinity_enter(&affinity, sandbox->plan->process.initial_processors, err);
    if (r < 0)
        return r;
    r = clone_intermediate(entry, sandbox, state, below, err);
    affinity_leave(&affinity);
    return r;
}

/* ---- the process ---- */

int entry_born(struct entry *entry, pid_t pid, struct error *err)
{
    if (entry->process.pid > 0)
        return 0;
    _cleanup_(close_fd) int pidfd = sys_pidfd_open(pid, 0);
    siginfo_t info;
    /* Whoever could trace the process could speak in its name, too: only a child of ours is meant. */
    if (pidfd < 0 || waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return error_set(err, ECHILD, "process %d is not the one that was cloned", (int)pid);
    entry->process.pid = pid;
    entry->process.pidfd = TAKE_FD(pidfd);
    return 0;
}

void entry_complete(struct entry *entry)
{
    int status;
    if (entry->intermediate >= 0)
        (void)sys_pidfd_wait(entry->intermediate, &status);
    close_fd(&entry->intermediate);
}

/* What the intermediate may have said last. */
static void look_for_birth(struct entry *entry)
{
    struct pollfd ready = {.fd = entry->process.channel, .events = POLLIN};
    while (entry->process.pid == 0 && poll(&ready, 1, 0) > 0) {
        struct channel_message message;
        if (channel_receive(entry->process.channel, &message, NULL) < 0 ||
            message.type == MESSAGE_NONE)
            return;
        if (message.type == MESSAGE_BORN)
            (void)entry_born(entry, message.number, NULL);
    }
}

void entry_end(struct entry *entry)
{
    if (entry->intermediate >= 0) {
        struct pollfd end = {.fd = entry->intermediate, .events = POLLIN};
        if (entry->process.pid == 0)
            (void)poll(&end, 1, INTERMEDIATE_LIMIT_MS);
        (void)sys_pidfd_send_signal(entry->intermediate, SIGKILL);
        entry_complete(entry);
        look_for_birth(entry);
    }
    init_end(&entry->process);
}

void entry_release(struct entry *entry)
{
    close_fd(&entry->intermediate);
    init_release(&entry->process);
}
