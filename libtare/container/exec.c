/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/api.h"
#include "container/attend.h"
#include "container/bundle.h"
#include "container/cgroup_of.h"
#include "container/entry.h"
#include "container/exec-process.h"
#include "container/host.h"
#include "container/launch.h"
#include "container/proxy.h"
#include "container/resctrl.h"
#include "container/seccomp-agent.h"
#include "container/status.h"
#include "container/talk.h"
#include "container/unix_socket.h"
#include "plan/plan.h"
#include "sandbox/exe_guard.h"
#include "sandbox/scheduling.h"
#include "seccomp/seccomp.h"
#include "sys/process.h"

/* One more process for a container. Nothing of the container changes, so its lock is not taken: whoever
 * deletes it meanwhile takes its cgroup and its first process away from under us, and that is an
 * error like another. */

struct execution {
    struct arena arena;
    struct settings settings;
    struct tare_exec_options options;
    struct container container;
    struct sandbox_target target;
    int init;          /* pidfd */
    struct spec *spec; /* that the container was made with, its process replaced */
    struct exec_process process;
    struct host_facts facts;
    struct plan *plan;
    struct seccomp_program seccomp;
    struct hold hold;
    struct entry entry;
    int terminal;      /* the pty's master, -1: none */
    bool has_pid_file; /* it is to go when we fail */
    bool runs;         /* the program was executed */
};

#define EXECUTION_INIT                                                                             \
    ((struct execution){                                                                           \
        .container = CONTAINER_INIT,                                                               \
        .init = -1,                                                                                \
        .target = {.pidfd = -1, .root_fd = -1},                                                    \
        .hold = HOLD_INIT,                                                                         \
        .entry = ENTRY_INIT,                                                                       \
        .terminal = -1,                                                                            \
    })

static void execution_release(struct execution *execution)
{
    if (!execution->runs) {
        if (execution->has_pid_file)
            unlink(execution->options.pid_file);
        entry_end(&execution->entry);
    }
    close_fd(&execution->terminal);
    close_fd(&execution->target.root_fd);
    close_fd(&execution->init);
    entry_release(&execution->entry);
    exec_process_release(&execution->process);
    container_release(&execution->container);
    hold_release(&execution->hold);
    arena_release(&execution->arena);
}

/* ---- before anything is touched ---- */

static int check_status(const struct execution *execution, struct error *err)
{
    enum status status = execution->container.status;
    int r;
    if (status == STATUS_STOPPED)
        r = error_set(err, ESRCH, PHRASE_EXEC_STOPPED);
    else if (status == STATUS_PAUSED && !execution->options.ignore_paused)
        r = error_set(err, EBUSY, PHRASE_EXEC_PAUSED);
    else if (status == STATUS_CREATING)
        r = error_set(err, EBUSY, "cannot exec in a container in the creating state");
    else
        return 0;
    error_set_kind(err, ERROR_WRONG_STATE);
    return r;
}

static int find_target(struct execution *execution, const char *id, struct error *err)
{
    int r = container_open(&execution->container, &execution->arena, &execution->settings, id,
                           false, err);
    if (r == 0)
        r = check_status(execution, err);
    if (r < 0)
        return r;
    execution->init = container_pidfd(&execution->container);
    if (execution->init == -ESRCH) {
        execution->container.status = STATUS_STOPPED;
        return check_status(execution, err);
    }
    if (execution->init < 0)
        return error_sys(err, -execution->init, "pidfd_open");
    return target_look(&execution->target, execution->container.state, execution->init, err);
}

static int make_plan(struct execution *execution, struct error *err)
{
    const struct state *state = execution->container.state;
    const struct plan_exec_options options = {
        .id = state->id,
        .bundle = state->bundle,
        .in_user_namespace = execution->target.namespaces & CLONE_NEWUSER,
        .new_keyring = state->new_keyring,
        .preserve_fds = execution->options.preserve_fds,
        .foreground = !execution->options.detach,
        .has_console_socket = execution->options.console_socket,
        .seccomp_receiver = state->listener.path,
    };
    int r = host_facts_gather(&execution->facts, err);
    if (r < 0)
        return r;
    host_facts_of_labels(&execution->facts, execution->spec);
    r = plan_exec(&execution->arena, execution->spec, &options, &execution->facts, &execution->plan,
                  err);
    if (r == 0)
        r = filter_make(&execution->seccomp, &execution->arena, execution->plan, err);
    for (size_t i = 0; r == 0 && i < execution->plan->warnings.n; i++)
        warn(&execution->settings, "%s", execution->plan->warnings.items[i]);
    return r;
}

