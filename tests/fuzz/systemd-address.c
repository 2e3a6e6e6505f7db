/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/systemd-address.h"

#include "base/macros.h"
#include "tests/fuzz/fuzz.h"

/* A list of addresses from the environment. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct systemd_addresses addresses = {0};
    systemd_addresses_read(&addresses, arena_strndup(&arena, (const char *)data, size));
    FUZZ_CHECK(addresses.n <= SYSTEMD_ADDRESSES, "%zu addresses", addresses.n);
    for (size_t i = 0; i < addresses.n; i++) {
        FUZZ_CHECK(addresses.items[i].address.sun_family == AF_UNIX, "a family");
        FUZZ_CHECK(addresses.items[i].length > offsetof(struct sockaddr_un, sun_path) &&
                       addresses.items[i].length <= sizeof(struct sockaddr_un),
                   "a length of %u", addresses.items[i].length);
    }
    return 0;
}
