/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/fd.h"
#include "verb.h"

int cmd_state(struct call *call)
{
    _cleanup_(free_ptr) char *json = NULL;
    if (tare_container_state(call->settings, call->args[0], &json, call->error) < 0)
        return -1;
    /* Engines get what runc writes, which ends with the brace; on a terminal the prompt begins a line of its
     * own. */
    printf("%s%s", json, isatty(STDOUT_FILENO) ? "\n" : "");
    return print_end(call);
}
