/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/home.h"
#include "container/migration.h"

/* Mounts of the host's that the plan does not name by themselves: those below a recursive bind mount, and those
 * that came to the container later. The images do not have them either; what is mounted there in the end is told
 * by the configuration and by what is mounted on the host, never by the images.
 *
 * `root` as of migration_name_mounts(). */

/* Names those that the init sees, besides the plan's. */
int host_mounts_name(struct migration *migration, int root, pid_t pid, struct error *err);

/* On restore, and after the plan's were named: finds where those of the images are on the host. When there are some,
 * the home gets a directory for them. */
int host_mounts_find(struct migration *migration, int root, const struct home *home,
                     struct error *err);
/* In the mount namespace of CRIU, which will find them in that directory: mounts them there. They are opened below
 * the source of the bind mount, which somebody else may be changing, and cannot be led out of it. */
int host_mounts_attach(const struct migration *migration, const struct home *home,
                       struct error *err);
/* When CRIU has ended. */
int host_mounts_settle(const struct migration *migration, const struct home *home,
                       struct error *err);
