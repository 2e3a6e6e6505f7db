/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/controllers.h"

#include <errno.h>

#include "base/fd.h"
#include "cgroup/directory.h"

/* Names of controllers, in words; the kernel has 14 at most. */
struct needed {
    const char *names[32];
    size_t n;
};

static const struct {
    unsigned bit;
    const char *name;
} known[] = {
    {CONTROLLER_CPU, "cpu"},   {CONTROLLER_CPUSET, "cpuset"}, {CONTROLLER_MEMORY, "memory"},
    {CONTROLLER_IO, "io"},     {CONTROLLER_PIDS, "pids"},     {CONTROLLER_HUGETLB, "hugetlb"},
    {CONTROLLER_RDMA, "rdma"}, {CONTROLLER_MISC, "misc"},
};

static void need(struct needed *needed, const char *name)
{
    for (size_t i = 0; i < needed->n; i++) {
        if (strcmp(needed->names[i], name) == 0)
            return;
    }
    if (needed->n < ELEMENTSOF(needed->names))
        needed->names[needed->n++] = name;
}

/* The plan's bits, and the controllers of `unified` keys for which there is no bit. */
static struct needed needed_controllers(const struct plan_cgroup *plan)
{
    struct needed needed = {0};
    for (size_t i = 0; i < ELEMENTSOF(known); i++) {
        if (plan->controllers & known[i].bit)
            need(&needed, known[i].name);
    }
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (strcmp(plan->writes[i].controller, "cgroup") != 0 && !plan->writes[i].limits_nothing)
            need(&needed, plan->writes[i].controller);
    }
    return needed;
}

bool controllers_are_needed(const struct plan_cgroup *plan)
{
    return needed_controllers(plan).n > 0;
}

static const char *where_needed(const struct plan_cgroup *plan, const char *controller)
{
    for (size_t i = 0; i < plan->n_writes; i++) {
        if (strcmp(plan->writes[i].controller, controller) == 0)
            return plan->writes[i].where;
    }
    return "/linux/resources";
}

/* The first of the needed ones that a file of a directory does not list, NULL when it has all. */
static const char *first_not_in(int dirfd, const char *file, const struct needed *needed)
{
    char available[512];
    if (directory_read(dirfd, file, available, sizeof(available)) < 0)
        return needed->names[0];
    for (size_t i = 0; i < needed->n; i++) {
        if (!words_contain(available, needed->names[i]))
            return needed->names[i];
    }
    return NULL;
}

static const char *first_missing(int dirfd, const struct needed *needed)
{
    return first_not_in(dirfd, "cgroup.controllers", needed);
}

