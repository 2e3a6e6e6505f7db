/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cgroup_of.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"

/* The mount is where it was when the container was made: nothing is searched for again. */
static int host_open(const struct state *state, struct cgroup_host *host, struct error *err)
{
    *host = CGROUP_HOST_INIT;
    host->mount_fd = open(state->cgroup_mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (host->mount_fd < 0)
        return error_sys(err, errno, "open the cgroup2 mount %s", state->cgroup_mount);
    host->mount_path = strdup(state->cgroup_mount);
    return host->mount_path ? 0 : error_sys(err, ENOMEM, "open the cgroup2 mount");
}

uint64_t cgroup_of_id(const struct state *state, int mount_fd)
{
    const char *scope = state->systemd_unit ? state->cgroup_top : NULL;
    struct stat st;
    return fstatat(mount_fd, (scope ? scope : state->cgroup_path) + 1, &st, 0) < 0 ? 0 : st.st_ino;
}

/* systemd removes a scope when its last process has ended, and then its name is free. */
static bool is_anothers(const struct state *state, int mount_fd)
{
    uint64_t id = state->cgroup_id ? cgroup_of_id(state, mount_fd) : 0;
    return id && id != state->cgroup_id;
}

int cgroup_of_open_in(const struct state *state, struct cgroup_host *host, struct cgroup *cgroup,
                      struct error *err)
{
    *host = CGROUP_HOST_INIT;
    *cgroup = CGROUP_INIT;
    if (!state->cgroup_mount)
        return 0;
    int r = host_open(state, host, err);
    if (r == 0 && is_anothers(state, host->mount_fd))
        return 0;
    if (r == 0)
        r = cgroup_open(cgroup, host, state->cgroup_path, err);
    if (r == -ENOENT) {
        error_release(err);
        *cgroup = CGROUP_INIT;
        return 0;
    }
    if (r < 0 || !state->systemd_unit)
        return r;
    cgroup->unit = strdup(state->systemd_unit);
    cgroup->user_unit = state->systemd_user;
    return cgroup->unit ? 0 : error_sys(err, ENOMEM, "open cgroup %s", state->cgroup_path);
}

int cgroup_of_open(const struct state *state, struct cgroup *cgroup, struct error *err)
{
    struct cgroup_host host _cleanup_(cgroup_host_release) = CGROUP_HOST_INIT;
    return cgroup_of_open_in(state, &host, cgroup, err);
}

int cgroup_of_open_below(const struct state *state, const char *below, struct cgroup *cgroup,
                         struct error *err)
{
    *cgroup = CGROUP_INIT;
    struct cgroup_host host _cleanup_(cgroup_host_release) = CGROUP_HOST_INIT;
    _cleanup_(free_ptr) char *path = NULL;
    below += strspn(below, "/");
    if (asprintf(&path, "%s%s%s", state->cgroup_path, *below ? "/" : "", below) < 0) {
        path = NULL;
        return error_sys(err, ENOMEM, "open the container's cgroup");
    }
    int r = host_open(state, &host, err);
    return r < 0 ? r : cgroup_open(cgroup, &host, path, err);
}

/* The line of cgroup v2, "0::/path": cgroups(7), "/proc/[pid]/cgroup". */
static char *unified_path(char *text)
{
    char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (!line)
        return NULL;
    line = strchr(line, '/');
    if (line)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

int cgroup_of_open_present(const struct state *state, struct cgroup *cgroup, struct error *err)
{
    *cgroup = CGROUP_INIT;
    char file[32];
    snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)state->pid);
    _cleanup_(free_ptr) char *text = NULL;
    int r = file_read(AT_FDCWD, file, 1 << 16, &text, NULL);
    if (r < 0)
        return error_sys(err, -r, "read %s", file);
    const char *path = unified_path(text);
    size_t length = strlen(state->cgroup_path);
    /* One that is not below the container's is somebody else's. */
    if (!path || strncmp(path, state->cgroup_path, length) != 0 ||
        (path[length] && path[length] != '/'))
        return error_set(err, ENOENT, "the container's init has left cgroup %s",
                         state->cgroup_path);
    return cgroup_of_open_below(state, path + length, cgroup, err);
}

bool cgroup_of_is_frozen(const struct state *state)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    return cgroup_of_open(state, &cgroup, NULL) == 0 && cgroup_is_frozen(&cgroup) > 0;
}

int cgroup_of_remove(const struct state *state, struct error *err)
{
    if (!state->cgroup_mount || !state->cgroup_created)
        return 0;
    struct cgroup_host host _cleanup_(cgroup_host_release) = CGROUP_HOST_INIT;
    int r = host_open(state, &host, err);
    if (r == 0 && is_anothers(state, host.mount_fd))
        return 0;
    if (r == 0)
        r = cgroup_remove(&host, state->cgroup_path, state->cgroup_top, err);
    return r < 0 || !state->systemd_unit
               ? r
               : scope_stop(state->systemd_unit, state->systemd_user, err);
}

int cgroup_of_reclaim(const struct state *note, struct error *err)
{
    struct cgroup_host host _cleanup_(cgroup_host_release) = CGROUP_HOST_INIT;
    int r = host_open(note, &host, err);
    return r < 0 ? r : cgroup_reclaim(&host, note->cgroup_path, note->cgroup_top, err);
}
