/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "verb.h"

int cmd_plan(struct call *call)
{
    _cleanup_(free_ptr) char *text = NULL;
    const char *id = call->n_args > 0 ? call->args[0] : NULL;
    if (tare_plan(call->settings, id, &creation, &text, call->error) < 0)
        return -1;
    return print_text(call, text);
}
