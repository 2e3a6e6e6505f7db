/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "verb.h"

int cmd_state(struct call *call)
{
    _cleanup_(free_ptr) char *json = NULL;
    if (tare_container_state(call->settings, call->args[0], &json, call->error) < 0)
        return -1;
    /* On a terminal, the prompt begins a line of its own. */
    printf("%s\n", json);
    return print_end(call);
}
