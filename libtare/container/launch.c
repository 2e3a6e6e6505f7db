/* SPDX-License-Identifier: Apache-2.0 */
#include "container/launch.h"

#include <errno.h>

#include "container/hooks_of.h"
#include "sandbox/channel.h"

int launch_watch(int channel, const struct settings *settings, bool *ret_hook_failed,
                 struct error *err)
{
    struct channel_message message;
    bool executing = false;
    *ret_hook_failed = false;
    for (;;) {
        int r = channel_receive(channel, &message, NULL);
        if (r < 0)
            return error_sys(err, -r, "wait for the program to start");
        if (message.type == MESSAGE_WARNING) {
            warn_error(settings, &message.error);
        } else if (message.type == MESSAGE_ERROR) {
            *ret_hook_failed = is_hook_failure(&message.error);
            int code = message.error.code > 0 ? message.error.code : EIO;
            error_move(err, &message.error);
            return -code;
        } else if (message.type == MESSAGE_SECCOMP_LISTENER) {
            error_set(err, ENOTSUP, "a seccomp listener is not supported");
            error_add_where(err, "/linux/seccomp/listenerPath");
            return -ENOTSUP;
        } else if (message.type == MESSAGE_EXEC) {
            executing = true;
        } else if (message.type == MESSAGE_NONE) {
            return executing ? 0
                             : error_set(err, ECHILD,
                                         "the container's init died before its program started");
        }
    }
}
