/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "cgroup/caller.h"
#include "cgroup/cgroup.h"
#include "cgroup/controllers.h"
#include "cgroup/delegate.h"
#include "cgroup/directory.h"
#include "cgroup/events.h"
#include "cgroup/pids.h"
#include "cgroup/scope.h"

#define WHERE       "/linux/cgroupsPath"
#define CGROUP_MODE 0755
/* How often somebody may remove an empty ancestor under our hands before we give up. */
#define MAKE_TRIES 16

/* ---- the directory ---- */

static int announce(const struct cgroup_host *host, const struct cgroup *cgroup, bool is_new)
{
    return host->announce ? host->announce(host->announce_data, cgroup, is_new) : 0;
}

/* Is it the uppermost that is missing? Then it is remembered before it is made. */
static int announce_top(struct cgroup *cgroup, const struct cgroup_host *host, const char *ancestor,
                        bool *ret)
{
    *ret = !cgroup->created_top && faccessat(host->mount_fd, ancestor + 1, F_OK, 0) < 0;
    if (!*ret)
        return 0;
    cgroup->created_top = strdup(ancestor);
    return cgroup->created_top ? announce(host, cgroup, true) : -ENOMEM;
}

/* An ancestor. Whatever the umask says, others may look into a cgroup; and it keeps no controllers for itself:
 * engines read the use of containers without limits, too. */
static int finish_ancestor(const struct cgroup_host *host, const char *ancestor)
{
    if (fchmodat(host->mount_fd, ancestor + 1, CGROUP_MODE, 0) < 0)
        return -errno;
    return controllers_hand_down(host, ancestor, NULL);
}

/* Make the ancestors that are missing, and remember the uppermost of them. -ENOENT when one
 * vanished. */
static int make_ancestors(struct cgroup *cgroup, const struct cgroup_host *host)
{
    _cleanup_(free_ptr) char *ancestor = strdup(cgroup->path);
    if (!ancestor)
        return -ENOMEM;
    for (char *slash = strchr(ancestor + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool is_top;
        int r = announce_top(cgroup, host, ancestor, &is_top);
        bool made = r == 0 && mkdirat(host->mount_fd, ancestor + 1, CGROUP_MODE) == 0;
        if (r == 0 && !made && errno != EEXIST)
            r = -errno;
        /* Somebody was quicker. */
        if (is_top && !made)
            free_ptr(&cgroup->created_top);
        if (made)
            r = finish_ancestor(host, ancestor);
        if (r < 0)
            return r;
        *slash = '/';
    }
    return 0;
}

/* One mkdir when the parent is there, which is nearly always. */
static int make_and_open(struct cgroup *cgroup, const struct cgroup_host *host)
{
    int mount_fd = host->mount_fd;
    const char *name = cgroup->path + 1;
    int r = announce(host, cgroup, true);
    if (r < 0)
        return r;
    r = -ENOENT;
    for (int tries = 0; tries < MAKE_TRIES && (r == -ENOENT || r == -ENODEV); tries++) {
        r = mkdirat(mount_fd, name, CGROUP_MODE) < 0 ? -errno : 0;
        cgroup->created = r == 0;
        if (r == -EEXIST)
            r = announce(host, cgroup, false);
        if (r == 0) {
            r = directory_open(mount_fd, cgroup->path);
        } else if (r == -ENOENT) {
            r = make_ancestors(cgroup, host);
            r = r == 0 ? -ENOENT : r;
        }
    }
    if (r < 0)
        return r;
    cgroup->fd = r;
    return 0;
}

/* A strict umask of the caller must not show in the container. */
static int fix_mode(const struct cgroup *cgroup, int mount_fd)
{
    struct stat st;
    if (fstat(cgroup->fd, &st) < 0)
        return -errno;
    if ((st.st_mode & 07777) == CGROUP_MODE)
        return 0;
    return fchmodat(mount_fd, cgroup->path + 1, CGROUP_MODE, 0) < 0 ? -errno : 0;
}

static int make_failed(const struct cgroup *cgroup, const struct cgroup_host *host,
                       const struct plan_cgroup *plan, int code, struct error *err)
{
    const struct plan_cgroup_write *limit = plan->path ? NULL : plan_cgroup_limit(plan);
    if (cgroup->path)
        error_sys(err, code, "make cgroup %s%s", host->mount_path, cgroup->path);
    else
        error_sys(err, code, "make a cgroup next to the caller's");
    error_add_where(err, "%s", limit ? limit->where : WHERE);
    switch (code) {
    case EACCES:
    case EPERM:
        error_add_hint(err,
                       "run as root, or have a part of the hierarchy delegated to you, as "
                       "systemd-run --user --scope -p Delegate=yes does, or %s",
                       limit ? "leave the limits out" : "use --cgroup-manager=disabled");
        break;
    case EROFS:
        error_add_hint(
            err, "the cgroup2 mount is read-only, as in most containers: mount it writable, or "
                 "use --cgroup-manager=disabled");
        break;
    case EAGAIN:
        error_add_hint(err,
                       "cgroup.max.depth or cgroup.max.descendants of a cgroup above is reached");
        break;
    case ENOTDIR:
    case EXDEV:
        error_add_hint(err, "a part of the path is no cgroup: choose another cgroupsPath");
        break;
    default:
        break;
    }
    return -code;
}

/* ---- is it fit? ---- */

static int refuse_populated(const struct cgroup *cgroup, const struct cgroup_host *host,
                            struct error *err)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct pid_list list = {.arena = &arena};
    int r = pid_list_read(&list, cgroup->fd);
    if (r == 0 && list.n > 0)
        error_set(err, EBUSY, "container's cgroup is not empty: %zu process(es) found", list.n);
    else
        error_set(err, EBUSY, "container's cgroup is not empty");
    error_add_where(err, WHERE);
    error_add_hint(err, "%s%s is in use: choose another cgroupsPath or end what runs there",
                   host->mount_path, cgroup->path);
    return -EBUSY;
}

