/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/api.h"
#include "container/entry.h"
#include "container/host.h"
#include "container/root_mount.h"
#include "container/status.h"
#include "container/talk.h"
#include "sandbox/exe_guard.h"
#include "sandbox/idmap.h"
#include "spec/parse.h"
#include "sys/process.h"

/* Mounts that come to, and go from, a container that is there. The container's lock is held: whoever deletes it
 * waits. sandbox/changes.c says who does what where. */

/* How long who was interrupted waits until the mounts that were made are taken back. */
#define UNDO_LIMIT_MS 10000

struct change {
    struct arena arena;
    struct settings settings;
    struct container container;
    const char *document;
    bool removal;
    int init; /* pidfd */
    struct sandbox_target target;
    struct host_facts facts;
    struct plan *plan;
    struct sandbox sandbox;
    struct hold hold;
    struct entry entry;
};

#define CHANGE_INIT                                                                                \
    ((struct change){                                                                              \
        .container = CONTAINER_INIT,                                                               \
        .init = -1,                                                                                \
        .target = {.pidfd = -1, .root_fd = -1},                                                    \
        .hold = HOLD_INIT,                                                                         \
        .entry = ENTRY_INIT,                                                                       \
    })

static void change_release(struct change *change)
{
    entry_end(&change->entry);
    entry_release(&change->entry);
    for (size_t i = 0; change->sandbox.trees && i < change->plan->n_mounts; i++)
        close_fd(&change->sandbox.trees[i]);
    close_fd(&change->target.root_fd);
    close_fd(&change->init);
    hold_release(&change->hold);
    container_release(&change->container);
    arena_release(&change->arena);
}

/* ---- before anything is touched ---- */

static int not_running(struct error *err)
{
    int r = error_set(err, ESRCH, PHRASE_NOT_RUNNING);
    error_set_kind(err, ERROR_WRONG_STATE);
    return r;
}

/* What a mount costs is the container's: who makes it is in its cgroup, where nothing runs now. */
static int refuse_paused(const struct container *container, struct error *err)
{
    if (container->status != STATUS_PAUSED)
        return 0;
    int r = error_set(err, EBUSY, "cannot change the mounts of a paused container");
    error_set_kind(err, ERROR_WRONG_STATE);
    error_add_hint(err, "resume it first");
    return r;
}

/* Without a mount namespace of its own the container's mounts are on one of its root, and go with that. Its init
 * may have left its root meanwhile. */
static int find_root_on_host(struct change *change, struct error *err)
{
    const struct state *state = change->container.state;
    if (change->target.namespaces & CLONE_NEWNS)
        return 0;
    close_fd(&change->target.root_fd);
    if (state->root_mount == 0)
        return error_set(err, ENOTSUP, "the container has no mount namespace of its own");
    change->target.root_fd = root_mount_open(state->rootfs, state->root_mount, err);
    return change->target.root_fd < 0 ? change->target.root_fd : 0;
}

static int find_target(struct change *change, const char *id, struct error *err)
{
    int r = container_open(&change->container, &change->arena, &change->settings, id, true, err);
    if (r == 0)
        r = container_refuse_lifeless(&change->container, err);
    if (r == 0)
        r = refuse_paused(&change->container, err);
    if (r < 0)
        return r;
    change->init = container_pidfd(&change->container);
    if (change->init < 0)
        return change->init == -ESRCH ? not_running(err)
                                      : error_sys(err, -change->init, "pidfd_open");
    r = target_look(&change->target, change->container.state, change->init, err);
    return r < 0 ? r : find_root_on_host(change, err);
}

/* What is wrong with the plan is known by its pointer alone; who reads it has a file with lines. */
static void locate(const char *json, struct error *err)
{
    unsigned line, column;
    if (err && err->where[0] == '/' && !strstr(err->text, "(line ") &&
        json_locate(json, strlen(json), err->where, &line, &column) == 0)
        snprintf(err->text + strlen(err->text), sizeof(err->text) - strlen(err->text),
                 " (line %u, column %u)", line, column);
}

