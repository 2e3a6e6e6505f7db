/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/planner.h"

#define PATH_DEFAULT  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define UMASK_DEFAULT 0022     /* what engines expect of a configuration that names none */
#define FDS_LIMIT     1048576u /* of /proc/sys/fs/nr_open, as the kernel sets it */
#define LISTEN_FDS    "LISTEN_FDS="
#define LISTEN_PID    "LISTEN_PID="
#define NOTIFY_SOCKET "NOTIFY_SOCKET="

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Entries by name, and of one name by their place in the list. */
static int compare_entries(const void *a, const void *b)
{
    const char *const *one = *(const char *const *const *)a;
    const char *const *other = *(const char *const *const *)b;
    size_t length = strcspn(*one, "="), other_length = strcspn(*other, "=");
    int r = memcmp(*one, *other, length < other_length ? length : other_length);
    if (r == 0 && length != other_length)
        r = length < other_length ? -1 : 1;
    return r != 0 ? r : one < other ? -1 : 1;
}

static bool same_name(const char *entry, const char *other)
{
    size_t length = strcspn(entry, "=");
    return strncmp(entry, other, length) == 0 && (other[length] == '=' || !other[length]);
}

/* Of several entries with one name the last one stays, as in other runtimes: programs would take the first
 * or the last of them, each as it likes (environ(7)). */
static int drop_repeated(struct planner *planner, const char **env, size_t *n)
{
    const char ***sorted = arena_array(planner->arena, *n + 1, sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < *n; i++)
        sorted[i] = &env[i];
    qsort(sorted, *n, sizeof(*sorted), compare_entries);
    bool repeated = false;
    for (size_t i = 1; i < *n; i++) {
        if (!same_name(*sorted[i - 1], *sorted[i]))
            continue;
        *sorted[i - 1] = NULL;
        repeated = true;
    }
    size_t kept = 0;
    for (size_t i = 0; repeated && i < *n; i++)
        if (env[i])
            env[kept++] = env[i];
    if (repeated)
        *n = kept;
    return 0;
}

/* The environment is handed on as it is listed, but for names that are repeated, and for an empty HOME,
 * which counts as none: engines write it and expect the one of /etc/passwd. The descriptors of a socket
 * activation are announced as sd_listen_fds(3) wants it; the init is pid 1 in the namespaces that this is
 * used with. */
static int plan_environment(struct planner *planner, const struct process *process)
{
    struct plan_process *plan = &planner->plan->process;
    bool listens = planner->options->listen_fds > 0;
    const char **env = arena_array(planner->arena, process->env.n + 4, sizeof(*env));
    if (!env)
        return -ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < process->env.n; i++) {
        const char *entry = process->env.items[i];
        if (listens && (starts_with(entry, LISTEN_FDS) || starts_with(entry, LISTEN_PID)))
            continue;
        if (planner->options->notify && starts_with(entry, NOTIFY_SOCKET))
            continue;
        env[n++] = entry;
    }
    if (drop_repeated(planner, env, &n) < 0)
        return -ENOMEM;
    plan->add_home = true;
    plan->search_path = PATH_DEFAULT;
    size_t listed = n;
    n = 0;
    for (size_t i = 0; i < listed; i++) {
        if (strcmp(env[i], "HOME=") == 0)
            continue;
        if (starts_with(env[i], "HOME="))
            plan->add_home = false;
        if (starts_with(env[i], "PATH="))
            plan->search_path = env[i] + strlen("PATH=");
        env[n++] = env[i];
    }
    if (listens) {
        env[n] = arena_printf(planner->arena, LISTEN_FDS "%u", planner->options->listen_fds);
        if (!env[n++])
            return -ENOMEM;
        env[n++] = LISTEN_PID "1";
    }
    if (planner->options->notify)
        env[n++] = NOTIFY_SOCKET PLAN_NOTIFY_TARGET "/notify.sock";
    env[n] = NULL;
    plan->env = (const char *const *)env;
    return 0;
}

static void check_mapped(struct planner *planner, const struct id_mapping_list *list, uint32_t id,
                         const char *where, const char *what)
{
    if (!planner_maps(planner, list, id))
        problem_config(&planner->problems, where, "%s %u is not mapped in the user namespace", what,
                       id);
}

