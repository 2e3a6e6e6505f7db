/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "plan/planner.h"

static int add_text(struct planner *planner, struct strings *list, size_t *capacity,
                    const char *text)
{
    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], text) == 0)
            return 0;

    /* One more than needed, so that items[n] stays NULL. */
    size_t used = list->n > 0 ? list->n + 1 : 0;
    const char **items = arena_grow(planner->arena, list->items, used, capacity, sizeof(*items));
    if (!items)
        return -ENOMEM;
    items[list->n++] = text;
    items[list->n] = NULL;
    list->items = items;
    list->set = true;
    return 0;
}

int planner_warn(struct planner *planner, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(planner->arena, format, args);
    va_end(args);
    return add_text(planner, &planner->plan->warnings, &planner->warnings_capacity, text);
}

int planner_note(struct planner *planner, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(planner->arena, format, args);
    va_end(args);
    return add_text(planner, &planner->plan->notes, &planner->notes_capacity, text);
}

const char *planner_annotation(const struct planner *planner, const char *key)
{
    return string_map_find(&planner->spec->annotations, key);
}

bool planner_annotation_is_on(struct planner *planner, const char *key)
{
    const char *value = planner_annotation(planner, key);
    if (!value || strcmp(value, "0") == 0 || strcmp(value, "false") == 0)
        return false;
    if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
        return true;
    char where[256];
    snprintf(where, sizeof(where), "/annotations/%s", key);
    problem_config(&planner->problems, where, "\"%s\" is neither \"1\" nor \"0\"", value);
    return false;
}

bool planner_has(const struct planner *planner, enum namespace_type type)
{
    return planner->namespaces & (1u << type);
}

bool planner_may(const struct planner *planner, int capability)
{
    return planner->facts->cap_effective & UINT64_C(1) << capability;
}

bool planner_maps(const struct planner *planner, const struct id_mapping_list *list, uint32_t id)
{
    if (!planner_creates(planner, NAMESPACE_USER) || list->n == 0)
        return true;
    for (size_t i = 0; i < list->n; i++)
        if (id >= list->items[i].container_id &&
            id - list->items[i].container_id < list->items[i].size)
            return true;
    return false;
}

const char *pointer_token(struct arena *arena, const char *key)
{
    size_t escapes = 0;
    for (const char *c = key; *c; c++)
        escapes += *c == '/' || *c == '~';
    if (escapes == 0)
        return key;

    char *token = arena_alloc(arena, strlen(key) + escapes + 1);
    if (!token)
        return NULL;
    char *to = token;
    for (const char *c = key; *c; c++) {
        if (*c == '/' || *c == '~') {
            *to++ = '~';
            *to++ = *c == '/' ? '1' : '0';
        } else {
            *to++ = *c;
        }
    }
    return token;
}

int plan_make(struct arena *arena, const struct spec *spec, const struct plan_options *options,
              const struct host_facts *facts, struct plan **ret, struct error *err)
{
    static const struct linux_section no_section;
    static const struct hooks no_hooks;
    static int (*const steps[])(struct planner *) = {
        plan_namespaces, plan_root,        plan_mounts,       plan_devices, plan_sysctls,
        plan_process,    plan_labels,      plan_capabilities, plan_cgroup,  plan_checks,
        plan_resctrl,    plan_net_devices, plan_seccomp,
    };

    struct plan *plan = ARENA_NEW(arena, struct plan);
    if (!plan)
        return error_sys(err, ENOMEM, "plan the container");
    struct planner planner = {
        .arena = arena,
        .spec = spec,
        .section = spec->linux_section ? spec->linux_section : &no_section,
        .options = options,
        .facts = facts,
        .plan = plan,
        .problems = {.err = err},
    };

    plan->id = options->id;
    plan->bundle = options->bundle;
    plan->hooks = spec->hooks ? spec->hooks : &no_hooks;
    plan->annotations = &spec->annotations;
    /* An empty name is none, as in other runtimes. */
    plan->hostname = spec->hostname && *spec->hostname ? spec->hostname : NULL;
    plan->domainname = spec->domainname && *spec->domainname ? spec->domainname : NULL;
    plan->seccomp = planner.section->seccomp;
    plan->new_keyring = !options->no_new_keyring;

    for (size_t i = 0; i < ELEMENTSOF(steps); i++)
        if (steps[i](&planner) < 0)
            return error_sys(err, ENOMEM, "plan the container");
    if (planner.problems.n > 0)
        return problems_result(&planner.problems);
    *ret = plan;
    return 0;
}