static int make_plan(struct change *change, struct error *err)
{
    struct mount_list mounts;
    struct spec *spec = NULL;
    int r = mounts_parse(&change->arena, change->document, strlen(change->document), &mounts, NULL,
                         err);
    if (r == 0)
        r = config_read(&change->container.home, &change->arena, &spec, err);
    if (r == 0)
        r = host_facts_gather(&change->facts, err);
    if (r < 0)
        return r;
    host_facts_of_labels(&change->facts, spec);
    const struct plan_mounts_options options = {
        .bundle = change->container.state->bundle,
        .mounts = &mounts,
        .removal = change->removal,
    };
    r = plan_mount_changes(&change->arena, spec, &options, &change->facts, &change->plan, err);
    for (size_t i = 0; r == 0 && i < change->plan->warnings.n; i++)
        warn(&change->settings, "%s", change->plan->warnings.items[i]);
    return r;
}

static int describe_sandbox(struct change *change, struct error *err)
{
    const struct state *state = change->container.state;
    size_t n = change->plan->n_mounts;
    struct sandbox *sandbox = &change->sandbox;
    *sandbox = (struct sandbox){
        .plan = change->plan,
        .target = &change->target,
        .channel = -1,
        .start_socket = -1,
        .root_fd = -1,
        .console_socket = -1,
        .pidfd_socket = -1,
        .hook_output = HOOK_OUTPUT_NONE,
        .ignored_signals = change->facts.ignored_signals,
        .trees = arena_array(&change->arena, n, sizeof(*sandbox->trees)),
    };
    for (size_t i = 0; sandbox->trees && i < n; i++)
        sandbox->trees[i] = -1;
    for (size_t i = 0; i < NAMESPACE_TYPES; i++)
        sandbox->join_fds[i] = -1;
    if (state->cgroup_mount)
        sandbox->cgroup_path =
            arena_printf(&change->arena, "%s%s", state->cgroup_mount, state->cgroup_path);
    if (!sandbox->trees || (state->cgroup_mount && !sandbox->cgroup_path))
        return error_sys(err, ENOMEM, "change the mounts");
    return exe_guard_path(&change->arena, &sandbox->exe_path, err);
}

/* ---- what comes from the host ---- */

/* The mapping of a container that joined its user namespace is that namespace: the init has it. */
static int open_mapped_trees(struct change *change, struct error *err)
{
    const struct plan_namespaces *namespaces = &change->plan->namespaces;
    char path[64];
    if (!idmap_is_wanted(change->plan))
        return 0;
    snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)change->container.state->pid);
    _cleanup_(close_fd) int user = open(path, O_RDONLY | O_CLOEXEC);
    if (user < 0)
        return error_sys(err, errno, "open %s", path);
    int joins[NAMESPACE_TYPES];
    for (size_t i = 0; i < NAMESPACE_TYPES; i++)
        joins[i] =
            i < namespaces->n_joins && namespaces->joins[i].type == CLONE_NEWUSER ? user : -1;
    return idmap_open_sources(change->plan, joins, change->sandbox.trees, err);
}

static int receive_trees(struct change *change, int channel, struct error *err)
{
    for (;;) {
        struct channel_message message;
        _cleanup_(close_fd) int fd = -1;
        int r = talk_receive(channel, &change->hold, &change->settings, &message, &fd, err);
        if (r < 0 || message.type == MESSAGE_DONE)
            return r;
        if (message.type == MESSAGE_ERROR) {
            r = message.error.code > 0 ? -message.error.code : -EIO;
            error_move(err, &message.error);
            return r;
        }
        size_t i = (size_t)message.number;
        if (message.type != MESSAGE_TREE || i >= change->plan->n_mounts || fd < 0)
            return error_set(err, ECHILD, "the process that opens the sources was killed");
        close_fd(&change->sandbox.trees[i]);
        change->sandbox.trees[i] = TAKE_FD(fd);
    }
}

static _noreturn_ void open_in_child(struct sandbox *sandbox, bool procs)
{
    init_close_others(sandbox);
    if (procs)
        sandbox_open_procs(sandbox);
    sandbox_open_trees(sandbox);
}

