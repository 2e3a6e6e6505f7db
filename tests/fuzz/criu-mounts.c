/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "checkpoint/mount_keys.h"
#include "tests/fuzz/fuzz.h"

/* mountpoints-N.img, as somebody else's images may have it. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct mount_keys keys = {.arena = &arena};
    /* With a guarded end. */
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    int r = mount_keys_parse(&keys, copy, size);
    FUZZ_CHECK(r == 0, "returned %d", r);
    size_t length = 0;
    for (size_t i = 0; i < keys.n; i++)
        length += strlen(keys.items[i]);
    FUZZ_CHECK(length <= size, "%zu bytes of %zu", length, size);
    free(copy);
    arena_release(&arena);
    return 0;
}