/* A cgroup with strangers in it would be limited, frozen and killed together with them, and in a
 * frozen one our child would stop before it could say anything. */
static int check_fit(const struct cgroup *cgroup, const struct cgroup_host *host, struct error *err)
{
    /* Fresh and directly below the root, where nothing can be frozen: nothing to ask. */
    if (cgroup->created && !strchr(cgroup->path + 1, '/'))
        return 0;
    char events[256];
    uint64_t frozen = 0, populated = 0;
    int r = directory_read(cgroup->fd, "cgroup.events", events, sizeof(events));
    if (r == 0)
        r = lines_value(events, "populated", &populated);
    if (r == 0)
        r = lines_value(events, "frozen", &frozen);
    if (r < 0)
        return error_sys(err, -r, "read %s%s/cgroup.events", host->mount_path, cgroup->path);
    if (frozen) {
        error_set(err, EBUSY, "container's cgroup unexpectedly frozen");
        error_add_where(err, WHERE);
        error_add_hint(err, "write 0 to cgroup.freeze of %s%s%s", host->mount_path, cgroup->path,
                       cgroup->created ? " or rather of the frozen cgroup above it" : "");
        return -EBUSY;
    }
    return populated ? refuse_populated(cgroup, host, err) : 0;
}

/* ---- the whole ---- */

static int no_hierarchy(struct error *err)
{
    error_set(err, ENOTSUP, "no cgroup v2 hierarchy is mounted");
    error_set_kind(err, ERROR_UNSUPPORTED);
    error_add_hint(err, "mount one (mount -t cgroup2 none /sys/fs/cgroup), or use "
                        "--cgroup-manager=disabled and no limits");
    return -ENOTSUP;
}

