/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/phrases.h"
#include "container/api.h"
#include "container/creation.h"
#include "container/hooks_of.h"
#include "container/join.h"
#include "container/readiness.h"
#include "container/root_mount.h"
#include "container/seccomp-agent.h"
#include "container/talk.h"
#include "container/unix_socket.h"
#include "sandbox/exe_guard.h"
#include "sandbox/idmap.h"
#include "sys/process.h"

#define PIDFD_RECEIVER_ANNOTATION "run.oci.pidfd_receiver"

static int connect_pidfd_socket(struct creation *creation, struct error *err)
{
    const char *path = creation->options.pidfd_socket;
    const char *annotation =
        string_map_find(creation->bundle.plan->annotations, PIDFD_RECEIVER_ANNOTATION);
    if (path)
        creation->pidfd_socket = unix_connect(path, "--pidfd-socket", &creation->hold, err);
    else if (annotation)
        creation->pidfd_socket =
            unix_connect(annotation, PIDFD_RECEIVER_ANNOTATION, &creation->hold, err);
    else
        return 0;
    if (creation->pidfd_socket >= 0)
        return 0;
    if (!path)
        error_add_where(err, "/annotations/" PIDFD_RECEIVER_ANNOTATION);
    return creation->pidfd_socket;
}

/* For the hooks that the init runs: the files are the host's. */
static int open_hook_output(struct creation *creation, struct error *err)
{
    const struct plan *plan = creation->bundle.plan;
    if (plan->hooks->create_container.n == 0 && plan->hooks->start_container.n == 0)
        return 0;
    _cleanup_(close_fd) int bundle = open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return error_sys(err, errno, "open bundle %s", plan->bundle);
    return hooks_of_open_output(plan->annotations, bundle, &creation->hook_output, err);
}

/* Connected before anything of the container runs: a caller that does not listen is an error of
 * create. */
static int connect_sockets(struct creation *creation, bool start_socket, struct error *err)
{
    const struct tare_create_options *options = &creation->options;
    if (options->console_socket) {
        creation->console_socket =
            unix_connect(options->console_socket, "--console-socket", &creation->hold, err);
        if (creation->console_socket < 0)
            return creation->console_socket;
    }
    int r = connect_pidfd_socket(creation, err);
    if (r == 0)
        r = open_hook_output(creation, err);
    if (r < 0)
        return r;
    r = seccomp_agent_check(&creation->bundle.plan->listener, err);
    if (r < 0)
        return r;
    if (start_socket) {
        creation->start_socket = start_socket_listen(creation->home.fd, err);
        if (creation->start_socket < 0)
            return creation->start_socket;
    }
    return 0;
}

static int open_mapped_sources(struct creation *creation, struct sandbox *sandbox,
                               struct error *err)
{
    const struct plan *plan = creation->bundle.plan;
    if (!idmap_is_wanted(plan))
        return 0;
    sandbox->trees = arena_array(&creation->arena, plan->n_mounts, sizeof(*sandbox->trees));
    if (!sandbox->trees)
        return error_sys(err, ENOMEM, "make the container's init");
    return idmap_open_sources(plan, sandbox->join_fds, sandbox->trees, err);
}

static void close_mapped_sources(struct sandbox *sandbox)
{
    for (size_t i = 0; sandbox->trees && i < sandbox->plan->n_mounts; i++)
        close_fd(&sandbox->trees[i]);
}

/* Into a scope of the user's manager, which need not have the cgroup that we are in. */
static int clone_init(struct creation *creation, struct sandbox *sandbox, struct error *err)
{
    const struct cgroup *cgroup = &creation->cgroup;
    /* Where the holder is, so that the container's own stays empty for it. */
    const struct scope_place place = {cgroup->unit, cgroup->user_unit,
                                      cgroup->holder_path ? "/" PLAN_SCOPE_HOLDER : "/"};
    int r =
        init_clone(&creation->init, sandbox, cgroup->fd, cgroup->user_unit ? &place : NULL, err);
    if (r < 0 && cgroup->fd >= 0)
        cgroup_explain_entry(cgroup, -r, err);
    return r;
}

