/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "container/api.h"
#include "container/cgroup_of.h"
#include "container/resctrl.h"
#include "container/status.h"
#include "spec/parse.h"

static int update_cgroup(const struct state *state, struct arena *arena,
                         struct resources *resources, struct error *err)
{
    struct cgroup_host host _cleanup_(cgroup_host_release) = CGROUP_HOST_INIT;
    struct cgroup cgroup _cleanup_(cgroup_release) = CGROUP_INIT;
    struct resources_now now;
    struct plan_cgroup plan;
    int r = cgroup_of_open_in(state, &host, &cgroup, err);
    if (r < 0)
        return r;
    cgroup_look(&cgroup, &now);
    r = plan_update(arena, resources, &now, &plan, err);
    return r < 0 ? r : cgroup_update(&cgroup, &host, &plan, err);
}

static int update_resctrl(const struct state *state, const struct tare_update_options *options,
                          struct error *err)
{
    struct plan_resctrl_line lines[2];
    size_t n = 0;
    if (options->l3_cache_schema && *options->l3_cache_schema)
        lines[n++] =
            (struct plan_resctrl_line){options->l3_cache_schema, "/intelRdt/l3CacheSchema"};
    if (options->mem_bw_schema && *options->mem_bw_schema)
        lines[n++] = (struct plan_resctrl_line){options->mem_bw_schema, "/intelRdt/memBwSchema"};
    return n == 0 ? 0 : resctrl_of_update(state, lines, n, err);
}

static int update_container(const struct container *container, struct arena *arena,
                            const struct tare_update_options *options, struct error *err)
{
    struct resources *resources = NULL;
    int r = container_refuse_lifeless(container, err);
    if (r == 0 && options->resources) {
        r = resources_parse(arena, options->resources, strlen(options->resources), &resources, NULL,
                            err);
        if (r < 0)
            error_wrap(err, "document of resources");
    }
    if (r == 0 && resources)
        r = update_cgroup(container->state, arena, resources, err);
    return r < 0 ? r : update_resctrl(container->state, options, err);
}

int tare_container_update(const struct tare_settings *given, const char *id,
                          const struct tare_update_options *given_options, tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct tare_update_options options;
    options_copy(&options, sizeof(options), given_options);
    struct settings settings;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = container_open(&container, &arena, &settings, id, true, err);
    return r < 0 ? r : update_container(&container, &arena, &options, err);
}
