/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/delegate.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "cgroup/directory.h"

#define KEEP_GROUP ((gid_t)-1)

/* What a kernel without the list means (config-linux.md); such are older than Linux 4.15, but the
 * file may be hidden from us as well. */
static const char default_files[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

int cgroup_delegate(const struct cgroup *cgroup, uid_t uid, struct error *err)
{
    if (fchownat(cgroup->fd, "", uid, KEEP_GROUP, AT_EMPTY_PATH) < 0)
        return error_sys(err, errno, "give cgroup %s to uid %u", cgroup->path, uid);

    _cleanup_(free_ptr) char *files = NULL;
    if (file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", 65536, &files, NULL) < 0)
        files = strdup(default_files);
    if (!files)
        return error_sys(err, ENOMEM, "give cgroup %s to uid %u", cgroup->path, uid);
    char *rest = files;
    for (char *name; (name = strsep(&rest, "\n"));) {
        if (!*name)
            continue;
        /* Absent are the files of controllers that are not enabled here. */
        if (fchownat(cgroup->fd, name, uid, KEEP_GROUP, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
            return error_sys(err, errno, "give %s/%s to uid %u", cgroup->path, name, uid);
    }
    return 0;
}

#define SUBGROUP_WHERE "/annotations/run.oci.delegate-cgroup"

static int make_subgroup(const struct cgroup *cgroup, const char *name, struct cgroup *below)
{
    if (mkdirat(cgroup->fd, name, 0755) < 0)
        return -errno;
    below->fd = directory_open(cgroup->fd, name);
    if (below->fd < 0)
        return below->fd;
    if (asprintf(&below->path, "%s/%s", cgroup->path, name) >= 0)
        return 0;
    below->path = NULL;
    return -ENOMEM;
}

/* Nobody would remove it from a cgroup that is not ours to remove. */
static int refuse_shared(const struct cgroup *cgroup, struct error *err)
{
    int r = error_set(err, EBUSY, "cgroup %s was there before the container", cgroup->path);
    error_add_where(err, SUBGROUP_WHERE);
    error_add_hint(err, "a cgroup below it would be left: choose another cgroupsPath");
    return r;
}

int cgroup_enter_subgroup(const struct cgroup *cgroup, const struct plan_cgroup *plan, pid_t init,
                          struct error *err)
{
    if (!plan->subgroup || cgroup->fd < 0)
        return 0;
    if (!cgroup->created)
        return refuse_shared(cgroup, err);
    struct cgroup below _cleanup_(cgroup_release) = CGROUP_INIT;
    int r = make_subgroup(cgroup, plan->subgroup, &below);
    if (r == 0 && plan->subgroup_uid >= 0 && plan->subgroup_uid != (int64_t)geteuid() &&
        (r = cgroup_delegate(&below, (uid_t)plan->subgroup_uid, err)) < 0) {
        error_add_where(err, SUBGROUP_WHERE);
        return r;
    }
    char pid[16];
    int n = snprintf(pid, sizeof(pid), "%d", (int)init);
    if (r == 0)
        r = file_write(below.fd, "cgroup.procs", pid, (size_t)n);
    if (r == 0)
        return 0;
    error_sys(err, -r, "put the init into a cgroup %s below %s", plan->subgroup, cgroup->path);
    error_add_where(err, SUBGROUP_WHERE);
    if (r == -EEXIST)
        error_add_hint(err, "a file of that name is there already: choose another");
    return r;
}
