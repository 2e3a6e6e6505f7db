/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "verb.h"

int cmd_help(struct call *call)
{
    const struct verb *verb = NULL;
    if (call->n_args > 0) {
        verb = verb_find(call->args[0]);
        if (!verb)
            return fail(call, ENOSYS, "unknown command \"%s\"", call->args[0]);
    }
    print_help(verb);
    return STATUS_OK;
}