/* `procs`: what somebody in the container's pid namespace makes; else what is the host's. */
static int receive_from_child(struct change *change, bool procs, struct error *err)
{
    int pair[2], status;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(err, errno, "socketpair");
    _cleanup_(close_fd) int ours = pair[0];
    _cleanup_(close_fd) int theirs = pair[1];
    _cleanup_(close_fd) int pidfd = -1;
    struct sandbox sandbox = change->sandbox;
    sandbox.channel = theirs;
    if (procs)
        sandbox.trees = NULL;
    pid_t pid = sys_clone3(0, -1, &pidfd);
    if (pid == 0)
        open_in_child(&sandbox, procs);
    if (pid < 0)
        return error_sys(err, -pid, "clone the process that opens the sources");
    close_fd(&theirs);
    int r = receive_trees(change, ours, err);
    (void)sys_pidfd_send_signal(pidfd, SIGKILL);
    (void)sys_pidfd_wait(pidfd, &status);
    return r;
}

static int open_trees(struct change *change, struct error *err)
{
    int r = open_mapped_trees(change, err);
    if (r == 0 && sandbox_needs_procs(&change->sandbox))
        r = receive_from_child(change, true, err);
    return r < 0 ? r : receive_from_child(change, false, err);
}

/* ---- the change ---- */

/* One error is the first, and those after it are its further problems. */
static int take_error(struct error *err, int before, struct error *next)
{
    char line[sizeof(next->text) + sizeof(next->where) + 4];
    if (before == 0) {
        int r = next->code > 0 ? -next->code : -EIO;
        error_move(err, next);
        return r;
    }
    snprintf(line, sizeof(line), "%s: %s", next->where, next->text);
    error_add_problem(err, line);
    return before;
}

/* Interrupted: it takes back what it has done, and ends. */
static int call_off(struct change *change)
{
    struct pollfd end = {.fd = change->entry.intermediate, .events = POLLIN};
    (void)shutdown(change->entry.process.channel, SHUT_WR);
    (void)poll(&end, 1, UNDO_LIMIT_MS);
    return -EINTR;
}

static int await_end(struct change *change, struct error *err)
{
    for (int r = 0;;) {
        struct channel_message message;
        int received = talk_receive(change->entry.process.channel, &change->hold, &change->settings,
                                    &message, NULL, err);
        if (received == -EINTR)
            return call_off(change);
        if (received < 0)
            return received;
        if (message.type == MESSAGE_DONE) {
            entry_complete(&change->entry);
            return 0;
        }
        if (message.type == MESSAGE_ERROR)
            r = take_error(err, r, &message.error);
        else
            return r < 0 ? r : error_set(err, ECHILD, "the process that mounts was killed");
    }
}

static int apply(struct change *change, struct error *err)
{
    change->entry.run = change->removal ? sandbox_remove_mounts : sandbox_add_mounts;
    int r = entry_make(&change->entry, &change->sandbox, change->container.state, NULL, err);
    if (r == 0)
        r = await_end(change, err);
    /* Said as for exec, which comes the same way. */
    if (r == -ESRCH && err && err->kind == ERROR_WRONG_STATE)
        return not_running(err);
    return r;
}

static int change_mounts(struct change *change, const char *id, struct error *err)
{
    int r = find_target(change, id, err);
    if (r == 0)
        r = make_plan(change, err);
    if (r < 0 || change->plan->n_mounts == 0)
        return r;
    r = describe_sandbox(change, err);
    if (r == 0)
        r = hold_ending(&change->hold, err);
    if (r == 0 && !change->removal)
        r = open_trees(change, err);
    return r < 0 ? r : apply(change, err);
}

static int change_or_explain(const struct tare_settings *given, const char *id, const char *mounts,
                             bool removal, tare_error *error)
{
    struct error *err = error_begin(error);
    struct change change _cleanup_(change_release) = CHANGE_INIT;
    change.document = mounts;
    change.removal = removal;
    int r = settings_read(&change.settings, &change.arena, given, err);
    if (r == 0)
        r = change_mounts(&change, id, err);
    if (r < 0)
        locate(mounts, err);
    return r;
}

int tare_container_add_mounts(const struct tare_settings *settings, const char *id,
                              const char *mounts, tare_error *error)
{
    return change_or_explain(settings, id, mounts, false, error);
}

int tare_container_remove_mounts(const struct tare_settings *settings, const char *id,
                                 const char *mounts, tare_error *error)
{
    return change_or_explain(settings, id, mounts, true, error);
}
