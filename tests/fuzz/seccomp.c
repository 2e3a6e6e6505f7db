/* SPDX-License-Identifier: Apache-2.0 */
#include "base/macros.h"
#include "spec/tables.h"
#include "tests/fuzz/fuzz.h"

/* A seccomp profile → classic BPF. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct strings unknown = {0};
    struct seccomp_program program = {0};
    void *profile = NULL;
    int r = json_parse(&arena, &seccomp_type, (const char *)data, size, &profile, NULL, &err);
    if (r == 0) {
        fuzz_round_trip(&arena, &seccomp_type, profile);
        r = seccomp_compile(&arena, profile, "/linux/seccomp", &program, &unknown, &err);
    }
    if (r < 0) {
        fuzz_check_error(r, &err);
        return 0;
    }
    for (size_t i = 0; i < unknown.n; i++)
        FUZZ_CHECK(unknown.items[i], "a name is missing");
    FUZZ_CHECK(!unknown.items || !unknown.items[unknown.n], "a list without an end");
    fuzz_check_filter(&program);
    return 0;
}
