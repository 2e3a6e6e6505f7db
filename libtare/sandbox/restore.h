/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* What a container that CRIU restores has to find, because images do not have it. Both are for a child process
 * of the maker's. */

/* The places of its mounts, made as for a new container: in a root filesystem that was never used they are missing.
 * Mounts on the way: in a mount namespace that is thrown away. */
int restore_make_places(const struct plan *plan, struct error *err);

/* Its new and empty network namespace, that of the process: the loopback interface is up, sysctls are set. */
int restore_network(const struct plan *plan, int pidfd, struct error *err);
