/* SPDX-License-Identifier: Apache-2.0 */
#include "container/state.h"

#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* state.json: what a later command reads of an earlier one, which may have died while it wrote. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    for (int creating = 0; creating <= 1; creating++) {
        _cleanup_(error_release) struct error err = ERROR_INIT;
        struct state *state = NULL;
        int r = state_parse(&arena, (const char *)data, size, creating, &state, &err);
        if (r < 0)
            fuzz_check_error(r, &err);
        else
            fuzz_round_trip(&arena, &state_type, state);
    }
    return 0;
}
