/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

int cmd_start(struct call *call)
{
    return tare_container_start(call->settings, call->args[0], call->error) < 0 ? -1 : STATUS_OK;
}
