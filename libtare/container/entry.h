/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/init.h"
#include "container/state.h"

/* How a process gets into a container that is there: an intermediate process is cloned into the cgroup, joins
 * the namespaces of the container's init and clones the process as our child (sandbox/join.c says why). */

struct entry {
    struct init process; /* the process, once it is born; the channel is there before */
    int intermediate;    /* pidfd */
    /* What it does, and then ends: entry_bear(), or something that needs no process in the container. */
    void (*run)(struct sandbox *sandbox);
};

#define ENTRY_INIT ((struct entry){.process = INIT_NONE, .intermediate = -1, .run = entry_bear})

/* Join, and clone the process that MESSAGE_BORN tells of. */
_noreturn_ void entry_bear(struct sandbox *sandbox);

/* Which namespaces of the init, held by `pidfd`, are not ours; and its root, when it shares our mount namespace.
 */
int target_look(struct sandbox_target *target, const struct state *state, int pidfd,
                struct error *err);

/* Clone the intermediate. `below` is a cgroup below the container's, "" the container's own and nothing else;
 * NULL: its own, or when that takes no processes any more, the one in which the init is. */
int entry_make(struct entry *entry, struct sandbox *sandbox, const struct state *state,
               const char *below, struct error *err);

/* The intermediate has told the pid of the process. */
int entry_born(struct entry *entry, pid_t pid, struct error *err);

/* The process lives on without the intermediate, which is waited for. */
void entry_complete(struct entry *entry);

/* Kill what there is, and wait for its end. */
void entry_end(struct entry *entry);
void entry_release(struct entry *entry);
