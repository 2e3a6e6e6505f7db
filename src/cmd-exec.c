/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "again.h"
#include "base/fd.h"
#include "base/parse.h"
#include "verb.h"

static struct tare_exec_options options = {.size = sizeof(options)};
static struct option_list env, groups, caps, cgroups;

/* clang-format off */
const struct option_entry exec_options[] = {
    {OPTION_TEXT, "process", 'p', &options.process, "FILE", "read the process from FILE; -: from standard input"},
    {OPTION_FLAG, "detach", 'd', &options.detach, NULL, "return when the program runs"},
    {OPTION_TEXT, "pid-file", 0, &options.pid_file, "FILE", "write the pid of the process to FILE"},
    {OPTION_TEXT, "console-socket", 0, &options.console_socket, "SOCKET", "send the terminal's master to SOCKET"},
    {OPTION_TEXT, "pidfd-socket", 0, &options.pidfd_socket, "SOCKET", "send a pidfd of the process to SOCKET"},
    {OPTION_NUMBER, "preserve-fds", 0, &options.preserve_fds, "N", "pass N file descriptors, from 3, to the program"},
    {OPTION_LIST, "cgroup", 0, &cgroups, "PATH", "run it in this cgroup below the container's"},
    {OPTION_FLAG, "ignore-paused", 0, &options.ignore_paused, NULL, "do not refuse a paused container"},
    {OPTION_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL, NULL},
    {0},
};

const struct option_entry exec_process_options[] = {
    {OPTION_FLAG, "tty", 't', &options.terminal, NULL, "give it a terminal"},
    {OPTION_TEXT, "user", 'u', &options.user, "UID[:GID]", "run it as this user, by number"},
    {OPTION_LIST, "additional-gids", 'g', &groups, "GID", "one more group; may be repeated"},
    {OPTION_TEXT, "cwd", 0, &options.cwd, "DIR", "working directory"},
    {OPTION_LIST, "env", 'e', &env, "NAME=VALUE", "environment variable; may be repeated"},
    {OPTION_LIST, "cap", 'c', &caps, "CAP", "one more capability; may be repeated"},
    {OPTION_FLAG, "no-new-privs", 0, &options.no_new_privileges, NULL, "no setuid, no file capabilities"},
    {OPTION_TEXT, "apparmor", 0, &options.apparmor_profile, "PROFILE", "AppArmor profile"},
    {OPTION_TEXT, "process-label", 0, &options.process_label, "LABEL", "SELinux label"},
    {0},
};
/* clang-format on */

/* The last one counts, as with every option that is given twice; runc wants single controllers in the others,
 * which the library explains. */
static void set_cgroup(void)
{
    for (size_t i = 0; i < cgroups.n; i++)
        if (!options.cgroup || !strchr(options.cgroup, ':'))
            options.cgroup = cgroups.items[i];
}

static int set_groups(struct call *call, uint32_t **ret)
{
    *ret = calloc(groups.n + 1, sizeof(**ret));
    if (!*ret)
        return fail(call, ENOMEM, "read the command line");
    for (size_t i = 0; i < groups.n; i++)
        if (parse_id(groups.items[i], &(*ret)[i]) < 0)
            return fail(call, EINVAL, "--additional-gids \"%s\": a GID expected, as a number",
                        groups.items[i]);
    options.additional_gids = *ret;
    options.n_additional_gids = groups.n;
    return 0;
}

int cmd_exec(struct call *call)
{
    _cleanup_(free_ptr) uint32_t *gids = NULL;
    int status = 0;
    if (set_groups(call, &gids) < 0)
        return -1;
    set_cgroup();
    int kept = options.process && strcmp(options.process, "-") == 0 ? again_keep_stdin() : 0;
    if (kept < 0)
        return fail(call, -kept, "read process document from standard input");
    /* Sorting has left words behind the last one. */
    call->args[call->n_args] = NULL;
    options.args = (const char *const *)call->args + 1;
    options.env = env.items;
    options.capabilities = caps.items;
    int r = tare_container_exec(call->settings, call->args[0], &options, &status, call->error);
    return r < 0 ? -1 : status;
}
