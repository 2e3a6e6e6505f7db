/* SPDX-License-Identifier: Apache-2.0 */
#include "container/resctrl.h"

#include <ctype.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"

#define RESCTRL_MOUNT  "/sys/fs/resctrl"
#define SCHEMATA_LIMIT ((size_t)1024 * 1024)
#define WHERE          "/linux/intelRdt"

int resctrl_open(struct resctrl *resctrl, struct error *err)
{
    struct statfs fs;
    _cleanup_(close_fd) int fd = open(RESCTRL_MOUNT, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == RDTGROUP_SUPER_MAGIC) {
        resctrl->mount = TAKE_FD(fd);
        return 0;
    }
    error_set(err, ENOTSUP, "no resctrl filesystem is mounted on " RESCTRL_MOUNT);
    error_set_kind(err, ERROR_UNSUPPORTED);
    error_add_where(err, WHERE);
    error_add_hint(err,
                   "the processor must have Intel RDT, AMD QoS or Arm MPAM; then mount -t resctrl "
                   "resctrl " RESCTRL_MOUNT);
    return -ENOTSUP;
}

void resctrl_release(struct resctrl *resctrl)
{
    close_fd(&resctrl->mount);
    close_fd(&resctrl->group);
}

/* The kernel's own words on what it has just refused. */
static void add_reason(const struct resctrl *resctrl, int code, struct error *err)
{
    _cleanup_(free_ptr) char *text = NULL;
    size_t n = 0;
    if (file_read(resctrl->mount, "info/last_cmd_status", SCHEMATA_LIMIT, &text, &n) == 0 &&
        n > 0 && strcmp(text, "ok\n") != 0)
        error_add_hint(err, "the kernel says: %.*s", (int)strcspn(text, "\n"), text);
    else if (code == ENOSPC)
        error_add_hint(err, "all classes of service or monitoring ids of the processor are in use");
}

static int failed(const struct resctrl *resctrl, int code, const char *where, struct error *err)
{
    error_add_where(err, "%s", where);
    add_reason(resctrl, code, err);
    return -code;
}

