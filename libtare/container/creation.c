/* SPDX-License-Identifier: Apache-2.0 */
#include "container/creation.h"

#include <errno.h>
#include <sched.h>

#include "base/fd.h"
#include "container/cgroup_of.h"
#include "container/hooks_of.h"
#include "container/readiness.h"
#include "container/root_mount.h"
#include "container/talk.h"
#include "sys/process.h"
#include "tare.h"

/* The steps that making a container and restoring one have in common. */

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
    creation->note = (struct state){.oci_version = tare_spec_version(), .id = creation->id};
    const char *notify = creation->options.notify_socket;
    r = notify && *notify ? readiness_prepare(&creation->home, err) : 0;
    return r < 0 ? r
                 : config_keep(&creation->home, creation->bundle.json, creation->bundle.json_size,
                               err);
}

/* Until the whole state is written, after the init is there, this is what remains of us if we are killed. */
static int write_note(struct creation *creation, struct error *err)
{
    return state_write(&creation->home, &creation->arena, &creation->note, err);
}

static int note_cgroup(void *data, const struct cgroup *cgroup, bool is_new)
{
    struct creation *creation = data;
    creation->note.cgroup_mount = creation->host.mount_path;
    creation->note.cgroup_path = cgroup->path;
    creation->note.cgroup_top = cgroup->created_top;
    creation->note.cgroup_pending = is_new;
    return write_note(creation, NULL);
}

/* Later notes have the names, too, which were the cgroup's to change until now. */
static void settle_note(struct creation *creation)
{
    struct state *note = &creation->note;
    bool noted = note->cgroup_path && creation->cgroup.fd >= 0;
    note->cgroup_path = noted ? creation->cgroup.path : NULL;
    note->cgroup_top = noted ? creation->cgroup.created_top : NULL;
    note->cgroup_mount = noted ? creation->host.mount_path : NULL;
    note->cgroup_pending &= noted;
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
    creation->host.interruption = talk_interruption(&creation->hold);
    if (r == 0)
        r = cgroup_make(&creation->cgroup, &creation->host, plan, creation->id, err);
    settle_note(creation);
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
    resctrl_announce(&creation->resctrl, plan, &creation->note);
    r = write_note(creation, err);
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
    struct root_mount mount _cleanup_(root_mount_release) = ROOT_MOUNT_NONE;
    int r = root_mount_make(&mount, plan->path, err);
    if (r < 0)
        return r;
    creation->note.rootfs = plan->path;
    creation->note.root_mount = mount.id;
    r = write_note(creation, err);
    if (r == 0)
        r = root_mount_attach(&mount, plan->path, err);
    if (r < 0)
        return r;
    creation->root_mount = mount.id;
    undo_push(&creation->undo, undo_root_mount, creation);
    return 0;
}

int creation_prepare(struct creation *creation, struct error *err)
{
    int r = make_home(creation, err);
    if (r == 0)
        r = make_cgroup(creation, err);
    if (r == 0)
        r = make_resctrl(creation, err);
    return r < 0 ? r : make_root_mount(creation, err);
}

/* ---- the init ---- */

void creation_own_init(struct creation *creation)
{
    undo_push(&creation->undo, undo_init, creation);
}

int creation_run_hooks(struct creation *creation, struct error *err)
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
    const struct interruption interruption = talk_interruption(&creation->hold);
    r = hooks_of_run(&hooks->prestart, "prestart", &creation->state, "created", creation->init.pid,
                     &interruption, err);
    if (r == 0)
        r = hooks_of_run(&hooks->create_runtime, "createRuntime", &creation->state, "created",
                         creation->init.pid, &interruption, err);
    return r;
}

static bool has_private_pids(const struct plan *plan)
{
    return plan->namespaces.create & CLONE_NEWPID;
}

/* ---- the init ---- */

int creation_describe(struct creation *creation, struct error *err)
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
        state->cgroup_id = cgroup_of_id(state, creation->host.mount_fd);
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

/* The pid file comes last: whoever sees it finds a complete container. */
int creation_publish(struct creation *creation, struct error *err)
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
