/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* The root filesystem of a container that lives in its caller's mount namespace: a private mount of the
 * directory over itself. All that the container mounts is on it and goes with it. */

/* *ret_id: the kernel's number of the mount, never 0. */
int root_mount_make(const char *path, uint64_t *ret_id, struct error *err);
/* O_PATH of it; -ESTALE when something else is there now. */
int root_mount_open(const char *path, uint64_t id, struct error *err);
/* No error when that mount is gone already, whatever is there now. */
int root_mount_remove(const char *path, uint64_t id, struct error *err);
