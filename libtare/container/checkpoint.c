/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/parse.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/cgroup_yard.h"
#include "container/destroy.h"
#include "container/hold.h"
#include "container/host.h"
#include "container/host_mounts.h"
#include "container/migration.h"
#include "container/status.h"

/* Everything that one call needs. */
struct dump {
    struct arena arena;
    struct settings settings;
    struct tare_checkpoint_options options;
    struct container container;
    struct migration migration;
    struct hold hold;
};

static void dump_release(struct dump *dump)
{
    migration_release(&dump->migration);
    container_release(&dump->container);
    /* What has come meanwhile is delivered now. */
    hold_release(&dump->hold);
    arena_release(&dump->arena);
}

/* ---- what is asked for ---- */

static int bad_usage(struct error *err, int r, const char *hint)
{
    error_set_kind(err, ERROR_USAGE);
    error_add_hint(err, "%s", hint);
    return r;
}

/* "ADDRESS:PORT", "[ADDRESS]:PORT" */
static int set_page_server(struct dump *dump, const char *text, struct error *err)
{
    const char *colon = strrchr(text, ':');
    uint32_t port;
    if (!colon || colon == text || parse_u32(colon + 1, &port) < 0 || port == 0 || port > 65535)
        return bad_usage(
            err, error_set(err, EINVAL, "invalid value \"%s\" of option --page-server", text),
            "ADDRESS:PORT");
    size_t n = (size_t)(colon - text);
    bool has_brackets = text[0] == '[' && n > 2 && text[n - 1] == ']';
    dump->migration.options.page_server =
        arena_strndup(&dump->arena, text + has_brackets, n - 2 * has_brackets);
    dump->migration.options.page_server_port = (int)port;
    return dump->migration.options.page_server ? 0 : error_sys(err, ENOMEM, "read --page-server");
}

static int check_parent(const struct images *images, const char *parent, struct error *err)
{
    struct stat st;
    if (parent[0] == '/')
        return bad_usage(err, error_set(err, EINVAL, "--parent-path must be relative: %s", parent),
                         "it is the way there from --image-path, such as ../before");
    if (fstatat(images->fd, parent, &st, 0) < 0)
        return error_sys(err, errno, "invalid --parent-path: %s from %s", parent, images->path);
    if (!S_ISDIR(st.st_mode))
        return error_sys(err, ENOTDIR, "invalid --parent-path: %s from %s", parent, images->path);
    return 0;
}

static int check_status_fd(int fd, struct error *err)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        return 0;
    return bad_usage(err, error_set(err, EBADF, "invalid --status-fd %d", fd),
                     "a descriptor that is open for writing");
}

static int read_options(struct dump *dump, struct error *err)
{
    const struct tare_checkpoint_options *given = &dump->options;
    struct criu_options *options = &dump->migration.options;
    options->leave_running = given->leave_running;
    options->tcp_established = given->tcp_established;
    options->tcp_close = given->tcp_close;
    options->tcp_skip_in_flight = given->tcp_skip_in_flight;
    options->ext_unix_sk = given->ext_unix_sk;
    options->shell_job = given->shell_job;
    options->file_locks = given->file_locks;
    options->link_remap = given->link_remap;
    options->lazy_pages = given->lazy_pages;
    options->auto_dedup = given->auto_dedup;
    options->parent_images = given->parent_path;
    options->track_memory = given->parent_path || given->pre_dump;
    /* Devices and addresses are the engine's: it makes them again. */
    options->empty_namespaces = CLONE_NEWNET;
    options->external_masters = true;
    int r =
        migration_set_modes(&dump->migration, given->manage_cgroups_mode, given->network_lock, err);
    if (r == 0 && given->page_server)
        r = set_page_server(dump, given->page_server, err);
    if (r == 0 && given->status_fd)
        r = check_status_fd(given->status_fd, err);
    return r;
}

/* ---- what is there ---- */

static int check_status(const struct container *container, struct error *err)
{
    int r = container_refuse_lifeless(container, err);
    if (r < 0 || container->status != STATUS_CREATED)
        return r;
    r = error_set(err, EINVAL, "cannot checkpoint a container in the created state");
    error_set_kind(err, ERROR_WRONG_STATE);
    error_add_hint(err, "its program does not run yet: `tare start`");
    return r;
}