/* "PATH"; what runc takes for cgroup v1, "CONTROLLER[,CONTROLLER]:PATH", has no meaning where all
 * controllers are in one hierarchy. */
static int check_cgroup(const char *below, struct error *err)
{
    if (!below)
        return 0;
    int r = 0;
    if (strchr(below, ':'))
        r = error_set(err, EINVAL, "--cgroup %s: cgroup v2 has no paths of single controllers",
                      below);
    else if (!below[0] || strchr(below, '\n'))
        r = error_set(err, EINVAL, "--cgroup \"%s\": a path below the container's cgroup expected",
                      below);
    for (const char *p = below; r == 0 && *p; p += strcspn(p, "/")) {
        p += strspn(p, "/");
        if (strcspn(p, "/") == 2 && strncmp(p, "..", 2) == 0)
            r = error_set(err, EINVAL, "--cgroup %s is not below the container's cgroup", below);
    }
    if (r < 0)
        error_set_kind(err, ERROR_USAGE);
    return r;
}

static int prepare(struct execution *execution, const char *id, struct error *err)
{
    int r = check_cgroup(execution->options.cgroup, err);
    if (r == 0)
        r = find_target(execution, id, err);
    if (r == 0)
        r = config_read(&execution->container.home, &execution->arena, &execution->spec, err);
    if (r == 0)
        r = exec_process_read(&execution->process, &execution->arena, execution->spec->process,
                              &execution->options, err);
    if (r < 0)
        return r;
    execution->spec->process = execution->process.process;
    return make_plan(execution, err);
}

/* ---- the process ---- */

/* In the intermediate, which has not left the host yet, and is where it has to be: whoever listens may accept one
 * connection only, and the command that is run again (src/again.h) would make another. */
static int connect_sockets(struct sandbox *sandbox, const void *data, struct error *err)
{
    const struct tare_exec_options *options = data;
    if (options->console_socket) {
        sandbox->console_socket =
            unix_connect(options->console_socket, "--console-socket", NULL, err);
        if (sandbox->console_socket < 0)
            return sandbox->console_socket;
    }
    if (options->pidfd_socket) {
        sandbox->pidfd_socket = unix_connect(options->pidfd_socket, "--pidfd-socket", NULL, err);
        if (sandbox->pidfd_socket < 0)
            return sandbox->pidfd_socket;
    }
    return 0;
}

static int make_process(struct execution *execution, struct error *err)
{
    struct sandbox sandbox = {
        .plan = execution->plan,
        .target = &execution->target,
        .seccomp = execution->seccomp.n > 0 ? &execution->seccomp : NULL,
        .channel = -1,
        .start_socket = -1,
        .root_fd = -1,
        .console_socket = -1,
        .pidfd_socket = -1,
        .hook_output = HOOK_OUTPUT_NONE,
        .ignored_signals = execution->facts.ignored_signals,
    };
    execution->target.before = connect_sockets;
    execution->target.data = &execution->options;
    int r = exe_guard_path(&execution->arena, &sandbox.exe_path, err);
    return r < 0 ? r
                 : entry_make(&execution->entry, &sandbox, execution->container.state,
                              execution->options.cgroup, err);
}

/* Both ends are gone without a word. */
static int death(struct execution *execution, struct error *err)
{
    struct entry *entry = &execution->entry;
    int *pidfd = entry->process.pid > 0 ? &entry->process.pidfd : &entry->intermediate;
    int status = 0;
    if (sys_pidfd_wait(*pidfd, &status) == 0)
        close_fd(pidfd);
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    bool oom = cgroup_of_open(execution->container.state, &cgroup, NULL) == 0 &&
               WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && cgroup_oom_kills(&cgroup) > 0;
    if (WIFSIGNALED(status))
        return error_set(err, ECHILD, "the process was killed by signal %d (%s)%s",
                         WTERMSIG(status), strsignal(WTERMSIG(status)),
                         oom ? " (possibly OOM-killed)" : "");
    return error_set(err, ECHILD, "the process ended before its program started");
}