static int make(struct cgroup *cgroup, const struct cgroup_host *host,
                const struct plan_cgroup *plan, struct error *err)
{
    if (host->mount_fd < 0)
        return no_hierarchy(err);
    int r = make_and_open(cgroup, host);
    if (r == 0 && cgroup->created)
        r = fix_mode(cgroup, host->mount_fd);
    if (r < 0)
        return make_failed(cgroup, host, plan, -r, err);
    r = check_fit(cgroup, host, err);
    if (r == 0)
        r = controllers_enable(host, cgroup, plan, err);
    if (r == 0 && plan->delegate_uid >= 0)
        r = cgroup_delegate(cgroup, (uid_t)plan->delegate_uid, err);
    return r;
}

static int choose_path(struct cgroup *cgroup, const struct cgroup_host *host,
                       const struct plan_cgroup *plan, const char *id, struct error *err)
{
    if (!plan->beside_caller || plan->manager != CGROUP_MANAGER_CGROUPFS)
        return cgroup_path(plan, id, &cgroup->path, err);
    if (host->mount_fd < 0)
        return no_hierarchy(err);
    int r = cgroup_beside_caller(host, plan, id, &cgroup->path);
    return r < 0 ? make_failed(cgroup, host, plan, -r, err) : 0;
}

int cgroup_make(struct cgroup *cgroup, const struct cgroup_host *host,
                const struct plan_cgroup *plan, const char *id, struct error *err)
{
    *cgroup = CGROUP_INIT;
    if (plan->scope)
        return host->mount_fd < 0 ? no_hierarchy(err) : scope_make(cgroup, host, plan, err);
    int r = choose_path(cgroup, host, plan, id, err);
    if (r < 0 || !cgroup->path)
        return r;
    r = make(cgroup, host, plan, err);
    if (r < 0) {
        if (cgroup->created)
            cgroup_remove(host, cgroup->path, cgroup->created_top, NULL);
        else if (cgroup->created_top)
            cgroup_remove_ancestors(host, cgroup->path, cgroup->created_top);
        cgroup_release(cgroup);
    }
    return r;
}

int cgroup_open(struct cgroup *cgroup, const struct cgroup_host *host, const char *path,
                struct error *err)
{
    *cgroup = CGROUP_INIT;
    if (host->mount_fd < 0)
        return no_hierarchy(err);
    int r = path_clean(path, &cgroup->path);
    if (r == 0) {
        cgroup->fd = directory_open(host->mount_fd, cgroup->path);
        r = cgroup->fd < 0 ? cgroup->fd : 0;
    }
    if (r < 0) {
        cgroup_release(cgroup);
        return error_sys(err, -r, "open cgroup %s%s", host->mount_path, path);
    }
    return 0;
}

void cgroup_release(struct cgroup *cgroup)
{
    if (!cgroup)
        return;
    close_fd(&cgroup->fd);
    free_ptr(&cgroup->path);
    free_ptr(&cgroup->created_top);
    free_ptr(&cgroup->unit);
    free_ptr(&cgroup->holder_path);
    holder_end(&cgroup->holder);
    *cgroup = CGROUP_INIT;
}

void cgroup_explain_entry(const struct cgroup *cgroup, int code, struct error *err)
{
    switch (code) {
    case EBUSY:
        error_add_hint(
            err,
            "cgroup %s gives controllers to cgroups below it (cgroup.subtree_control), so it "
            "takes no process itself (no-internal-process rule)",
            cgroup->path);
        break;
    case EOPNOTSUPP:
        error_add_hint(err,
                       "cgroup %s cannot hold processes: it is below a threaded cgroup (see "
                       "cgroup.type); choose another cgroupsPath",
                       cgroup->path);
        break;
    case ENODEV:
        error_add_hint(err, "cgroup %s was removed meanwhile", cgroup->path);
        break;
    case EACCES:
    case EPERM:
        error_add_hint(
            err,
            "moving a process needs write permission to cgroup.procs of the cgroup above both "
            "the process and cgroup %s%s",
            cgroup->path,
            cgroup->user_unit
                ? ": begin in your own systemd's part, by `systemd-run --user --scope tare ...`"
                : "");
        break;
    default:
        break;
    }
}
