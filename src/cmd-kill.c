/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

static struct tare_kill_options options = {.size = sizeof(options)};
static bool regex;

const struct option_entry kill_options[] = {
    {OPTION_FLAG, "all", 'a', &options.all, NULL,
     "signal every process; a stopped container is no error"},
    {OPTION_FLAG, "regex", 'r', &regex, NULL, "ID is an extended regular expression"},
    {0},
};

static int kill_one(struct call *call, const char *id)
{
    return tare_container_kill(call->settings, id, &options, call->error) < 0 ? -1 : STATUS_OK;
}

int cmd_kill(struct call *call)
{
    const char *id = call->args[0];
    options.signal = call->n_args > 1 ? call->args[1] : NULL;
    return regex ? for_matching_containers(call, id, kill_one) : kill_one(call, id);
}
