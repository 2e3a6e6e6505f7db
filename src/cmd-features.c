/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "verb.h"

int cmd_features(struct call *call)
{
    _cleanup_(free_ptr) char *json = NULL;
    if (tare_features(&json, call->error) < 0 || print_text(call, json) < 0)
        return -1;
    return print_text(call, "\n");
}
