/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "checkpoint/criu.h"
#include "checkpoint/images.h"
#include "plan/plan.h"

/* What `checkpoint` and `restore` have in common: which parts of a container are the host's, and must not be in the
 * images. On both sides the same plan tells it, which is made of the same configuration. */

/* A mount of the host's below one that the plan binds with all that is there; or an empty directory. */
struct migration_submount {
    const char *source,
        *rest; /* of the bind mount, NULL: none; where it is below that, from the slash on */
    const char *where;
};

struct migration {
    struct arena *arena;
    const struct plan *plan;
    struct images images;
    struct criu criu;
    struct criu_options options;
    /* Descriptors that CRIU gets, from CRIU_FIRST_FD on: the standard ones, then namespaces. */
    int fds[IMAGES_STDIO + NAMESPACE_TYPES];
    size_t n_fds;
    struct criu_inherited inherited[IMAGES_STDIO + NAMESPACE_TYPES];
    const char *external[IMAGES_STDIO + NAMESPACE_TYPES];
    struct migration_submount *submounts; /* of host_mounts.h */
    size_t n_submounts, submounts_capacity;
};

#define MIGRATION_INIT                                                                             \
    ((struct migration){                                                                           \
        .images = IMAGES_NONE, .criu = CRIU_NONE, .options = {.images_fd = -1, .work_fd = -1}})

void migration_release(struct migration *migration);

/* "soft", "full", "strict", "ignore", NULL: soft; "iptables", "nftables", "skip", NULL: CRIU's choice. */
int migration_set_modes(struct migration *migration, const char *cgroups_mode,
                        const char *network_lock, struct error *err);

/* Which file of options CRIU reads besides its own: that of the annotation org.criu.config, or the first that is
 * there of tare's, crun's and runc's. */
void migration_find_config(struct migration *migration);

/* What no CRIU can bring back, known from the plan alone: 0 or -EOPNOTSUPP. */
int migration_check(const struct plan *plan, struct error *err);

/* That this CRIU knows the options that were asked for. */
int migration_check_version(const struct migration *migration, struct error *err);

/* Name the mounts whose source is the host's. `root` is an O_PATH of the container's root directory; on `restore` of
 * the directory that will be it, and the names get the sources. */
int migration_name_mounts(struct migration *migration, int root, bool restore, struct error *err);

/* One more mount; of two for the same key the first remains. */
int migration_add_mount(struct migration *migration, const char *key, const char *value,
                        struct error *err);
/* Where `path` leads to inside the root; itself when it is not there. */
const char *migration_resolve(const struct migration *migration, int root, const char *path);

/* The same for namespaces that the container shares with somebody: which of the init's they are, */
int migration_name_namespaces(struct migration *migration, pid_t pid, struct error *err);
/* or those that the plan names, open until release. */
int migration_open_namespaces(struct migration *migration, struct error *err);

/* And for the standard descriptors. */
int migration_name_stdio(struct migration *migration, pid_t pid, struct images_stdio *ret,
                         struct error *err);
int migration_give_stdio(struct migration *migration, struct error *err);
