/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "container/api.h"
#include "container/cgroup_yard.h"
#include "container/creation.h"
#include "container/host_mounts.h"
#include "container/migration.h"
#include "container/proxy.h"
#include "container/readiness.h"
#include "container/talk.h"
#include "container/unix_socket.h"
#include "sandbox/restore.h"
#include "sys/child.h"
#include "sys/fd_passing.h"
#include "sys/process.h"

/* Everything that one call needs: a creation whose processes are CRIU's work. CRIU has a mount namespace of its
 * own, so that whatever becomes of it, nothing stays mounted. */
struct restore {
    struct creation creation;
    struct tare_restore_options options;
    struct migration migration;
    bool empty_network; /* the images have none: it is made as for a new container */
};

static void restore_release(struct restore *restore)
{
    /* CRIU first: what it has made is taken back with the creation. */
    migration_release(&restore->migration);
    creation_release(&restore->creation);
}

/* ---- what is asked for ---- */

static int read_options(struct restore *restore, struct error *err)
{
    const struct tare_restore_options *given = &restore->options;
    struct criu_options *options = &restore->migration.options;
    options->tcp_established = given->tcp_established;
    options->tcp_close = given->tcp_close;
    options->ext_unix_sk = given->ext_unix_sk;
    options->shell_job = given->shell_job;
    options->file_locks = given->file_locks;
    options->lazy_pages = given->lazy_pages;
    options->auto_dedup = given->auto_dedup;
    options->lsm_profile = given->lsm_profile;
    options->lsm_mount_context = given->lsm_mount_context;
    options->restore_sibling = true; /* the container's init is our child, not CRIU's */
    options->evasive_devices = true;
    options->external_masters = true;
    return migration_set_modes(&restore->migration, given->manage_cgroups_mode, given->network_lock,
                               err);
}

static int begin(struct restore *restore, const struct tare_settings *settings, const char *id,
                 struct error *err)
{
    const struct tare_restore_options *given = &restore->options;
    const struct tare_create_options options = {
        .size = sizeof(options),
        .bundle = given->bundle,
        .config = given->config,
        .pid_file = given->pid_file,
        .console_socket = given->console_socket,
        .notify_socket = given->notify_socket,
        .no_pivot = given->no_pivot,
        .detach = given->detach,
        .keep = given->keep,
    };
    struct creation *creation = &restore->creation;
    int r = creation_begin(creation, settings, id, &options, err);
    if (r == 0 && geteuid() != 0)
        r = error_sys(err, EPERM, "restore a container: only root can do that");
    creation->foreground = !given->detach;
    return r < 0 ? r : read_options(restore, err);
}

/* ---- before CRIU ---- */

static int load(struct restore *restore, struct error *err)
{
    struct creation *creation = &restore->creation;
    struct migration *migration = &restore->migration;
    const char *path = restore->options.image_path ? restore->options.image_path : "checkpoint";
    int r = images_open(&migration->images, path, restore->options.work_path, false, err);
    if (r == 0)
        r = bundle_load(&creation->bundle, &creation->arena, &creation->settings, creation->id,
                        &creation->options, creation->foreground, err);
    if (r < 0)
        return r;
    migration->plan = creation->bundle.plan;
    r = migration_check(migration->plan, err);
    if (r == 0)
        r = creation->foreground ? hold_all(&creation->hold, creation->settings.exits, err)
                                 : hold_ending(&creation->hold, err);
    return r < 0 ? r
                 : net_devices_find(&creation->net_devices, &creation->arena, migration->plan, err);
}

static int connect_console(struct creation *creation, struct error *err)
{
    if (!creation->options.console_socket)
        return 0;
    creation->console_socket =
        unix_connect(creation->options.console_socket, "--console-socket", &creation->hold, err);
    return creation->console_socket < 0 ? creation->console_socket : 0;
}

static int make_places(void *data, struct error *err)
{
    const struct restore *restore = data;
    return restore_make_places(restore->migration.plan, err);
}

static int name_cgroup(struct restore *restore, struct error *err)
{
    struct creation *creation = &restore->creation;
    struct criu_pairs *roots = &restore->migration.options.cgroup_roots;
    if (creation->cgroup.fd < 0)
        return 0;
    roots->items = arena_array(&creation->arena, 1, sizeof(*roots->items));
    if (!roots->items)
        return error_sys(err, ENOMEM, "name the container's cgroup");
    /* "" is the controller of cgroup v2. */
    roots->items[roots->n++] = (struct criu_pair){"", creation->cgroup.path};
    return cgroup_yard_make(&creation->home, &creation->arena, creation->host.mount_path,
                            YARD_DIRECTORY, &restore->migration.options.cgroup_yard, err);
}

