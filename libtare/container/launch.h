/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "container/hold.h"
#include "container/settings.h"
#include "container/state.h"

/* What is launched. */
struct launch {
    int channel;
    int *agent; /* connected, for a seccomp listener: closed as soon as it has it; or -1 */
    const struct state *state;
    const char *status; /* of the container, for the agent */
    pid_t pid;
    struct hold *hold; /* NULL: is interrupted by dying */
    bool takes_time;   /* else nobody looks at `hold` unless there is a seccomp agent */
};

/* The last steps of an init, seen from outside: startContainer hooks, MESSAGE_EXEC, and then the
 * end of the channel, which the kernel closes when the program is executed. 0 when the program
 * runs. A signal of `hold` that comes before MESSAGE_EXEC, or while an agent has not let the program be executed,
 * gives -EINTR. `*ret_hook_failed` says that a hook is to blame for a failure. */
int launch_watch(const struct launch *launch, const struct settings *settings,
                 bool *ret_hook_failed, struct error *err);
