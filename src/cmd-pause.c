/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

int cmd_pause(struct call *call)
{
    return tare_container_pause(call->settings, call->args[0], call->error) < 0 ? -1 : STATUS_OK;
}

int cmd_resume(struct call *call)
{
    return tare_container_resume(call->settings, call->args[0], call->error) < 0 ? -1 : STATUS_OK;
}