static int describe(struct restore *restore, struct error *err)
{
    struct migration *migration = &restore->migration;
    struct criu_options *options = &migration->options;
    options->log_file = migration->images.log_file;
    options->root = migration->plan->root.path;
    restore->empty_network =
        migration->plan->namespaces.loopback_up && !images_have(&migration->images, "netns-");
    options->empty_namespaces = restore->empty_network ? CLONE_NEWNET : 0;
    migration_find_config(migration);
    _cleanup_(close_fd) int root = open(options->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_sys(err, errno, "open the root filesystem %s", options->root);
    int r = migration_name_mounts(migration, root, true, err);
    if (r == 0)
        r = host_mounts_find(migration, root, &restore->creation.home, err);
    if (r == 0)
        r = name_cgroup(restore, err);
    if (r == 0)
        r = migration_give_stdio(migration, err);
    return r < 0 ? r : migration_open_namespaces(migration, err);
}

/* In the process that becomes CRIU: the root filesystem has to be a mount of its own. */
static int mount_root(void *data, struct error *err)
{
    const struct restore *restore = data;
    const char *root = restore->migration.options.root;
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return error_sys(err, errno, "keep mounts from the host");
    int r = host_mounts_attach(&restore->migration, &restore->creation.home, err);
    if (r == 0 && restore->migration.options.cgroup_yard)
        r = cgroup_yard_mount(&restore->creation.home, restore->creation.host.mount_path, err);
    if (r < 0)
        return r;
    if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0)
        return error_sys(err, errno, "mount the root filesystem %s over itself", root);
    return 0;
}

/* The group on the host of the container's root; -1 without a mapping of its own. */
static long find_root_group(const struct plan_namespaces *namespaces)
{
    const char *line = namespaces->gid_map;
    while (line && *line) {
        unsigned long inside, outside, size;
        if (sscanf(line, "%lu %lu %lu", &inside, &outside, &size) == 3 && inside == 0 && size > 0)
            return (long)outside;
        line = strchr(line, '\n');
        line += line != NULL;
    }
    return -1;
}

/* In a user namespace it is the container's root who opens the images. He must get through to them; who else may is
 * not our business, so that a directory that is for its owner alone becomes open to that group, and no other. Where
 * that cannot be done, CRIU will say what it could not open. */
static void open_images_to_root(const struct restore *restore)
{
    const int fd = restore->migration.images.fd;
    const long group = find_root_group(&restore->migration.plan->namespaces);
    struct stat st;
    if (group < 0 || fstat(fd, &st) < 0 || st.st_mode & 0077)
        return;
    if (fchown(fd, (uid_t)-1, (gid_t)group) == 0)
        (void)!fchmod(fd, (st.st_mode & 07777) | 0010);
}

static int start_criu(struct restore *restore, struct error *err)
{
    struct migration *migration = &restore->migration;
    const struct cgroup *cgroup = &restore->creation.cgroup;
    /* When CRIU is not to care for cgroups, the processes have what it has itself. */
    const uint64_t cgroup_namespace = migration->options.cgroups_mode == CRIU_CGROUPS_IGNORE
                                          ? migration->plan->namespaces.create & CLONE_NEWCGROUP
                                          : 0;
    const struct criu_launch launch = {
        .namespaces = CLONE_NEWNS | cgroup_namespace,
        .cgroup_fd = cgroup->fd,
        .keep_stdio = restore->options.shell_job,
        .fds = migration->fds,
        .n_fds = migration->n_fds,
        .prepare = mount_root,
        .data = restore,
    };
    open_images_to_root(restore);
    int r = criu_start(&migration->criu, &launch, err);
    if (r == 0)
        r = migration_check_version(migration, err);
    if (r == 0)
        r = images_move(&migration->images, migration->criu.pid, err);
    migration->options.images_fd = migration->images.fd;
    migration->options.work_fd = migration->images.work_fd;
    return r;
}

/* ---- while CRIU works ---- */

static int settle_network(void *data, struct error *err)
{
    const struct restore *restore = data;
    return restore_network(restore->migration.plan, restore->creation.init.pidfd, err);
}