/* The plan that the container was made by, as far as it tells what is inside and what is not. */
static int plan_again(struct dump *dump, struct error *err)
{
    const struct container *container = &dump->container;
    struct spec *spec;
    struct host_facts facts;
    struct stat st;
    int r = config_read(&container->home, &dump->arena, &spec, err);
    if (r == 0)
        r = host_facts_gather(&facts, err);
    if (r < 0)
        return r;
    host_facts_of_labels(&facts, spec);
    const struct plan_options options = {
        .id = container->state->id,
        .bundle = container->state->bundle,
        .cgroup_manager =
            container->state->systemd_unit ? CGROUP_MANAGER_SYSTEMD : CGROUP_MANAGER_CGROUPFS,
        .foreground = true,
        .notify = fstatat(container->home.fd, DIRECTORY_NOTIFY, &st, AT_SYMLINK_NOFOLLOW) == 0
                      ? container->home.path
                      : NULL,
    };
    struct plan *plan;
    r = plan_make(&dump->arena, spec, &options, &facts, &plan, err);
    dump->migration.plan = plan;
    return r;
}

static int name_all(struct dump *dump, struct error *err)
{
    const struct state *state = dump->container.state;
    struct migration *migration = &dump->migration;
    struct images_stdio stdio;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/root", (int)state->pid);
    _cleanup_(close_fd) int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_sys(err, errno, "open the container's root");
    int r = migration_name_mounts(migration, root, false, err);
    if (r == 0)
        r = host_mounts_name(migration, root, state->pid, err);
    if (r == 0)
        r = migration_name_namespaces(migration, state->pid, err);
    if (r == 0)
        r = migration_name_stdio(migration, state->pid, &stdio, err);
    return r < 0 || dump->options.pre_dump
               ? r
               : images_write_stdio(&migration->images, &dump->arena, &stdio, err);
}

static int describe(struct dump *dump, struct error *err)
{
    const struct state *state = dump->container.state;
    struct criu_options *options = &dump->migration.options;
    options->images_fd = dump->migration.images.fd;
    options->work_fd = dump->migration.images.work_fd;
    options->log_file = dump->migration.images.log_file;
    options->pid = state->pid;
    options->root = state->rootfs;
    if (state->cgroup_mount) {
        options->freeze_cgroup =
            arena_printf(&dump->arena, "%s%s", state->cgroup_mount, state->cgroup_path);
        if (!options->freeze_cgroup)
            return error_sys(err, ENOMEM, "name the container's cgroup");
    }
    migration_find_config(&dump->migration);
    int r = cgroup_yard_make(&dump->container.home, &dump->arena, state->cgroup_mount, YARD_LINK,
                             &options->cgroup_yard, err);
    return r < 0 ? r : name_all(dump, err);
}

/* ---- CRIU ---- */

/* --status-fd: who fetches the pages may begin. */
static int handle_notice(void *data, const struct criu_reply *notification, int *fd,
                         struct error *err)
{
    struct dump *dump = data;
    (void)fd;
    if (strcmp(notification->script, "status-ready") != 0 || !dump->options.status_fd)
        return 0;
    int r = fd_write_all(dump->options.status_fd, "", 1);
    dump->options.status_fd = 0;
    return r < 0 ? error_sys(err, -r, "write to the --status-fd") : 0;
}

static int check_features(struct dump *dump, struct error *err)
{
    const struct criu_options *options = &dump->migration.options;
    if (!options->track_memory && !options->lazy_pages)
        return 0;
    const struct criu_request request = {
        .type = CRIU_FEATURE_CHECK,
        .keep_open = true,
        .want_memory_tracking = options->track_memory,
        .want_lazy_pages = options->lazy_pages,
    };
    struct criu_reply reply;
    int r = criu_call(&dump->migration.criu, &request, NULL, &reply, err);
    if (r < 0)
        return r;
    const char *missing = options->track_memory && !reply.has_memory_tracking
                              ? "--pre-dump and --parent-path: tracking of memory"
                          : options->lazy_pages && !reply.has_lazy_pages
                              ? "--lazy-pages: userfaultfd"
                              : NULL;
    if (!missing)
        return 0;
    r = error_set(err, EOPNOTSUPP, "this kernel or criu has not what is needed for %s", missing);
    error_set_kind(err, ERROR_UNSUPPORTED);
    return r;
}

