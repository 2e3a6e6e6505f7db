/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"
#include "container/home.h"
#include "plan/plan.h"
#include "spec/json.h"
#include "spec/spec.h"

/* What later commands must know of a container: no more, so that they read one small file. */
struct state {
    const char *oci_version; /* of this document */
    const char *id;
    pid_t pid; /* of the init; with the start time its identity */
    uint64_t start_time;
    const char *bundle;        /* absolute */
    const char *rootfs;        /* absolute */
    uint64_t root_mount;       /* the mount over rootfs in our own namespace; 0: none */
    const char *created;       /* RFC 3339, UTC, nanoseconds */
    uint32_t owner;            /* uid of who created it */
    bool private_pids;         /* the init's death ends all processes */
    bool has_process;          /* false: there is nothing to start */
    bool new_keyring;          /* its processes share a session keyring of their own */
    const char *cgroup_mount;  /* "/sys/fs/cgroup"; NULL: no cgroup */
    const char *cgroup_path;   /* below the mount */
    const char *cgroup_top;    /* uppermost directory that we made above it, or NULL */
    bool cgroup_created;       /* we made it, and remove it */
    uint64_t cgroup_id;        /* cgroup_of_id(); 0: not known */
    bool cgroup_pending;       /* in a note: we are about to make it, or have just done so */
    const char *systemd_unit;  /* the scope around it; NULL: none */
    bool systemd_user;         /* it is of the owner's own systemd */
    const char *resctrl_group; /* directory below /sys/fs/resctrl; NULL: none */
    bool resctrl_made;         /* it goes with the container */
    bool resctrl_monitored;    /* so does mon_groups/ID in it */
    struct string_map annotations;
    /* Where the listener of its seccomp filter goes, of an exec'd process too. */
    struct plan_listener listener;
    struct hook_list poststart, poststop;
};

/* The table of state.json. */
extern const struct json_type state_type;

#define STATE_SIZE_LIMIT ((size_t)16 * 1024 * 1024)

/* Write it while the container is being made, and give it its final name. What is written again counts, the
 * former stays in the file: so there is always a whole one for whoever comes after a maker that was killed.
 * One without a pid is a note of what is about to be made. */
int state_write(struct home *home, struct arena *arena, const struct state *state,
                struct error *err);
int state_complete(const struct home *home, struct error *err);

/* What a file says; `creating`: it has not got its final name yet. -ENOENT when that is nothing. */
int state_parse(struct arena *arena, const char *text, size_t size, bool creating,
                struct state **ret, struct error *err);

/* Keep the configuration as it was read, and read it again. A container that an older tare made has none:
 * -ENOENT, with a text for people. */
int config_keep(const struct home *home, const char *json, size_t size, struct error *err);
int config_read(const struct home *home, struct arena *arena, struct spec **ret, struct error *err);

/* Read it, the last that is whole. `*ret_creating`: the container is not complete yet. -ENOENT: there is no state at all.
 */
int state_read(const struct home *home, struct arena *arena, struct state **ret, bool *ret_creating,
               struct error *err);

/* A time since 1970 as `created` wants it: RFC 3339, UTC, nanoseconds. */
const char *timestamp_format(struct arena *arena, const struct timespec *time);
