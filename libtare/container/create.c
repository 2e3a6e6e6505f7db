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

int creation_begin(struct creation *creation, const struct tare_settings *settings, const char *id,
                   const struct tare_create_options *options, struct error *err)
{
    creation->id = id;
    options_copy(&creation->options, sizeof(creation->options), options);
    int r = settings_read(&creation->settings, &creation->arena, settings, err);
    if (r == 0)
        r = id_check(id, err);
    if (r == 0 && creation->settings.cgroup_manager == CGROUP_MANAGER_SYSTEMD)
        r = scope_load(err);
    return r;
}

/* ---- steps back ---- */

static void undo_home(void *data)
{
    struct creation *creation = data;
    home_remove(&creation->home, NULL);
}

static void undo_cgroup(void *data)
{
    struct creation *creation = data;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    if (cgroup_undo(&creation->cgroup, &creation->host, &err) < 0)
        warn_error(&creation->settings, &err);
}

static void undo_root_mount(void *data)
{
    struct creation *creation = data;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    if (root_mount_remove(creation->bundle.plan->root.path, creation->root_mount, &err) < 0)
        warn_error(&creation->settings, &err);
}

static void undo_resctrl(void *data)
{
    struct creation *creation = data;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    if (resctrl_remove(&creation->resctrl, creation->bundle.plan->resctrl->group, creation->id,
                       &err) < 0)
        warn_error(&creation->settings, &err);
}

static void undo_init(void *data)
{
    struct creation *creation = data;
    init_end(&creation->init);
}

static void undo_net_devices(void *data)
{
    struct creation *creation = data;
    net_devices_return(&creation->net_devices, &creation->settings);
}

static void undo_pid_file(void *data)
{
    struct creation *creation = data;
    unlink(creation->options.pid_file);
}

void creation_release(struct creation *creation)
{
    bool failed = creation->undo.n > 0;
    undo_run(&creation->undo);
    if (failed && creation->hooks_begun)
        hooks_of_poststop(&creation->state, &creation->settings);
    bundle_release(&creation->bundle);
    close_fd(&creation->terminal);
    close_fd(&creation->console_socket);
    close_fd(&creation->pidfd_socket);
    hooks_of_close_output(&creation->hook_output);
    close_fd(&creation->start_socket);
    init_release(&creation->init);
    net_devices_release(&creation->net_devices);
    resctrl_release(&creation->resctrl);
    cgroup_release(&creation->cgroup);
    cgroup_host_release(&creation->host);
    home_release(&creation->home);
    hold_release(&creation->hold);
    arena_release(&creation->arena);
}

/* ---- before the init ---- */

static int make_home(struct creation *creation, struct error *err)
{
    int r =
        home_make(&creation->home, &creation->arena, creation->settings.root, creation->id, err);
    if (r < 0)
        return r;
    undo_push(&creation->undo, undo_home, creation);
    const char *notify = creation->options.notify_socket;
    r = notify && *notify ? readiness_prepare(&creation->home, err) : 0;
    return r < 0 ? r
                 : config_keep(&creation->home, creation->bundle.json, creation->bundle.json_size,
                               err);
}

/* Until the whole state is written, after the init is there, this is what remains of us if we are killed. */
static int note_cgroup(void *data, const struct cgroup *cgroup, bool is_new)
{
    struct creation *creation = data;
    const struct state note = {
        .oci_version = tare_spec_version(),
        .id = creation->id,
        .cgroup_mount = creation->host.mount_path,
        .cgroup_path = cgroup->path,
        .cgroup_top = cgroup->created_top,
        .cgroup_pending = is_new,
    };
    return state_write(&creation->home, &creation->arena, &note, NULL);
}

/* For want of rights, or of a hierarchy, a container that limits nothing goes without a cgroup. */
static int do_without_cgroup(const struct creation *creation, int r, struct error *err)
{
    const struct plan_cgroup *plan = &creation->bundle.plan->cgroup;
    bool forgivable = r == -EACCES || r == -EPERM || r == -EROFS || r == -ENOTSUP || r == -ENOENT;
    if (!forgivable || !plan->is_optional || plan_cgroup_limit(plan))
        return r;
    if (creation->settings.warn_of_unknown && err)
        warn_error(&creation->settings, err);
    error_release(err);
    return 0;
}

static int make_cgroup(struct creation *creation, struct error *err)
{
    const struct plan_cgroup *plan = &creation->bundle.plan->cgroup;
    if (plan->manager == CGROUP_MANAGER_DISABLED)
        return 0;
    int r = cgroup_host_open(&creation->host, err);
    creation->host.announce = note_cgroup;
    creation->host.announce_data = creation;
    if (r == 0)
        r = cgroup_make(&creation->cgroup, &creation->host, plan, creation->id, err);
    if (r < 0)
        return do_without_cgroup(creation, r, err);
    undo_push(&creation->undo, undo_cgroup, creation);
    r = cgroup_apply(&creation->cgroup, &creation->host, plan, err);
    return r < 0 ? r : cgroup_restrict_devices(&creation->cgroup, plan, err);
}

static int make_resctrl(struct creation *creation, struct error *err)
{
    const struct plan_resctrl *plan = creation->bundle.plan->resctrl;
    if (!plan)
        return 0;
    int r = resctrl_open(&creation->resctrl, err);
    if (r < 0)
        return r;
    undo_push(&creation->undo, undo_resctrl, creation);
    r = resctrl_make_group(&creation->resctrl, plan, err);
    if (r == 0)
        r = resctrl_configure(&creation->resctrl, plan, err);
    return r < 0 ? r : resctrl_monitor(&creation->resctrl, plan, creation->id, err);
}