static int call_criu(struct dump *dump, struct error *err)
{
    struct migration *migration = &dump->migration;
    const bool pre_dump = dump->options.pre_dump;
    const struct criu_request request = {
        .type = pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP,
        .options = &migration->options,
    };
    const struct criu_listener listener = {
        .notice = handle_notice, .data = dump, .interruption = {.fd = -1}};
    struct criu_reply reply;
    int r = criu_call(&migration->criu, &request, &listener, &reply, err);
    if (r == 0 && !reply.success)
        r = images_blame(&migration->images,
                         pre_dump ? "dump the container's memory" : "dump the container", &reply,
                         err);
    /* After a pre-dump it would wait for the dump. */
    return r < 0 ? r : criu_wait(&migration->criu, err);
}

/* CRIU lets the processes go on by itself, unless it was killed. */
static void thaw(const struct dump *dump)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    if (dump->container.status == STATUS_PAUSED || !dump->container.state->cgroup_mount)
        return;
    int r = cgroup_of_open(dump->container.state, &cgroup, &err);
    if (r == 0 && cgroup_is_frozen(&cgroup) > 0)
        r = cgroup_freeze(&cgroup, false, &err);
    if (r < 0)
        warn_error(&dump->settings, &err);
}

/* Connections that are taken along must not see that the container is away. Without them there is less to lose, and
 * many hosts have no iptables. */
static void choose_network_lock(struct migration *migration)
{
    struct criu_options *options = &migration->options;
    if (options->network_lock != CRIU_NETWORK_LOCK_DEFAULT || criu_has_iptables())
        return;
    if (!options->tcp_established && migration->criu.version >= CRIU_VERSION_NETWORK_LOCK_SKIP)
        options->network_lock = CRIU_NETWORK_LOCK_SKIP;
    else if (migration->criu.version >= CRIU_VERSION_NETWORK_LOCK)
        options->network_lock = CRIU_NETWORK_LOCK_NFTABLES;
}

/* ---- all of it ---- */

static int make_images(struct dump *dump, struct error *err)
{
    struct migration *migration = &dump->migration;
    const char *path = dump->options.image_path ? dump->options.image_path : "checkpoint";
    int r = images_open(&migration->images, path, dump->options.work_path, true, err);
    if (r == 0 && dump->options.parent_path)
        r = check_parent(&migration->images, dump->options.parent_path, err);
    if (r == 0)
        r = describe(dump, err);
    if (r < 0)
        return r;
    const struct criu_launch launch = {.cgroup_fd = -1, .keep_stdio = dump->options.shell_job};
    r = criu_start(&migration->criu, &launch, err);
    if (r == 0)
        r = migration_check_version(migration, err);
    if (r == 0)
        r = check_features(dump, err);
    if (r < 0)
        return r;
    choose_network_lock(migration);
    return call_criu(dump, err);
}

static int checkpoint(struct dump *dump, const struct tare_settings *settings, const char *id,
                      struct error *err)
{
    struct container *container = &dump->container;
    int r = settings_read(&dump->settings, &dump->arena, settings, err);
    if (r == 0 && geteuid() != 0)
        r = error_sys(err, EPERM, "checkpoint a container: only root can do that");
    if (r == 0)
        r = read_options(dump, err);
    if (r == 0)
        r = container_open(container, &dump->arena, &dump->settings, id, true, err);
    if (r == 0)
        r = check_status(container, err);
    if (r == 0)
        r = plan_again(dump, err);
    if (r == 0)
        r = migration_check(dump->migration.plan, err);
    /* Before directories are made for it. */
    if (r == 0)
        r = criu_look(err);
    /* Processes that have been stopped half-way are worse than a signal that has to wait. */
    if (r == 0)
        r = hold_ending(&dump->hold, err);
    if (r < 0)
        return r;
    r = make_images(dump, err);
    cgroup_yard_remove(&container->home);
    if (r < 0)
        thaw(dump);
    if (r < 0 || dump->options.leave_running || dump->options.pre_dump)
        return r;
    r = container_look(container, err);
    return r < 0 ? r : container_destroy(container, &dump->settings, err);
}

int tare_container_checkpoint(const struct tare_settings *settings, const char *id,
                              const struct tare_checkpoint_options *options, tare_error *error)
{
    struct dump dump _cleanup_(dump_release) = {
        .container = CONTAINER_INIT,
        .migration = MIGRATION_INIT,
        .hold = HOLD_INIT,
    };
    dump.migration.arena = &dump.arena;
    options_copy(&dump.options, sizeof(dump.options), options);
    return checkpoint(&dump, settings, id, error_begin(error));
}
