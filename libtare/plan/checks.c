/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/phrases.h"
#include "plan/planner.h"

/* What takes more than one property to judge, and the parts that are only checked. */

#define ID_MAX       1024
#define HOSTNAME_MAX 64 /* __NEW_UTS_LEN of the kernel */

int plan_check_id(const char *id, struct error *err)
{
    size_t length =
        id ? strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-") : 0;
    if (length == 0 || id[length] || length > ID_MAX || strcmp(id, ".") == 0 ||
        strcmp(id, "..") == 0) {
        int r = error_set(err, EINVAL, PHRASE_INVALID_ID);
        error_set_kind(err, ERROR_USAGE);
        error_add_hint(err, "1 to %d letters, digits and \"_+.-\", but not \".\" or \"..\"",
                       ID_MAX);
        return r;
    }
    return 0;
}

/* ---- namespaces ---- */

static void need(struct planner *planner, bool wanted, enum namespace_type type, const char *where,
                 const char *property, const char *name)
{
    if (wanted && !planner_has(planner, type) &&
        !(type == NAMESPACE_MOUNT && planner->plan->root.on_host))
        problem_config(&planner->problems, where, "%s needs a %s namespace in linux.namespaces",
                       property, name);
}

static void check_hostname(struct planner *planner, const char *name, const char *where)
{
    if (name && strlen(name) > HOSTNAME_MAX)
        problem_config(&planner->problems, where, "\"%s\" is longer than %d bytes", name,
                       HOSTNAME_MAX);
    need(planner, name != NULL, NAMESPACE_UTS, where, where + 1, "uts");
}

static void check_namespaces(struct planner *planner)
{
    const struct plan *plan = planner->plan;
    check_hostname(planner, plan->hostname, "/hostname");
    check_hostname(planner, plan->domainname, "/domainname");
    need(planner, plan->n_mounts > 0, NAMESPACE_MOUNT, "/mounts", "mounts", "mount");
    need(planner, plan->masked_paths.n > 0, NAMESPACE_MOUNT, "/linux/maskedPaths", "maskedPaths",
         "mount");
    need(planner, plan->readonly_paths.n > 0, NAMESPACE_MOUNT, "/linux/readonlyPaths",
         "readonlyPaths", "mount");
    need(planner, plan->root.readonly, NAMESPACE_MOUNT, "/root/readonly", "a read-only root",
         "mount");
    if (plan->root.propagation != 0 && !planner_has(planner, NAMESPACE_MOUNT))
        problem_config(&planner->problems, "/linux/rootfsPropagation",
                       "rootfsPropagation needs a mount namespace in linux.namespaces");
}

/* ---- paths ---- */

/* The root cannot be covered by a mount: its processes stand below that. A read-only root is one of its
 * own; there is no other root to be masked with. */
static int check_root_paths(struct planner *planner)
{
    struct plan *plan = planner->plan;
    size_t n = 0;
    for (size_t i = 0; i < plan->readonly_paths.n; i++) {
        const char *path = plan->readonly_paths.items[i];
        if (paths_equal(path, "/"))
            plan->root.readonly = true;
        else
            plan->readonly_paths.items[n++] = path;
    }
    plan->readonly_paths.n = n;
    for (size_t i = 0; i < plan->masked_paths.n; i++) {
        if (!paths_equal(plan->masked_paths.items[i], "/"))
            continue;
        const char *where = arena_printf(planner->arena, "/linux/maskedPaths/%zu", i);
        if (!where)
            return -ENOMEM;
        problem_config(&planner->problems, where, "the root itself cannot be masked");
    }
    return 0;
}

/* The list without the entries that name a path again. */
static int unique_paths(struct planner *planner, const struct strings *list, const char *key,
                        struct strings *ret)
{
    ret->items = arena_array(planner->arena, list->n + 1, sizeof(*ret->items));
    if (!ret->items)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        const char *path = list->items[i];
        if (path[0] != '/') {
            const char *where = arena_printf(planner->arena, "/linux/%s/%zu", key, i);
            if (!where)
                return -ENOMEM;
            problem_config(&planner->problems, where, "\"%s\" is not an absolute path", path);
        }
        bool known = false;
        for (size_t j = 0; j < ret->n && !known; j++)
            known = paths_equal(ret->items[j], path);
        if (!known)
            ret->items[ret->n++] = path;
    }
    ret->set = list->set;
    return 0;
}

/* ---- terminal ---- */

void plan_check_terminal(struct planner *planner)
{
    const struct plan_options *options = planner->options;
    bool terminal = planner->plan->process.terminal;
    if (terminal && !options->foreground && !options->has_console_socket)
        problem_config(&planner->problems, "/process/terminal", PHRASE_TERMINAL_DETACHED);
    if (options->has_console_socket && (options->foreground || !terminal))
        problem_config(&planner->problems, "/process/terminal", PHRASE_CONSOLE_UNUSED);
}

/* ---- annotations ---- */

static void check_annotations(struct planner *planner)
{
    static const char *const files[] = {"run.oci.hooks.stdout", "run.oci.hooks.stderr"};
    static const struct {
        const char *key, *where, *text;
    } refused[] = {
        {"run.oci.handler", "/annotations/run.oci.handler",
         "there are no handlers: programs are executed by the kernel"},
        {"run.oci.systemd.force_cgroup_v1", "/annotations/run.oci.systemd.force_cgroup_v1",
         "cgroup v1 is not supported"},
    };
    for (size_t i = 0; i < ELEMENTSOF(files); i++) {
        const char *path = planner_annotation(planner, files[i]);
        char where[64];
        snprintf(where, sizeof(where), "/annotations/%s", files[i]);
        if (path && !path[0])
            problem_config(&planner->problems, where, "the name of a file is wanted");
    }
    for (size_t i = 0; i < ELEMENTSOF(refused); i++)
        if (planner_annotation(planner, refused[i].key))
            problem_unsupported(&planner->problems, refused[i].where, "%s", refused[i].text);
    const char *receiver = planner_annotation(planner, "run.oci.pidfd_receiver");
    if (receiver && receiver[0] != '/')
        problem_config(&planner->problems, "/annotations/run.oci.pidfd_receiver",
                       "\"%s\" is not an absolute path", receiver);
}

/* ---- all of them ---- */

static void check_id(struct planner *planner)
{
    _cleanup_(error_release) struct error err = ERROR_INIT;
    if (plan_check_id(planner->options->id, &err) < 0)
        problem_config(&planner->problems, "", "%s", err.text);
}

int plan_checks(struct planner *planner)
{
    const struct linux_section *section = planner->section;
    if (unique_paths(planner, &section->masked_paths, "maskedPaths", &planner->plan->masked_paths) <
            0 ||
        unique_paths(planner, &section->readonly_paths, "readonlyPaths",
                     &planner->plan->readonly_paths) < 0 ||
        check_root_paths(planner) < 0)
        return -ENOMEM;
    check_id(planner);
    check_namespaces(planner);
    plan_check_terminal(planner);
    check_annotations(planner);
    return 0;
}
