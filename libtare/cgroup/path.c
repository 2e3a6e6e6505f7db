/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"

int cgroup_path(const struct plan_cgroup *plan, const char *id, char **ret, struct error *err)
{
    *ret = NULL;
    if (plan->manager == CGROUP_MANAGER_DISABLED)
        return 0;

    /* One directory at the top, and no directory of our own above it: nothing then has to be shared
     * between containers that come and go at the same time. */
    int r = plan->path ? asprintf(ret, "%s", plan->path) : asprintf(ret, "/tare-%s", id);
    return r < 0 ? error_sys(err, ENOMEM, "name the cgroup of %s", id) : 0;
}
