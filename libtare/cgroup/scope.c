/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/scope.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "cgroup/controllers.h"
#include "cgroup/delegate.h"
#include "cgroup/directory.h"
#include "cgroup/events.h"
#include "cgroup/systemd-address.h"
#include "cgroup/systemd.h"

#define WHERE       "/linux/cgroupsPath"
#define CGROUP_MODE 0755

/* ---- where systemd put it ---- */

/* The kernel knows best where a process is, and says it in the terms of our mount. */
static int find_process(pid_t pid, char **ret)
{
    char file[32];
    _cleanup_(free_ptr) char *text = NULL;
    snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
    int r = file_read(AT_FDCWD, file, 65536, &text, NULL);
    if (r < 0)
        return r;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, "0::/", 4) != 0)
            continue;
        *ret = strndup(line + 3, strcspn(line + 3, "\n"));
        return *ret ? 0 : -ENOMEM;
    }
    return -ENOENT;
}

static int find_scope(struct cgroup *cgroup, const struct cgroup_host *host, struct error *err)
{
    int r = find_process(cgroup->holder.pid, &cgroup->path);
    if (r < 0)
        return error_sys(err, -r, "look for the cgroup of %s", cgroup->unit);
    const char *name = strrchr(cgroup->path, '/') + 1;
    /* systemd writes an underscore in front of a name that a file of cgroups could have, too. */
    name += *name == '_' && *cgroup->unit != '_';
    if (strcmp(name, cgroup->unit) == 0)
        return 0;
    error_set(err, EXDEV, "systemd started %s, and the process for it stayed in %s%s", cgroup->unit,
              host->mount_path, cgroup->path);
    error_add_hint(err, "does that systemd see the same cgroups?");
    return -EXDEV;
}

/* ---- the part below it ---- */

static int make_directory(const struct cgroup_host *host, const char *path, struct error *err)
{
    /* Whatever the umask says, others may look into a cgroup. */
    if (mkdirat(host->mount_fd, path + 1, CGROUP_MODE) < 0 ||
        fchmodat(host->mount_fd, path + 1, CGROUP_MODE, 0) < 0)
        return error_sys(err, errno, "make cgroup %s%s", host->mount_path, path);
    return 0;
}

/* A cgroup whose controllers go to cgroups below has no processes of its own. */
static int move_holder(const struct cgroup *cgroup, const struct cgroup_host *host,
                       const char *path, struct error *err)
{
    char pid[16];
    _cleanup_(close_fd) int fd = directory_open(host->mount_fd, path);
    int n = snprintf(pid, sizeof(pid), "%d", (int)cgroup->holder.pid);
    int r = fd < 0 ? fd : file_write(fd, "cgroup.procs", pid, (size_t)n);
    return r < 0 ? error_sys(err, -r, "enter cgroup %s%s", host->mount_path, path) : 0;
}

static int make_subgroups(struct cgroup *cgroup, const struct cgroup_host *host,
                          const char *subgroup, struct error *err)
{
    char *path, *holder;
    if (asprintf(&path, "%s/%s", cgroup->path, subgroup) < 0)
        return error_sys(err, ENOMEM, "make cgroups for %s", cgroup->unit);
    cgroup->created_top = cgroup->path;
    cgroup->path = path;
    if (asprintf(&holder, "%s/" PLAN_SCOPE_HOLDER, cgroup->created_top) < 0)
        return error_sys(err, ENOMEM, "make cgroups for %s", cgroup->unit);
    cgroup->holder_path = holder;
    int r = make_directory(host, path, err);
    if (r == 0)
        r = make_directory(host, holder, err);
    if (r == 0)
        r = move_holder(cgroup, host, holder, err);
    return r < 0 ? r : controllers_hand_down(host, cgroup->created_top, err);
}

/* In a frozen slice our child would stop before it could say anything. */
static int check_thawed(const struct cgroup *cgroup, const struct cgroup_host *host,
                        struct error *err)
{
    int frozen = events_read(cgroup->fd, "frozen");
    if (frozen < 0)
        return error_sys(err, -frozen, "read %s%s/cgroup.events", host->mount_path, cgroup->path);
    if (frozen == 0)
        return 0;
    error_set(err, EBUSY, "container's cgroup unexpectedly frozen");
    error_add_where(err, WHERE);
    error_add_hint(err, "thaw the slice of %s: systemctl thaw SLICE", cgroup->unit);
    return -EBUSY;
}

