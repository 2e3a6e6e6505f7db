/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/macros.h"
#include "spec/parse.h"
#include "spec/tables.h"
#include "tests/fuzz/fuzz.h"

/* The document of `update`: resources → writes to files of the cgroup, and the device program. */

static bool is_name(const char *file)
{
    return file && *file && !strchr(file, '/') && strcmp(file, ".") != 0 && strcmp(file, "..") != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct resources *resources = NULL;
    int r = resources_parse(&arena, (const char *)data, size, &resources, NULL, &err);
    if (r < 0) {
        fuzz_check_error(r, &err);
        return 0;
    }
    fuzz_round_trip(&arena, &resources_type, resources);

    struct plan_cgroup plan = {0};
    r = plan_resources(&arena, resources, "/linux/resources", &plan, &err);
    if (r < 0) {
        fuzz_check_error(r, &err);
        return 0;
    }
    for (size_t i = 0; i < plan.n_writes; i++) {
        const struct plan_cgroup_write *write = &plan.writes[i];
        FUZZ_CHECK(is_name(write->file), "writes to %s", write->file);
        FUZZ_CHECK(!write->fallback_file || is_name(write->fallback_file), "writes to %s",
                   write->fallback_file);
        FUZZ_CHECK(write->value && write->where && write->controller, "half a write");
    }
    return 0;
}
