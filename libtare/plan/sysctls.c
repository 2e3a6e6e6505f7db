/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "plan/planner.h"

/* The kernel parameters that belong to a namespace. All others are the host's. A name with a slash
 * at its end stands for everything below it. */
static const struct {
    const char *path;
    enum namespace_type type;
} namespaced[] = {
    {"kernel/msgmax", NAMESPACE_IPC},     {"kernel/msgmnb", NAMESPACE_IPC},
    {"kernel/msgmni", NAMESPACE_IPC},     {"kernel/sem", NAMESPACE_IPC},
    {"kernel/shmall", NAMESPACE_IPC},     {"kernel/shmmax", NAMESPACE_IPC},
    {"kernel/shmmni", NAMESPACE_IPC},     {"kernel/shm_rmid_forced", NAMESPACE_IPC},
    {"fs/mqueue/", NAMESPACE_IPC},        {"net/", NAMESPACE_NETWORK},
    {"kernel/domainname", NAMESPACE_UTS}, {"user/", NAMESPACE_USER},
};

/* "net.ipv4.conf.eth0/1.mtu" and "net/ipv4/conf/eth0.1/mtu" are the same: the first separator tells
 * which of the two divides, and the other one stands for itself (sysctl(8)). */
static char *sysctl_path(struct arena *arena, const char *key)
{
    char *path = arena_strdup(arena, key);
    if (!path)
        return NULL;
    const char *first = strpbrk(path, "./");
    if (!first || *first == '/')
        return path;
    for (char *c = path; *c; c++) {
        if (*c == '.')
            *c = '/';
        else if (*c == '/')
            *c = '.';
    }
    return path;
}

/* A namespace that was joined by the name of one's own is shared with the host all the same. */
static bool is_own(const char *path)
{
    return strncmp(path, "/proc/self/", 11) == 0 || strncmp(path, "/proc/thread-self/", 18) == 0;
}

static bool has_separate(const struct planner *planner, enum namespace_type type)
{
    const struct linux_section *section = planner->section;
    for (size_t i = 0; i < section->namespaces.n; i++) {
        const struct namespace_entry *entry = &section->namespaces.items[i];
        if (entry->type == type)
            return !entry->path || !is_own(entry->path);
    }
    return false;
}

static bool is_allowed(const struct planner *planner, const char *path)
{
    for (size_t i = 0; i < ELEMENTSOF(namespaced); i++) {
        const char *name = namespaced[i].path;
        size_t length = strlen(name);
        bool below = name[length - 1] == '/';
        if (below ? strncmp(path, name, length) == 0 : strcmp(path, name) == 0)
            return has_separate(planner, namespaced[i].type);
    }
    return false;
}

static int plan_sysctl(struct planner *planner, const struct string_pair *pair)
{
    struct plan *plan = planner->plan;
    const char *token = pointer_token(planner->arena, pair->key);
    const char *where = token ? arena_printf(planner->arena, "/linux/sysctl/%s", token) : NULL;
    const char *path = sysctl_path(planner->arena, pair->key);
    if (!where || !path)
        return -ENOMEM;

    if (strcmp(path, "kernel/hostname") == 0)
        problem_config(&planner->problems, where,
                       "sysctl \"%s\" is not allowed: the property \"hostname\" sets it",
                       pair->key);
    else if (!is_allowed(planner, path))
        problem_config(&planner->problems, where,
                       "sysctl \"%s\" is not in a separate kernel namespace", pair->key);
    else
        plan->sysctls[plan->n_sysctls++] =
            (struct plan_sysctl){.path = path, .value = pair->value, .where = where};
    return 0;
}

int plan_sysctls(struct planner *planner)
{
    const struct string_map *sysctl = &planner->section->sysctl;
    if (sysctl->n == 0)
        return 0;
    planner->plan->sysctls =
        arena_array(planner->arena, sysctl->n, sizeof(*planner->plan->sysctls));
    if (!planner->plan->sysctls)
        return -ENOMEM;
    for (size_t i = 0; i < sysctl->n; i++)
        if (plan_sysctl(planner, &sysctl->items[i]) < 0)
            return -ENOMEM;
    return 0;
}
