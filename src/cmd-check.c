/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

int cmd_check(struct call *call)
{
    return tare_plan(call->settings, NULL, &creation, NULL, call->error) < 0 ? -1 : STATUS_OK;
}
