/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "checkpoint/images.h"

/* What images call the mounts that are not in them: mountpoints-N.img, as far as that. Who wrote it may be anybody.
 * Source: CRIU's images/mnt.proto, and "Images" of https://criu.org. */

struct mount_keys {
    struct arena *arena;
    const char **items;
    size_t n, capacity;
};

/* Adds those of one file; reading ends where it is no such file. 0 or -ENOMEM. */
int mount_keys_parse(struct mount_keys *keys, const uint8_t *bytes, size_t n);

/* Adds those of all mount namespaces. What cannot be read CRIU will complain of. */
int mount_keys_read(struct mount_keys *keys, const struct images *images, struct error *err);
