/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/status.h"

static int compare_pids(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int read_pids(const struct container *container, struct arena *arena, pid_t **ret,
                     size_t *ret_n, struct error *err)
{
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    *ret_n = 0;
    if (!container->state)
        return 0;
    int r = cgroup_of_open(container->state, &cgroup, err);
    if (r < 0)
        return r;
    if (cgroup.fd >= 0)
        return cgroup_pids(&cgroup, arena, ret, ret_n, err);
    if (container->status == STATUS_STOPPED)
        return 0;
    error_set(err, ENOTSUP, "the container has no cgroup, which would tell its processes");
    error_set_kind(err, ERROR_UNSUPPORTED);
    return -ENOTSUP;
}

int tare_container_pids(const struct tare_settings *given, const char *id, int **ret, size_t *ret_n,
                        tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct settings settings;
    pid_t *pids = NULL;
    size_t n = 0;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = container_open(&container, &arena, &settings, id, false, err);
    if (r == 0)
        r = read_pids(&container, &arena, &pids, &n, err);
    if (r < 0)
        return r;
    int *copy = calloc(n + 1, sizeof(*copy));
    if (!copy)
        return error_sys(err, ENOMEM, "list the processes");
    for (size_t i = 0; i < n; i++)
        copy[i] = pids[i];
    qsort(copy, n, sizeof(*copy), compare_pids);
    *ret = copy;
    *ret_n = n;
    return 0;
}
