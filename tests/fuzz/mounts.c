/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/macros.h"
#include "base/path.h"
#include "spec/parse.h"
#include "spec/tables.h"
#include "tests/fuzz/fuzz.h"

/* The document of `mounts`: an array of mounts → what is mounted, and what is unmounted. */

static void check_plan(const struct plan *plan, size_t n, bool removal)
{
    FUZZ_CHECK(plan->n_mounts == n, "%zu mounts of %zu", plan->n_mounts, n);
    for (size_t i = 0; i < n; i++) {
        const struct plan_mount *mount = &plan->mounts[i];
        FUZZ_CHECK(mount->target && mount->target[0] == '/', "mounts on %s", mount->target);
        FUZZ_CHECK(mount->kind == MOUNT_REMOUNT || !paths_equal(mount->target, "/"),
                   "mounts on the root");
        FUZZ_CHECK(!removal || !strstr(mount->target, "/../"), "removes %s", mount->target);
        FUZZ_CHECK(mount->where && (size_t)strtoull(mount->where + 1, NULL, 10) == i,
                   "mount %zu is at %s", i, mount->where);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct mount_list mounts;
    int r = mounts_parse(&arena, (const char *)data, size, &mounts, NULL, &err);
    if (r < 0) {
        fuzz_check_error(r, &err);
        return 0;
    }
    for (size_t i = 0; i < mounts.n; i++)
        fuzz_round_trip(&arena, &mount_type, &mounts.items[i]);

    static struct root root = {.path = "rootfs"};
    const struct spec spec = {.root = &root};
    const struct host_facts facts = {.cap_effective = ~UINT64_C(0)};
    struct plan_mounts_options options = {.bundle = "/bundle", .mounts = &mounts};
    for (int removal = 0; removal <= 1; removal++) {
        struct plan *plan = NULL;
        options.removal = removal;
        error_release(&err);
        r = plan_mount_changes(&arena, &spec, &options, &facts, &plan, &err);
        if (r < 0)
            fuzz_check_error(r, &err);
        else
            check_plan(plan, mounts.n, removal);
    }
    return 0;
}
