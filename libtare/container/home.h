/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* The directory of one container, ROOT/ID (0700). It holds:
 *
 *     creating.json   what is known of a container in the making
 *     state.json      the same file under its final name, once the container is made
 *     config.json     the configuration that it was made with, to the letter: what is changed in the
 *                     bundle afterwards has no effect (runtime.md "Lifecycle")
 *     start           the socket that a created container's init waits on; its existence means
 * "created"
 *
 * Making it is the step that only one of two concurrent creates can do. Operations that change the
 * container hold an exclusive flock(2) on it. */

#define FILE_CREATING "creating.json"
#define FILE_STATE    "state.json"
#define FILE_CONFIG   "config.json"
#define FILE_START    "start"
/* Of readiness.h: the directory is mounted in the container. */
#define DIRECTORY_NOTIFY "notify"
#define FILE_NOTIFY      "notify/notify.sock"
/* Of cgroup_yard.h: what it is called is CRIU's. */
#define DIRECTORY_YARD "cgroups"
#define FILE_YARD      "cgroups/unified"
/* Of host_mounts.h, while a container is restored: nothing is in it but in CRIU's mount namespace. */
#define DIRECTORY_MOUNTS "mounts"

struct home {
    int fd;           /* O_DIRECTORY, -1: none */
    int record;       /* creating.json while we write it, or -1 */
    const char *path; /* arena's */
};

#define HOME_INIT ((struct home){.fd = -1, .record = -1})

/* Is it a name that can be a container's? Kind ERROR_USAGE. */
int id_check(const char *id, struct error *err);

/* Make and lock it, and the root on the way. Kind ERROR_EXISTS when the container exists. */
int home_make(struct home *home, struct arena *arena, const char *root, const char *id,
              struct error *err);
/* Kind ERROR_NOT_FOUND when there is none. */
int home_open(struct home *home, struct arena *arena, const char *root, const char *id,
              struct error *err);
/* Wait for the lock; bounded: -EBUSY, kind ERROR_WRONG_STATE. */
int home_lock(const struct home *home, struct error *err);
void home_unlock(const struct home *home);
/* Remove our files and the directory. */
int home_remove(const struct home *home, struct error *err);
void home_release(struct home *home);
