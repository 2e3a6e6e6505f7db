/* SPDX-License-Identifier: Apache-2.0 */
#include "base/macros.h"
#include "spec/parse.h"
#include "spec/tables.h"
#include "tests/fuzz/fuzz.h"

/* The document of `exec --process`, alone and as the process of a configuration. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct process *process = NULL;
    int r = process_parse(&arena, (const char *)data, size, &process, NULL, &err);
    if (r < 0) {
        fuzz_check_error(r, &err);
        return 0;
    }
    fuzz_round_trip(&arena, &process_type, process);

    struct root root = {.path = "rootfs"};
    const struct spec spec = {.oci_version = "1.3.0", .root = &root, .process = process};
    const struct plan_options options = {.id = "fuzz", .bundle = "/b", .foreground = true};
    const struct host_facts facts = {.cap_effective = UINT64_MAX,
                                     .cap_bounding = UINT64_MAX,
                                     .last_cap = 40,
                                     .apparmor = true,
                                     .selinux = true};
    struct plan *plan = NULL;
    r = plan_make(&arena, &spec, &options, &facts, &plan, &err);
    if (r < 0)
        fuzz_check_error(r, &err);
    return 0;
}
