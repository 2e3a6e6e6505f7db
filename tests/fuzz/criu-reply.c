/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "checkpoint/rpc.h"
#include "tests/fuzz/fuzz.h"

/* What CRIU answers. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct criu_reply reply;
    /* With a guarded end. */
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    int r = criu_reply_read(copy, size, &reply);
    FUZZ_CHECK(r == 0 || r == -EBADMSG, "returned %d", r);
    FUZZ_CHECK(memchr(reply.message, 0, sizeof(reply.message)), "a message without an end");
    FUZZ_CHECK(memchr(reply.script, 0, sizeof(reply.script)), "a script without an end");
    free(copy);
    return 0;
}