static int make_init(struct creation *creation, struct error *err)
{
    const struct plan *plan = creation->bundle.plan;
    struct sandbox sandbox = {
        .plan = plan,
        .seccomp = creation->bundle.seccomp.n > 0 ? &creation->bundle.seccomp : NULL,
        .channel = -1,
        .start_socket = creation->start_socket,
        .console_socket = creation->console_socket,
        .pidfd_socket = creation->pidfd_socket,
        .hook_output = creation->hook_output,
        .ignored_signals = creation->bundle.facts.ignored_signals,
        .wait_for_maps = plan->namespaces.uid_map,
        .wants_maker = plan->hooks->prestart.n > 0 || plan->hooks->create_runtime.n > 0 ||
                       plan->n_net_devices > 0,
    };
    if (creation->cgroup.path) {
        sandbox.cgroup_path = arena_printf(&creation->arena, "%s%s", creation->host.mount_path,
                                           creation->cgroup.path);
        if (!sandbox.cgroup_path)
            return error_sys(err, ENOMEM, "make the container's init");
    }
    _cleanup_(close_fd) int root = open(plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        int r = error_sys(err, errno, "open the root filesystem %s", plan->root.path);
        error_add_where(err, "/root/path");
        return r;
    }
    sandbox.root_fd = root;
    int r = exe_guard_path(&creation->arena, &sandbox.exe_path, err);
    if (r == 0)
        r = joins_open(&plan->namespaces, sandbox.join_fds, err);
    if (r < 0)
        return r;
    r = open_mapped_sources(creation, &sandbox, err);
    if (r == 0)
        r = clone_init(creation, &sandbox, err);
    close_mapped_sources(&sandbox);
    joins_close(sandbox.join_fds);
    if (creation->init.pid > 0)
        creation_own_init(creation);
    /* The other ends are the init's alone now: their closing tells of its death. */
    close_fd(&creation->start_socket);
    close_fd(&creation->console_socket);
    close_fd(&creation->pidfd_socket);
    hooks_of_close_output(&creation->hook_output);
    if (r == 0) {
        r = creation_describe(creation, err);
        cgroup_settle(&creation->cgroup, &creation->host);
    }
    if (r == 0)
        r = cgroup_enter_subgroup(&creation->cgroup, &plan->cgroup, creation->init.pid, err);
    if (r == 0 && plan->resctrl)
        r = resctrl_assign(&creation->resctrl, creation->id, creation->init.pid, err);
    if (r == 0)
        r = init_set_up(&creation->init, plan, err);
    if (r == 0 && sandbox.wait_for_maps)
        r = channel_send(creation->init.channel, MESSAGE_GO, -1);
    return r;
}

/* The init ended without a word: find out why. */
static int init_death(struct creation *creation, struct error *err)
{
    int status = 0;
    if (sys_pidfd_wait(creation->init.pidfd, &status) == 0)
        close_fd(&creation->init.pidfd);
    if (cgroup_oom_kills(&creation->cgroup) > 0) {
        error_set(err, ENOMEM, PHRASE_INIT_OOM);
        error_add_where(err, "/linux/resources/memory/limit");
    } else if (WIFSIGNALED(status)) {
        error_set(err, ECHILD, "the container's init was killed by signal %d (%s)",
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        error_set(err, ECHILD, "the container's init ended with status %d", WEXITSTATUS(status));
    }
    return err && err->code ? -err->code : -ECHILD;
}

int creation_receive(struct creation *creation, struct channel_message *message, int *ret_fd,
                     struct error *err)
{
    int r = talk_receive(creation->init.channel, &creation->hold, &creation->settings, message,
                         ret_fd, err);
    if (r < 0)
        return r;
    if (message->type == MESSAGE_NONE)
        return init_death(creation, err);
    if (message->type != MESSAGE_ERROR)
        return 0;
    /* A hook of the container's own namespaces: create-time hooks have begun for certain. */
    creation->hooks_begun = creation->hooks_begun || is_hook_failure(&message->error);
    r = message->error.code > 0 ? -message->error.code : -EIO;
    error_move(err, &message->error);
    return r;
}

/* What the init waits for when its mounts and devices stand. */
static int do_our_part(struct creation *creation, struct error *err)
{
    int r = creation_run_hooks(creation, err);
    return r < 0 ? r : channel_send(creation->init.channel, MESSAGE_GO, -1);
}

static int wait_until_parked(struct creation *creation, struct error *err)
{
    struct channel_message message;
    for (;;) {
        _cleanup_(close_fd) int fd = -1;
        int r = creation_receive(creation, &message, &fd, err);
        if (r == 0 && message.type == MESSAGE_WANT_MAKER)
            r = do_our_part(creation, err);
        if (r < 0)
            return r;
        if (message.type == MESSAGE_CONSOLE)
            creation->terminal = TAKE_FD(fd);
        else if (message.type == MESSAGE_PARKED)
            return 0;
    }
}

/* ---- all of it ---- */

/* The init may outlive us from here on. */
static int leave_parked(struct creation *creation, struct error *err)
{
    int r = channel_send(creation->init.channel, MESSAGE_GO, -1);
    return r < 0 ? error_sys(err, -r, "talk to the container's init") : 0;
}

int creation_make(struct creation *creation, bool start_socket, struct error *err)
{
    int r = bundle_load(&creation->bundle, &creation->arena, &creation->settings, creation->id,
                        &creation->options, creation->foreground, err);
    if (r == 0)
        r = creation->foreground ? hold_all(&creation->hold, creation->settings.exits, err)
                                 : hold_ending(&creation->hold, err);
    if (r == 0)
        r = net_devices_find(&creation->net_devices, &creation->arena, creation->bundle.plan, err);
    if (r == 0)
        r = creation_prepare(creation, err);
    if (r == 0)
        r = connect_sockets(creation, start_socket, err);
    if (r == 0)
        r = make_init(creation, err);
    if (r == 0)
        r = wait_until_parked(creation, err);
    if (r == 0)
        r = creation_publish(creation, err);
    /* What came meanwhile would end us when it is let through, with a container that nobody knows. */
    if (r == 0 && !creation->foreground)
        r = talk_check_interruption(&creation->hold, err);
    return r == 0 && start_socket ? leave_parked(creation, err) : r;
}

int tare_container_create(const struct tare_settings *settings, const char *id,
                          const struct tare_create_options *options, tare_error *error)
{
    struct creation creation _cleanup_(creation_release) = CREATION_INIT;
    int r = creation_begin(&creation, settings, id, options, error_begin(error));
    if (r == 0)
        r = creation_make(&creation, true, error_begin(error));
    if (r == 0)
        undo_disarm(&creation.undo);
    return r;
}
