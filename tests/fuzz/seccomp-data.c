/* SPDX-License-Identifier: Apache-2.0 */
#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* A program as an annotation gives it: base64 of classic BPF. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct seccomp_program program = {0};
    const char *text = arena_strndup(&arena, (const char *)data, size);
    int r = seccomp_decode(&arena, text, "/annotations/a", &program, &err);
    if (r < 0) {
        fuzz_check_error(r, &err);
        return 0;
    }
    FUZZ_CHECK(program.n > 0 && program.n <= BPF_MAXINSNS, "%zu instructions", program.n);
    /* All of them are there to be read. */
    (void)fuzz_hash((const uint8_t *)program.instructions,
                    program.n * sizeof(*program.instructions));
    return 0;
}
