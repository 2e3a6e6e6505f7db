/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/support/run.h"

/* Somebody who is not root. The user exists in the test's mount namespace only, where files with one more
 * line cover those in /etc. */

#define USER_ID   54321
#define USER_NAME "tare-test"
/* What /etc/subuid and /etc/subgid grant. */
#define GRANTED_ID    200000
#define GRANTED_COUNT 65536
/* XDG_RUNTIME_DIR of the user, who owns it. */
#define USER_RUNTIME WORK "/runtime"

/* How it calls tare: a copy that it may execute, in case the path of the build is closed to it. */
struct user {
    struct setting setting;
    const char *cgroup;     /* path of the cgroup to be in; NULL: the test's */
    bool in_user_namespace; /* as root of one that has the user's id and those granted */
    bool without_helpers;   /* PATH leads nowhere */
};

/* Call it once in a test, before host_snapshot() is compared with anything: it mounts. Takes another snapshot. */
struct user *user_new(void);
/* To be called after the members above were changed. */
const struct setting *user_setting(struct user *user);

/* A bundle of the user's, with the user's id as root. */
struct bundle *user_bundle(void);
/* All granted ids on top of that. */
void user_bundle_map_granted(struct bundle *bundle);
void user_owns(const char *path);
/* Skips unless newuidmap and newgidmap can do their work here. */
void need_id_helpers(void);

/* A cgroup delegated to the user, as config-linux.md and cgroups(7) mean it: the directory and the files that
 * move processes. The path, below /sys/fs/cgroup; ends with the test's prefix and `name`. */
char *user_cgroup_make(const char *name);
void user_cgroup_remove(const char *path);

struct result *user_run(struct user *user, const struct bundle *bundle);
