/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* What a new user namespace gets: text for uid_map and gid_map of a process in it, and where in the
 * configuration that comes from (NULL: the caller adds the place). */
struct id_maps {
    const char *uids, *gids;
    const char *uids_where, *gids_where;
    /* Written by newuidmap(1) and newgidmap(1), which know what the caller was granted. */
    bool uids_by_helper, gids_by_helper;
    bool deny_setgroups;
};

/* From outside of the namespace, once. Source: user_namespaces(7). */
int id_maps_write(pid_t pid, const struct id_maps *maps, struct error *err);
