/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

const struct option_entry run_options[] = {
    {OPTION_FLAG, "detach", 'd', &creation.detach, NULL, "return when the program runs"},
    {OPTION_FLAG, "keep", 0, &creation.keep, NULL, "leave the stopped container to `tare delete`"},
    {0},
};

int cmd_run(struct call *call)
{
    int status = 0;
    creation.notify_socket = getenv("NOTIFY_SOCKET");
    int r = tare_container_run(call->settings, call->args[0], &creation, &status, call->error);
    return r < 0 ? -1 : status;
}
