/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "container/settings.h"

/* The last steps of an init, seen from outside: startContainer hooks, MESSAGE_EXEC, and then the
 * end of the channel, which the kernel closes when the program is executed. 0 when the program
 * runs. `*ret_hook_failed` says that a hook is to blame for a failure. */
int launch_watch(int channel, const struct settings *settings, bool *ret_hook_failed,
                 struct error *err);
