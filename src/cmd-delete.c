/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

static struct tare_delete_options options = {.size = sizeof(options)};
static bool regex;

const struct option_entry delete_options[] = {
    {OPTION_FLAG, "force", 'f', &options.force, NULL,
     "kill it if it runs; an unknown container is no error"},
    {OPTION_FLAG, "regex", 'r', &regex, NULL, "ID is an extended regular expression"},
    {0},
};

static int delete_one(struct call *call, const char *id)
{
    return tare_container_delete(call->settings, id, &options, call->error) < 0 ? -1 : STATUS_OK;
}

int cmd_delete(struct call *call)
{
    const char *id = call->args[0];
    return regex ? for_matching_containers(call, id, delete_one) : delete_one(call, id);
}
