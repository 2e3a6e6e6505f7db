/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/directory.h"

#define WHERE "/linux/cgroupsPath"

int cgroup_path(const struct plan_cgroup *plan, const char *id, char **ret, struct error *err)
{
    *ret = NULL;
    if (plan->manager == CGROUP_MANAGER_DISABLED)
        return 0;

    /* One directory at the top, and no directory of our own above it: nothing then has to be shared
     * between containers that come and go at the same time. */
    if (!plan->path || !*plan->path)
        return asprintf(ret, "/tare-%s", id) < 0
                   ? error_sys(err, ENOMEM, "name the cgroup of %s", id)
                   : 0;

    int r = directory_path_clean(plan->path, ret);
    if (r == -ENOMEM)
        return error_sys(err, ENOMEM, "name the cgroup of %s", id);
    if (r < 0) {
        r = error_config(err, WHERE, "cgroupsPath \"%s\" is not a cgroup below the mount",
                         plan->path);
        error_add_hint(err, "give a path like /group/%s, without \"..\" and line breaks", id);
    }
    return r;
}