enum controller_state controller_state(const char *proc_cgroups, const char *controller)
{
    /* v1 calls it by its old name. */
    const char *name = strcmp(controller, "io") == 0 ? "blkio" : controller;
    size_t length = strlen(name);
    for (const char *line = proc_cgroups; *line;) {
        unsigned hierarchy, enabled;
        if (strncmp(line, name, length) == 0 && line[length] == '\t' &&
            sscanf(line + length, "%u %*u %u", &hierarchy, &enabled) == 2) {
            if (!enabled)
                return CONTROLLER_DISABLED;
            return hierarchy == 0 ? CONTROLLER_FREE : CONTROLLER_ON_V1;
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return CONTROLLER_UNKNOWN;
}

int controller_missing(const struct cgroup_host *host, const char *controller, const char *where,
                       struct error *err)
{
    error_set(err, ENOTSUP, "the %s controller is not available in cgroup v2", controller);
    error_set_kind(err, ERROR_UNSUPPORTED);
    error_add_where(err, "%s", where);

    _cleanup_(free_ptr) char *text = NULL;
    if (file_read(AT_FDCWD, "/proc/cgroups", 65536, &text, NULL) < 0)
        return -ENOTSUP;
    enum controller_state state = controller_state(text, controller);
    struct needed needed = {.names = {controller}, .n = 1};
    if (!first_missing(host->mount_fd, &needed))
        error_add_hint(
            err,
            "it is not enabled for this cgroup: write +%s to the cgroup.subtree_control of "
            "every cgroup above it, from %s down",
            controller, host->mount_path);
    else if (state == CONTROLLER_ON_V1)
        error_add_hint(err, "it is bound to cgroup v1 on this host: boot with cgroup_no_v1=all or "
                            "systemd.unified_cgroup_hierarchy=1, or leave this limit out");
    else if (state == CONTROLLER_DISABLED)
        error_add_hint(err, "the kernel command line disables it: take it out of cgroup_disable=");
    else if (faccessat(host->mount_fd, "cgroup.events", F_OK, 0) == 0)
        /* The hierarchy's true root has no such file: we see only a part of it. */
        error_add_hint(err,
                       "it is not delegated to the part of the hierarchy at %s: enable it in the "
                       "cgroup.subtree_control above, outside",
                       host->mount_path);
    else
        error_add_hint(err, "this kernel was built without it");
    return -ENOTSUP;
}

/* Why an ancestor does not enable a controller. */
static int refused(const struct cgroup_host *host, const char *ancestor, int code, const char *text,
                   const char *where, struct error *err)
{
    error_sys(err, code, "enable controllers (%s) in %s%s/cgroup.subtree_control", text,
              host->mount_path, ancestor);
    error_add_where(err, "%s", where);
    switch (code) {
    case EBUSY:
        error_add_hint(err,
                       "processes sit in %s%s itself, and a cgroup gives controllers either to "
                       "processes of its own or to cgroups below (no-internal-process rule): move "
                       "them into a cgroup below it%s",
                       host->mount_path, ancestor,
                       *ancestor ? "" : " (this is the root of a container or cgroup namespace)");
        break;
    case EOPNOTSUPP:
        error_add_hint(
            err,
            "%s%s is a threaded cgroup or below one (see its cgroup.type): choose another "
            "cgroupsPath",
            host->mount_path, ancestor);
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        error_add_hint(
            err, "run as root, or have this part of the hierarchy delegated to you, writable: "
                 "systemd-run --user --scope -p Delegate=yes makes such a one");
        break;
    default:
        break;
    }
    return -code;
}

static int enable_in(const struct cgroup_host *host, const char *ancestor,
                     const struct needed *needed, const struct plan_cgroup *plan, struct error *err)
{
    char text[512] = "";
    for (size_t i = 0, used = 0; i < needed->n && used < sizeof(text); i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s+%s", i ? " " : "",
                                 needed->names[i]);
    }
    _cleanup_(close_fd) int fd = directory_open(host->mount_fd, ancestor);
    int r = fd < 0 ? fd : file_write(fd, "cgroup.subtree_control", text, strlen(text));
    /* What lies above a delegated part is not ours to change, and need not be. */
    if (r == 0 || ((r == -EACCES || r == -EPERM || r == -EROFS) &&
                   !first_not_in(fd, "cgroup.subtree_control", needed)))
        return 0;
    /* ENOENT: it has no such controller to give; EINVAL: nobody has, the name is unknown. */
    const char *missing =
        fd >= 0 && (r == -ENOENT || r == -EINVAL) ? first_missing(fd, needed) : NULL;
    if (missing)
        return controller_missing(host, missing, where_needed(plan, missing), err);
    return refused(host, ancestor, -r, text, where_needed(plan, needed->names[0]), err);
}

/* Below a user's manager everything that it was given has been handed down. */
static int not_delegated(const struct cgroup *cgroup, const char *controller, const char *where,
                         struct error *err)
{
    static const char usual[] = "cpu cpuset io memory pids";
    const bool is_usual = words_contain(usual, controller);
    error_set(err, ENOTSUP, "the %s controller is not delegated to your systemd, which made %s",
              controller, cgroup->unit);
    error_set_kind(err, ERROR_UNSUPPORTED);
    error_add_where(err, "%s", where);
    error_add_hint(err,
                   "as root: `systemctl edit user@.service`, with Delegate=%s%s%s in [Service]; "
                   "then log in anew",
                   usual, is_usual ? "" : " ", is_usual ? "" : controller);
    return -ENOTSUP;
}

int controllers_enable(const struct cgroup_host *host, const struct cgroup *cgroup,
                       const struct plan_cgroup *plan, struct error *err)
{
    struct needed needed = needed_controllers(plan);
    const char *missing = needed.n > 0 ? first_missing(cgroup->fd, &needed) : NULL;
    if (!missing)
        return 0;
    if (cgroup->unit && cgroup->user_unit &&
        !first_missing(host->mount_fd, &(struct needed){.names = {missing}, .n = 1}))
        return not_delegated(cgroup, missing, where_needed(plan, missing), err);

    _cleanup_(free_ptr) char *ancestor = strdup(cgroup->path);
    if (!ancestor)
        return error_sys(err, ENOMEM, "enable controllers for cgroup %s", cgroup->path);
    /* "", "/a", "/a/b": each prefix that ends where a '/' is. */
    for (char *slash = ancestor; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int r = enable_in(host, ancestor, &needed, plan, err);
        if (r < 0)
            return r;
        *slash = '/';
    }
    return 0;
}

int controllers_hand_down(const struct cgroup_host *host, const char *path, struct error *err)
{
    char available[512];
    _cleanup_(close_fd) int fd = directory_open(host->mount_fd, path);
    int r = fd < 0 ? fd : directory_read(fd, "cgroup.controllers", available, sizeof(available));
    if (r < 0)
        return error_sys(err, -r, "read the controllers of cgroup %s%s", host->mount_path, path);
    char *rest = available;
    for (char *name; (name = strsep(&rest, " \n"));) {
        char text[64];
        int n = snprintf(text, sizeof(text), "+%s", name);
        if (*name)
            (void)file_write(fd, "cgroup.subtree_control", text, (size_t)n);
    }
    return 0;
}