static int make_root_mount(struct creation *creation, struct error *err)
{
    const struct plan_root *plan = &creation->bundle.plan->root;
    if (!plan->on_host)
        return 0;
    int r = root_mount_make(plan->path, &creation->root_mount, err);
    if (r == 0)
        undo_push(&creation->undo, undo_root_mount, creation);
    return r;
}

static int connect_pidfd_socket(struct creation *creation, struct error *err)
{
    const char *path = creation->options.pidfd_socket;
    const char *annotation =
        string_map_find(creation->bundle.plan->annotations, PIDFD_RECEIVER_ANNOTATION);
    if (path)
        creation->pidfd_socket = unix_connect(path, "--pidfd-socket", err);
    else if (annotation)
        creation->pidfd_socket = unix_connect(annotation, PIDFD_RECEIVER_ANNOTATION, err);
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
        creation->console_socket = unix_connect(options->console_socket, "--console-socket", err);
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

static bool has_private_pids(const struct plan *plan)
{
    return plan->namespaces.create & CLONE_NEWPID;
}

/* ---- the init ---- */

static int describe(struct creation *creation, struct error *err)
{
    const struct plan *plan = creation->bundle.plan;
    struct state *state = &creation->state;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *state = (struct state){
        .oci_version = tare_spec_version(),
        .id = creation->id,
        .pid = creation->init.pid,
        .bundle = creation->bundle.path,
        .rootfs = plan->root.path,
        .root_mount = creation->root_mount,
        .created = timestamp_format(&creation->arena, &now),
        .owner = geteuid(),
        .private_pids = has_private_pids(plan),
        .has_process = plan->has_process,
        .listener = plan->listener,
        .new_keyring = plan->new_keyring,
        .annotations = *plan->annotations,
        .poststart = plan->hooks->poststart,
        .poststop = plan->hooks->poststop,
    };
    if (creation->cgroup.fd >= 0) {
        state->cgroup_mount = creation->host.mount_path;
        state->cgroup_path = creation->cgroup.path;
        state->cgroup_top = creation->cgroup.created_top;
        state->cgroup_created = creation->cgroup.created;
        state->systemd_unit = creation->cgroup.unit;
        state->systemd_user = creation->cgroup.user_unit;
    }
    if (plan->resctrl) {
        state->resctrl_group = plan->resctrl->group;
        state->resctrl_made = creation->resctrl.made && !plan->resctrl->is_named;
        state->resctrl_monitored = creation->resctrl.monitored;
    }
    int r = process_start_time(state->pid, &state->start_time);
    if (r < 0)
        return error_sys(err, -r, "look at the container's init");
    return state_write(&creation->home, &creation->arena, state, err);
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
    if (r == 0) {
        r = init_clone(&creation->init, &sandbox, creation->cgroup.fd, err);
        if (r < 0 && creation->cgroup.fd >= 0)
            cgroup_explain_entry(&creation->cgroup, -r, err);
    }
    close_mapped_sources(&sandbox);
    joins_close(sandbox.join_fds);
    if (creation->init.pid > 0)
        undo_push(&creation->undo, undo_init, creation);
    /* The other ends are the init's alone now: their closing tells of its death. */
    close_fd(&creation->start_socket);
    close_fd(&creation->console_socket);
    close_fd(&creation->pidfd_socket);
    hooks_of_close_output(&creation->hook_output);
    if (r == 0) {
        r = describe(creation, err);
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
    const struct hooks *hooks = creation->bundle.plan->hooks;
    /* Also what was moved before a failure goes back; this is before the init dies, and its network
     * namespace with it. */
    if (creation->net_devices.n > 0)
        undo_push(&creation->undo, undo_net_devices, creation);
    int r = net_devices_move(&creation->net_devices, creation->init.pid, err);
    if (r < 0)
        return r;
    creation->hooks_begun = hooks->prestart.n > 0 || hooks->create_runtime.n > 0;
    /* The specification says "creating" for these two; every engine's hooks have been given
     * "created". */
    r = hooks_of_run(&hooks->prestart, "prestart", &creation->state, "created", creation->init.pid,
                     err);
    if (r == 0)
        r = hooks_of_run(&hooks->create_runtime, "createRuntime", &creation->state, "created",
                         creation->init.pid, err);
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

/* The pid file comes last: whoever sees it finds a complete container. */
static int publish(struct creation *creation, struct error *err)
{
    int r = state_complete(&creation->home, err);
    if (r < 0 || !creation->options.pid_file)
        return r;
    char pid[16];
    int n = snprintf(pid, sizeof(pid), "%d", (int)creation->init.pid);
    r = file_replace(AT_FDCWD, creation->options.pid_file, 0644, pid, (size_t)n);
    if (r < 0)
        return error_sys(err, -r, "write pid file %s", creation->options.pid_file);
    undo_push(&creation->undo, undo_pid_file, creation);
    return 0;
}

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
        r = creation->foreground ? hold_all(&creation->hold, err)
                                 : hold_ending(&creation->hold, err);
    if (r == 0)
        r = net_devices_find(&creation->net_devices, &creation->arena, creation->bundle.plan, err);
    if (r == 0)
        r = make_home(creation, err);
    if (r == 0)
        r = make_cgroup(creation, err);
    if (r == 0)
        r = make_resctrl(creation, err);
    if (r == 0)
        r = make_root_mount(creation, err);
    if (r == 0)
        r = connect_sockets(creation, start_socket, err);
    if (r == 0)
        r = make_init(creation, err);
    if (r == 0)
        r = wait_until_parked(creation, err);
    if (r == 0)
        r = publish(creation, err);
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
