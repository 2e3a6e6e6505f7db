/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/fd.h"
#include "container/api.h"
#include "spec/parse.h"
#include "verb.h"

int cmd_mounts(struct call *call)
{
    const char *what = call->args[0], *id = call->args[1], *file = call->args[2];
    bool removal = strcmp(what, "remove") == 0;
    _cleanup_(free_ptr) char *document = NULL;
    if (!removal && strcmp(what, "add") != 0) {
        fail(call, EINVAL, "mounts \"%s\": add or remove expected", what);
        error_set_kind(&call->error->error, ERROR_USAGE);
        return -1;
    }
    if (document_read(call, file, "mounts", &document) < 0)
        return -1;
    int r = removal ? tare_container_remove_mounts(call->settings, id, document, call->error)
                    : tare_container_add_mounts(call->settings, id, document, call->error);
    return r < 0 ? -1 : STATUS_OK;
}