static int plan_user(struct planner *planner, const struct user *user)
{
    struct plan_process *plan = &planner->plan->process;
    const struct linux_section *section = planner->section;
    plan->uid = user->uid;
    plan->gid = user->gid;
    plan->umask = user->umask.set ? user->umask.value : UMASK_DEFAULT;
    _Static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups are handed on as they were parsed");
    plan->groups = user->additional_gids.items;
    plan->n_groups = user->additional_gids.n;

    check_mapped(planner, &section->uid_mappings, user->uid, "/process/user/uid", "uid");
    check_mapped(planner, &section->gid_mappings, user->gid, "/process/user/gid", "gid");
    for (size_t i = 0; i < user->additional_gids.n; i++) {
        const char *where = arena_printf(planner->arena, "/process/user/additionalGids/%zu", i);
        if (!where)
            return -ENOMEM;
        check_mapped(planner, &section->gid_mappings, user->additional_gids.items[i], where, "gid");
    }

    plan->keep_groups = planner->plan->namespaces.deny_setgroups;
    if (plan->keep_groups && plan->n_groups > 0)
        problem_config(
            &planner->problems, "/process/user/additionalGids",
            "additional groups cannot be set in a user namespace that an unprivileged user made");
    plan->keep_groups |= planner_annotation_is_on(planner, "run.oci.keep_original_groups");
    return 0;
}

static int plan_rlimits(struct planner *planner, const struct process *process)
{
    struct plan_process *plan = &planner->plan->process;
    size_t n = process->rlimits.n;
    if (n == 0)
        return 0;
    plan->rlimits = arena_array(planner->arena, n, sizeof(*plan->rlimits));
    if (!plan->rlimits)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct rlimit_entry *entry = &process->rlimits.items[i];
        if (entry->soft > entry->hard) {
            const char *where = arena_printf(planner->arena, "/process/rlimits/%zu/soft", i);
            if (!where)
                return -ENOMEM;
            problem_config(&planner->problems, where,
                           "the soft limit, %llu, is above the hard limit, %llu",
                           (unsigned long long)entry->soft, (unsigned long long)entry->hard);
        }
        plan->rlimits[i] = (struct plan_rlimit){
            .resource = entry->type, .limit = {.rlim_cur = entry->soft, .rlim_max = entry->hard}};
    }
    plan->n_rlimits = n;
    return 0;
}

static void plan_terminal(struct planner *planner, const struct process *process)
{
    struct plan_process *plan = &planner->plan->process;
    plan->terminal = process->terminal;
    const struct console_size *size = process->console_size;
    if (!process->terminal || !size)
        return;
    if (size->height > UINT16_MAX || size->width > UINT16_MAX) {
        problem_config(&planner->problems, "/process/consoleSize",
                       "a terminal has at most %d rows and columns", UINT16_MAX);
        return;
    }
    plan->rows = (uint16_t)size->height;
    plan->columns = (uint16_t)size->width;
}

int plan_process(struct planner *planner)
{
    const struct process *process = planner->spec->process;
    struct plan_process *plan = &planner->plan->process;
    const struct plan_options *options = planner->options;
    if (options->listen_fds > FDS_LIMIT || options->preserve_fds > FDS_LIMIT)
        problem_config(&planner->problems,
                       options->listen_fds > FDS_LIMIT ? "LISTEN_FDS" : "--preserve-fds",
                       "no process has more than %u descriptors", FDS_LIMIT);
    else
        plan->preserve_fds = options->listen_fds + options->preserve_fds;
    if (!process)
        return 0;

    planner->plan->has_process = true;
    plan->args = (const char *const *)process->args.items;
    plan->cwd = process->cwd;
    plan->no_new_privileges = process->no_new_privileges;
    plan->oom_score_adj = process->oom_score_adj;
    plan->personality = planner->section->personality;
    if (process->args.n == 0)
        problem_config(&planner->problems, "/process/args", "args must not be empty");
    if (plan->personality && plan->personality->flags.n > 0)
        problem_config(&planner->problems, "/linux/personality/flags",
                       "no flag of a personality is known: \"%s\"",
                       plan->personality->flags.items[0]);
    plan_terminal(planner, process);
    if (plan_environment(planner, process) < 0 || plan_user(planner, &process->user) < 0 ||
        plan_scheduling(planner, process) < 0)
        return -ENOMEM;
    return plan_rlimits(planner, process);
}