/* The init is there, as our child, and runs nothing of the container's yet. */
static int meet_init(struct creation *creation, pid_t pid, struct error *err)
{
    if (creation->init.pidfd >= 0)
        return 0;
    int pidfd = sys_pidfd_open(pid, 0);
    if (pidfd < 0)
        return error_sys(err, -pidfd, "pidfd_open");
    creation->init.pid = pid;
    creation->init.pidfd = pidfd;
    creation_own_init(creation);
    int r = creation_describe(creation, err);
    cgroup_settle(&creation->cgroup, &creation->host);
    return r < 0 || !creation->bundle.plan->resctrl
               ? r
               : resctrl_assign(&creation->resctrl, creation->id, pid, err);
}

static int set_up_namespaces(struct restore *restore, struct error *err)
{
    int r = restore->empty_network ? child_run(0, settle_network, restore, err) : 0;
    return r < 0 ? r : creation_run_hooks(&restore->creation, err);
}

static int take_terminal(struct creation *creation, int *fd, struct error *err)
{
    static const char name[] = "/dev/pts/ptmx";
    if (*fd < 0)
        return error_set(err, EBADMSG, "criu gave no terminal");
    if (creation->console_socket < 0) {
        close_fd(&creation->terminal);
        creation->terminal = TAKE_FD(*fd);
        return 0;
    }
    int r = fd_passing_send(creation->console_socket, name, sizeof(name) - 1, *fd);
    return r < 0 ? error_sys(err, -r, "send the terminal to the --console-socket") : 0;
}

static int handle_notice(void *data, const struct criu_reply *notification, int *fd,
                         struct error *err)
{
    struct restore *restore = data;
    struct creation *creation = &restore->creation;
    const char *script = notification->script;
    int r = notification->pid > 0 ? meet_init(creation, notification->pid, err) : 0;
    if (r < 0)
        return r;
    if (strcmp(script, "setup-namespaces") == 0)
        return set_up_namespaces(restore, err);
    return strcmp(script, "orphan-pts-master") == 0 ? take_terminal(creation, fd, err) : 0;
}

static int call_criu(struct restore *restore, struct error *err)
{
    struct migration *migration = &restore->migration;
    const struct criu_request request = {.type = CRIU_RESTORE, .options = &migration->options};
    const struct criu_listener listener = {
        .notice = handle_notice,
        .data = restore,
        .interruption = talk_interruption(&restore->creation.hold),
    };
    struct criu_reply reply;
    int r = criu_call(&migration->criu, &request, &listener, &reply, err);
    if (r == 0 && (!reply.success || restore->creation.init.pidfd < 0))
        r = images_blame(&migration->images, "restore the container", &reply, err);
    if (r == 0)
        r = criu_wait(&migration->criu, err);
    cgroup_yard_remove(&restore->creation.home);
    return r < 0 ? r : host_mounts_settle(migration, &restore->creation.home, err);
}

/* ---- all of it ---- */

static int make(struct restore *restore, struct error *err)
{
    struct creation *creation = &restore->creation;
    int r = load(restore, err);
    if (r == 0)
        r = creation_prepare(creation, err);
    if (r == 0)
        r = connect_console(creation, err);
    if (r == 0)
        r = child_run(CLONE_NEWNS, make_places, restore, err);
    if (r == 0)
        r = describe(restore, err);
    if (r == 0)
        r = start_criu(restore, err);
    if (r == 0)
        r = call_criu(restore, err);
    if (r == 0)
        r = creation_publish(creation, err);
    if (r == 0 && !creation->foreground)
        r = talk_check_interruption(&creation->hold, err);
    return r;
}

int tare_container_restore(const struct tare_settings *settings, const char *id,
                           const struct tare_restore_options *options, int *ret_status,
                           tare_error *error)
{
    struct error *err = error_begin(error);
    struct restore restore _cleanup_(restore_release) = {
        .creation = CREATION_INIT,
        .migration = MIGRATION_INIT,
    };
    struct creation *creation = &restore.creation;
    restore.migration.arena = &creation->arena;
    options_copy(&restore.options, sizeof(restore.options), options);
    int r = begin(&restore, settings, id, err);
    if (r == 0)
        r = make(&restore, err);
    if (r < 0)
        return r;
    net_devices_release(&creation->net_devices);
    migration_release(&restore.migration);
    if (creation->foreground)
        return creation_attend(creation, NULL, ret_status, err);
    undo_disarm(&creation->undo);
    *ret_status = 0;
    return 0;
}