void resctrl_announce(const struct resctrl *resctrl, const struct plan_resctrl *plan,
                      struct state *note)
{
    struct stat st;
    _cleanup_(close_fd) int group =
        openat(resctrl->mount, plan->group, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    note->resctrl_group = plan->group;
    note->resctrl_made = group < 0 && !plan->is_named;
    note->resctrl_monitored = plan->monitors;
    _cleanup_(close_fd) int groups =
        group < 0 ? -1 : openat(group, "mon_groups", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (groups >= 0 && fstatat(groups, note->id, &st, AT_SYMLINK_NOFOLLOW) == 0)
        note->resctrl_monitored = false;
}

int resctrl_make_group(struct resctrl *resctrl, const struct plan_resctrl *plan, struct error *err)
{
    /* A closID alone names a group that somebody has prepared. */
    bool may_make = !plan->is_named || plan->n_lines > 0;
    if (may_make && mkdirat(resctrl->mount, plan->group, 0755) == 0) {
        resctrl->made = true;
    } else if (may_make && errno != EEXIST) {
        int code = errno;
        error_sys(err, code, "make the resctrl group %s", plan->group);
        return failed(resctrl, code, WHERE, err);
    }
    resctrl->group =
        openat(resctrl->mount, plan->group, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (resctrl->group >= 0)
        return 0;
    int r = error_sys(err, errno, "open the resctrl group %s", plan->group);
    error_add_where(err, WHERE "/closID");
    if (r == -ENOENT)
        error_add_hint(err, "a closID without schemata names a group that exists already");
    return r;
}

/* ---- schemata ---- */

/* "=VALUE" at p as a number's digits, without blanks and leading zeros. */
static size_t value_digits(const char **p)
{
    *p += strspn(*p, " \t0");
    size_t n = 0;
    while (isalnum((unsigned char)(*p)[n]))
        n++;
    return n;
}

/* The value of a domain in "0=ff;1=f0\n", or NULL. */
static const char *find_domain(const char *domains, unsigned long id)
{
    for (const char *p = domains; *p && *p != '\n';) {
        char *end;
        unsigned long found = strtoul(p, &end, 10);
        end += strspn(end, " \t");
        if (end != p && *end == '=' && found == id)
            return end + 1;
        p = end + strcspn(end, ";\n");
        p += *p == ';';
    }
    return NULL;
}

/* What follows "RESOURCE:" in the file, or NULL. */
static const char *find_resource(const char *schemata, const char *name, size_t length)
{
    for (const char *p = schemata; *p;) {
        p += strspn(p, " \t");
        if (strncmp(p, name, length) == 0 && p[length] == ':')
            return p + length + 1;
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return NULL;
}

bool resctrl_has_line(const char *schemata, const char *line)
{
    size_t length = strcspn(line, ":");
    const char *domains = line[length] ? find_resource(schemata, line, length) : NULL;
    if (!domains)
        return false;
    for (const char *p = line + length + 1; *p;) {
        char *end;
        unsigned long id = strtoul(p, &end, 10);
        const char *wanted = end + strspn(end, " \t");
        const char *found = find_domain(domains, id);
        if (end == p || *wanted++ != '=' || !found)
            return false;
        size_t n = value_digits(&wanted);
        if (n != value_digits(&found) || strncasecmp(wanted, found, n) != 0)
            return false;
        p = wanted + strcspn(wanted, ";");
        p += *p == ';';
    }
    return true;
}

static int write_line(const struct resctrl *resctrl, const struct plan_resctrl_line *line,
                      struct error *err)
{
    /* The kernel wants whole lines. */
    _cleanup_(free_ptr) char *text = NULL;
    int n = asprintf(&text, "%s\n", line->text);
    int r = n < 0 ? -ENOMEM : file_write(resctrl->group, "schemata", text, (size_t)n);
    if (r == 0)
        return 0;
    error_sys(err, -r, "write \"%s\" to the schemata of the resctrl group", line->text);
    return failed(resctrl, -r, line->where, err);
}

static int compare_lines(const struct resctrl *resctrl, const struct plan_resctrl *plan,
                         struct error *err)
{
    _cleanup_(free_ptr) char *schemata = NULL;
    size_t n = 0;
    int r = file_read(resctrl->group, "schemata", SCHEMATA_LIMIT, &schemata, &n);
    if (r < 0)
        return error_sys(err, -r, "read the schemata of the resctrl group %s", plan->group);
    for (size_t i = 0; i < plan->n_lines; i++) {
        if (resctrl_has_line(schemata, plan->lines[i].text))
            continue;
        error_set(err, EINVAL, "the resctrl group %s exists, and its schemata are not \"%s\"",
                  plan->group, plan->lines[i].text);
        error_add_where(err, "%s", plan->lines[i].where);
        error_add_hint(err, "a group that is shared is never changed: name another closID, or the "
                            "schemata that it has");
        return -EINVAL;
    }
    return 0;
}

int resctrl_configure(const struct resctrl *resctrl, const struct plan_resctrl *plan,
                      struct error *err)
{
    if (plan->n_lines == 0)
        return 0;
    if (!resctrl->made)
        return compare_lines(resctrl, plan, err);
    int r = 0;
    for (size_t i = 0; r == 0 && i < plan->n_lines; i++)
        r = write_line(resctrl, &plan->lines[i], err);
    return r;
}

/* ---- monitoring, tasks ---- */

int resctrl_monitor(struct resctrl *resctrl, const struct plan_resctrl *plan, const char *id,
                    struct error *err)
{
    if (!plan->monitors)
        return 0;
    _cleanup_(close_fd) int groups =
        openat(resctrl->group, "mon_groups", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (groups >= 0 && mkdirat(groups, id, 0755) == 0) {
        resctrl->monitored = true;
        return 0;
    }
    int code = errno;
    error_sys(err, code, "make the resctrl monitoring group %s", id);
    if (groups < 0)
        error_add_hint(err, "this processor cannot monitor");
    return failed(resctrl, code, WHERE "/enableMonitoring", err);
}

static int monitor_open(int group, const char *id)
{
    _cleanup_(close_fd) int groups =
        openat(group, "mon_groups", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (groups < 0)
        return -errno;
    int fd = openat(groups, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int resctrl_assign(const struct resctrl *resctrl, const char *id, pid_t pid, struct error *err)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "%d", (int)pid);
    int r = file_write(resctrl->group, "tasks", text, (size_t)n);
    if (r == 0 && resctrl->monitored) {
        _cleanup_(close_fd) int monitor = monitor_open(resctrl->group, id);
        r = monitor < 0 ? monitor : file_write(monitor, "tasks", text, (size_t)n);
    }
    if (r == 0)
        return 0;
    error_sys(err, -r, "put the process into the container's resctrl group");
    return failed(resctrl, -r, WHERE, err);
}

/* ---- update ---- */

int resctrl_of_update(const struct state *state, const struct plan_resctrl_line *lines,
                      size_t n_lines, struct error *err)
{
    if (!state->resctrl_group) {
        error_set(err, EINVAL, "the container has no resctrl group");
        error_add_where(err, "%s", lines[0].where);
        error_add_hint(err, "it was made without linux.intelRdt");
        return -EINVAL;
    }
    struct resctrl resctrl _cleanup_(resctrl_release) = RESCTRL_INIT;
    int r = resctrl_open(&resctrl, err);
    if (r < 0)
        return r;
    resctrl.group =
        openat(resctrl.mount, state->resctrl_group, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (resctrl.group < 0)
        return error_sys(err, errno, "open the resctrl group %s", state->resctrl_group);
    for (size_t i = 0; r == 0 && i < n_lines; i++)
        r = write_line(&resctrl, &lines[i], err);
    return r;
}

/* ---- removal ---- */

static int remove_directory(int parent, const char *name, struct error *err)
{
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return error_sys(err, errno, "remove the resctrl group %s", name);
}

int resctrl_remove(const struct resctrl *resctrl, const char *group, const char *id,
                   struct error *err)
{
    int r = 0;
    if (resctrl->monitored && resctrl->group >= 0) {
        _cleanup_(close_fd) int groups =
            openat(resctrl->group, "mon_groups", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = groups < 0 ? 0 : remove_directory(groups, id, err);
    }
    if (r == 0 && resctrl->made)
        r = remove_directory(resctrl->mount, group, err);
    return r;
}

int resctrl_of_assign(const struct state *state, pid_t pid, struct error *err)
{
    if (!state->resctrl_group)
        return 0;
    struct resctrl resctrl _cleanup_(resctrl_release) = RESCTRL_INIT;
    int r = resctrl_open(&resctrl, err);
    if (r < 0)
        return r;
    resctrl.monitored = state->resctrl_monitored;
    resctrl.group =
        openat(resctrl.mount, state->resctrl_group, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (resctrl.group < 0)
        return error_sys(err, errno, "open the resctrl group %s", state->resctrl_group);
    return resctrl_assign(&resctrl, state->id, pid, err);
}

int resctrl_of_remove(const struct state *state, struct error *err)
{
    if (!state->resctrl_made && !state->resctrl_monitored)
        return 0;
    struct resctrl resctrl _cleanup_(resctrl_release) = RESCTRL_INIT;
    /* Unmounted meanwhile: what we made is gone with it. */
    if (resctrl_open(&resctrl, NULL) < 0)
        return 0;
    resctrl.made = state->resctrl_made;
    resctrl.monitored = state->resctrl_monitored;
    resctrl.group =
        openat(resctrl.mount, state->resctrl_group, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return resctrl_remove(&resctrl, state->resctrl_group, state->id, err);
}