/* ---- the whole ---- */

static int start(struct cgroup *cgroup, const struct cgroup_host *host,
                 const struct plan_scope *scope, struct error *err)
{
    struct systemd systemd _cleanup_(systemd_release) = SYSTEMD_INIT;
    struct systemd_addresses addresses = systemd_addresses(scope->user);
    int r = holder_start(&cgroup->holder, &addresses, err);
    if (r == 0)
        r = systemd_open_introduced(&systemd, scope->user, cgroup->holder.socket, err);
    if (r < 0)
        return r;
    cgroup->unit = strdup(scope->unit);
    cgroup->user_unit = scope->user;
    if (!cgroup->unit)
        return error_sys(err, ENOMEM, "start %s", scope->unit);
    systemd.interruption = &host->interruption;
    r = systemd_start_scope(&systemd, scope, err);
    /* It is somebody else's: nothing here to remove. */
    if (r == -EEXIST)
        free_ptr(&cgroup->unit);
    return r;
}

static int make(struct cgroup *cgroup, const struct cgroup_host *host,
                const struct plan_cgroup *plan, struct error *err)
{
    int r = start(cgroup, host, plan->scope, err);
    if (r == 0)
        r = find_scope(cgroup, host, err);
    if (r < 0)
        return r;
    cgroup->created = true;
    if (plan->scope->subgroup)
        r = make_subgroups(cgroup, host, plan->scope->subgroup, err);
    if (r < 0)
        return r;
    cgroup->fd = directory_open(host->mount_fd, cgroup->path);
    if (cgroup->fd < 0)
        return error_sys(err, -cgroup->fd, "open cgroup %s%s", host->mount_path, cgroup->path);
    r = check_thawed(cgroup, host, err);
    if (r == 0)
        r = controllers_enable(host, cgroup, plan, err);
    if (r == 0 && plan->delegate_uid >= 0)
        r = cgroup_delegate(cgroup, (uid_t)plan->delegate_uid, err);
    return r;
}

int scope_make(struct cgroup *cgroup, const struct cgroup_host *host,
               const struct plan_cgroup *plan, struct error *err)
{
    int r = make(cgroup, host, plan, err);
    if (r < 0) {
        (void)cgroup_undo(cgroup, host, NULL);
        cgroup_release(cgroup);
    }
    return r;
}

void cgroup_settle(struct cgroup *cgroup, const struct cgroup_host *host)
{
    holder_end(&cgroup->holder);
    if (cgroup->holder_path)
        unlinkat(host->mount_fd, cgroup->holder_path + 1, AT_REMOVEDIR);
    free_ptr(&cgroup->holder_path);
}

int cgroup_undo(struct cgroup *cgroup, const struct cgroup_host *host, struct error *err)
{
    cgroup_settle(cgroup, host);
    int r = cgroup->created ? cgroup_remove(host, cgroup->path, cgroup->created_top, err) : 0;
    return r < 0 || !cgroup->unit ? r : scope_stop(cgroup->unit, cgroup->user_unit, err);
}

int scope_load(struct error *err)
{
    return sd_bus_load(err);
}

int scope_stop(const char *unit, bool user, struct error *err)
{
    struct systemd systemd _cleanup_(systemd_release) = SYSTEMD_INIT;
    int r = systemd_open(&systemd, user, err);
    return r < 0 ? r : systemd_stop_unit(&systemd, unit, err);
}

int scope_limit(const struct cgroup *cgroup, const struct plan_cgroup *plan, struct error *err)
{
    struct systemd systemd _cleanup_(systemd_release) = SYSTEMD_INIT;
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct plan_property *properties;
    size_t n;
    if (plan_scope_limits(&arena, plan, &properties, &n) < 0)
        return error_sys(err, ENOMEM, "change %s", cgroup->unit);
    if (n == 0)
        return 0;
    int r = systemd_open(&systemd, cgroup->user_unit, err);
    return r < 0 ? r : systemd_set_properties(&systemd, cgroup->unit, properties, n, err);
}
