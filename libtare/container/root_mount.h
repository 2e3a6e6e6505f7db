/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* The root filesystem of a container that lives in its caller's mount namespace: a private mount of the
 * directory over itself. All that the container mounts is on it and goes with it. */

/* Made, and not attached yet: so there is time to leave word of it. */
struct root_mount {
    int directory, tree;
    uint64_t id; /* the kernel's number of the mount, never 0 */
};

#define ROOT_MOUNT_NONE ((struct root_mount){.directory = -1, .tree = -1})

int root_mount_make(struct root_mount *mount, const char *path, struct error *err);
int root_mount_attach(const struct root_mount *mount, const char *path, struct error *err);
void root_mount_release(struct root_mount *mount);
/* O_PATH of it; -ESTALE when something else is there now. */
int root_mount_open(const char *path, uint64_t id, struct error *err);
/* No error when that mount is gone already, whatever is there now. */
int root_mount_remove(const char *path, uint64_t id, struct error *err);
