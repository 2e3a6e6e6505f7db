/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

int cmd_start(struct call *call)
{
    const struct tare_start_options options = {.size = sizeof(options),
                                               .notify_socket = getenv("NOTIFY_SOCKET")};
    return tare_container_start(call->settings, call->args[0], &options, call->error) < 0
               ? -1
               : STATUS_OK;
}