static int wait_until_parked(struct execution *execution, struct error *err)
{
    struct entry *entry = &execution->entry;
    for (bool parked = false; !parked || entry->process.pid == 0;) {
        struct channel_message message;
        _cleanup_(close_fd) int fd = -1;
        int r = talk_receive(entry->process.channel, &execution->hold, &execution->settings,
                             &message, &fd, err);
        if (r == 0 && message.type == MESSAGE_BORN)
            r = entry_born(entry, message.number, err);
        if (r < 0)
            return r;
        if (message.type == MESSAGE_NONE)
            return death(execution, err);
        if (message.type == MESSAGE_ERROR) {
            r = message.error.code > 0 ? -message.error.code : -EIO;
            error_move(err, &message.error);
            return r;
        }
        if (message.type == MESSAGE_CONSOLE) {
            close_fd(&execution->terminal);
            execution->terminal = TAKE_FD(fd);
        }
        parked = parked || message.type == MESSAGE_PARKED;
    }
    return 0;
}

/* What only we may do for it, outside of its user namespace. */
static int set_up(struct execution *execution, struct error *err)
{
    pid_t pid = execution->entry.process.pid;
    int r = 0;
    if (execution->target.namespaces & CLONE_NEWUSER)
        r = process_schedule(pid, &execution->plan->process, err);
    return r < 0 ? r : resctrl_of_assign(execution->container.state, pid, err);
}

static int write_pid_file(struct execution *execution, struct error *err)
{
    const char *path = execution->options.pid_file;
    if (!path)
        return 0;
    char pid[16];
    int n = snprintf(pid, sizeof(pid), "%d", (int)execution->entry.process.pid);
    int r = file_replace(AT_FDCWD, path, 0644, pid, (size_t)n);
    if (r < 0)
        return error_sys(err, -r, "write pid file %s", path);
    execution->has_pid_file = true;
    return 0;
}

static int go(struct execution *execution, struct error *err)
{
    const struct container *container = &execution->container;
    int channel = execution->entry.process.channel;
    if (execution->terminal >= 0)
        proxy_give_size(execution->terminal);
    /* The filter of each process has a listener of its own. */
    _cleanup_(close_fd) int agent = -1;
    int r = seccomp_agent_connect(&container->state->listener, &execution->hold, &agent, err);
    if (r < 0)
        return r;
    r = channel_send(channel, MESSAGE_GO, -1);
    if (r < 0)
        return error_sys(err, -r, "talk to the process");
    const struct launch launch = {
        .channel = channel,
        .hold = &execution->hold,
        /* Somebody may pause the container. */
        .takes_time = true,
        .agent = &agent,
        .state = container->state,
        .status = status_name(container->status),
        .pid = execution->entry.process.pid,
    };
    bool hook_failed;
    r = launch_watch(&launch, &execution->settings, &hook_failed, err);
    execution->runs = r == 0;
    return r;
}

static int launch(struct execution *execution, struct error *err)
{
    int r = execution->options.detach ? hold_ending(&execution->hold, err)
                                      : hold_all(&execution->hold, execution->settings.exits, err);
    if (r == 0)
        r = make_process(execution, err);
    if (r == 0)
        r = wait_until_parked(execution, err);
    if (r == 0)
        r = set_up(execution, err);
    if (r == 0)
        r = write_pid_file(execution, err);
    if (r == 0)
        r = talk_check_interruption(&execution->hold, err);
    if (r == 0)
        r = go(execution, err);
    if (r == 0)
        entry_complete(&execution->entry);
    return r;
}

static int execute(struct execution *execution, const char *id, int *ret_status, struct error *err)
{
    int r = prepare(execution, id, err);
    if (r == 0)
        r = launch(execution, err);
    if (r < 0) {
        exec_process_locate(&execution->process, err);
        return r;
    }
    *ret_status = 0;
    if (execution->options.detach)
        return 0;
    return attend(execution->entry.process.pidfd, TAKE_FD(execution->terminal), &execution->hold,
                  NULL, ret_status, err);
}

int tare_container_exec(const struct tare_settings *given, const char *id,
                        const struct tare_exec_options *given_options, int *ret_status,
                        tare_error *error)
{
    struct error *err = error_begin(error);
    struct execution execution _cleanup_(execution_release) = EXECUTION_INIT;
    options_copy(&execution.options, sizeof(execution.options), given_options);
    int r = settings_read(&execution.settings, &execution.arena, given, err);
    return r < 0 ? r : execute(&execution, id, ret_status, err);
}
