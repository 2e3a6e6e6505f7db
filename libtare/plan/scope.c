/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "plan/planner.h"

/* The transient scope of systemd that a container lives in: its name and slice out of cgroupsPath
 * ("SLICE:PREFIX:NAME"), its properties out of what every scope has, the limits and the
 * annotations. Sources: systemd.unit(5), systemd.scope(5), org.freedesktop.systemd1(5). */

#define WHERE_PATH        "/linux/cgroupsPath"
#define ANNOTATION        "org.systemd.property."
#define SUBGROUP          "run.oci.systemd.subgroup"
#define SUBGROUP_DEFAULT  "container"
#define UNIT_NAME_MAX     255 /* of systemd, and of a directory */
#define PROPERTY_NAME_MIN 3

#define LETTERS         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define UNIT_CHARACTERS LETTERS "0123456789:-_.\\@"

/* ---- the name ---- */

/* What unit names cannot have becomes \xNN, as systemd-escape(1) writes it. */
static char *escape(struct arena *arena, const char *name)
{
    char *escaped = arena_alloc(arena, 4 * strlen(name) + 1);
    if (!escaped)
        return NULL;
    char *to = escaped;
    for (const char *c = name; *c; c++) {
        if (strchr(UNIT_CHARACTERS, *c))
            *to++ = *c;
        else
            to += snprintf(to, 5, "\\x%02x", (unsigned char)*c);
    }
    return escaped;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* "-.slice" is the root; in others each dash stands between two parts of the path. */
static bool is_slice(const char *name)
{
    size_t length = strlen(name);
    if (strcmp(name, "-.slice") == 0)
        return true;
    return ends_with(name, ".slice") && length <= UNIT_NAME_MAX &&
           strspn(name, UNIT_CHARACTERS) == length && name[0] != '-' && !strstr(name, "--") &&
           !strstr(name, "-.slice");
}

static int set_unit(struct planner *planner, struct plan_scope *scope, const char *prefix,
                    const char *name)
{
    const char *joined = *prefix ? arena_printf(planner->arena, "%s-%s", prefix, name) : name;
    const char *escaped = joined ? escape(planner->arena, joined) : NULL;
    scope->unit = escaped ? arena_printf(planner->arena, "%s.scope", escaped) : NULL;
    if (!scope->unit)
        return -ENOMEM;
    if (strlen(scope->unit) > UNIT_NAME_MAX)
        problem_config(&planner->problems, planner->plan->cgroup.path ? WHERE_PATH : "",
                       "the name of the scope would be longer than %d bytes: %s", UNIT_NAME_MAX,
                       scope->unit);
    return 0;
}

static int read_path(struct planner *planner, struct plan_scope *scope, const char *path)
{
    const char *first = strchr(path, ':');
    const char *second = first ? strchr(first + 1, ':') : NULL;
    if (!second || strchr(second + 1, ':')) {
        problem_config(&planner->problems, WHERE_PATH,
                       "\"%s\" is not of the form SLICE:PREFIX:NAME that the cgroup manager "
                       "systemd wants; a path goes with cgroupfs",
                       path);
        return 0;
    }
    const char *slice = arena_strndup(planner->arena, path, (size_t)(first - path));
    const char *prefix = arena_strndup(planner->arena, first + 1, (size_t)(second - first - 1));
    const char *name = second[1] ? second + 1 : planner->options->id;
    if (!slice || !prefix)
        return -ENOMEM;
    if (*slice && !is_slice(slice))
        problem_config(&planner->problems, WHERE_PATH,
                       "\"%s\" is not the name of a slice, such as user-jane.slice", slice);
    if (ends_with(name, ".slice"))
        problem_config(&planner->problems, WHERE_PATH,
                       "a container lives in a scope, and \"%s\" is the name of a slice", name);
    if (*slice)
        scope->slice = slice;
    return set_unit(planner, scope, prefix, name);
}

/* ---- properties ---- */

static int add(struct planner *planner, struct plan_scope *scope, size_t *capacity,
               struct plan_property property)
{
    struct plan_property *properties = arena_grow(planner->arena, scope->properties,
                                                  scope->n_properties, capacity, sizeof(property));
    if (!properties)
        return -ENOMEM;
    properties[scope->n_properties++] = property;
    scope->properties = properties;
    return 0;
}

static int add_basics(struct planner *planner, struct plan_scope *scope, size_t *capacity)
{
    const char *description = arena_printf(planner->arena, "container %s", planner->options->id);
    if (!description)
        return -ENOMEM;
    const struct plan_property basics[] = {
        {.name = "Description", .value = variant_text(description)},
        {.name = "Slice", .value = variant_text(scope->slice)},
        /* Below the scope the cgroups are ours, and all controllers are there. */
        {.name = "Delegate", .value = variant_bool(true)},
        /* Containers are stopped by their engine, and not all at once when the host goes down. */
        {.name = "DefaultDependencies", .value = variant_bool(false)},
        /* Nothing stays behind of a scope that failed, by the OOM killer for example. */
        {.name = "CollectMode", .value = variant_text("inactive-or-failed")},
        {.name = "CPUAccounting", .value = variant_bool(true)},
        {.name = "MemoryAccounting", .value = variant_bool(true)},
        {.name = "IOAccounting", .value = variant_bool(true)},
        {.name = "TasksAccounting", .value = variant_bool(true)},
    };
    for (size_t i = 0; i < ELEMENTSOF(basics); i++)
        if (add(planner, scope, capacity, basics[i]) < 0)
            return -ENOMEM;
    return 0;
}

/* Seconds, whole or not, as the microseconds that the bus speaks of. */
static bool to_microseconds(struct variant *value)
{
    const uint64_t second = 1000000;
    uint64_t number = value->number;
    char type = value->type[0];
    if (value->type[1] || !strchr("nqiuxtd", type))
        return false;
    if (type == 'd') {
        if (!(value->real >= 0 && value->real < (double)(UINT64_MAX / second)))
            return false;
        number = (uint64_t)(value->real * (double)second);
    } else if ((strchr("nix", type) && (int64_t)number < 0) || number > UINT64_MAX / second) {
        return false;
    } else {
        number *= second;
    }
    *value = variant_u64(number);
    return true;
}

/* "TimeoutStopSec" of unit files is "TimeoutStopUSec" on the bus; "...USec" is that already. */
static bool is_in_seconds(const char *name)
{
    size_t length = strlen(name);
    return ends_with(name, "Sec") && name[length - 4] >= 'a' && name[length - 4] <= 'z';
}

static int read_property(struct planner *planner, const char *name, const char *text,
                         struct plan_property *ret)
{
    struct problems *problems = &planner->problems;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    *ret = (struct plan_property){.name = name};
    const char *token = pointer_token(planner->arena, name);
    ret->where =
        token ? arena_printf(planner->arena, "/annotations/" ANNOTATION "%s", token) : NULL;
    if (!ret->where)
        return -ENOMEM;
    if (strlen(name) < PROPERTY_NAME_MIN || name[strspn(name, LETTERS)]) {
        problem_config(problems, ret->where,
                       "\"%s\" is not the name of a property: %d letters or more", name,
                       PROPERTY_NAME_MIN);
        return 0;
    }
    if (strcmp(name, "PIDs") == 0 || strcmp(name, "PIDFDs") == 0) {
        problem_config(problems, ret->where, "%s would move other processes into the container",
                       name);
        return 0;
    }
    int r = variant_parse(planner->arena, text, &ret->value, &err);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        problem_config(problems, ret->where, "value of the property %s: %s", name, err.text);
        return 0;
    }
    if (!is_in_seconds(name))
        return 0;
    ret->name = arena_printf(planner->arena, "%.*sUSec", (int)(strlen(name) - strlen("Sec")), name);
    if (!to_microseconds(&ret->value))
        problem_config(problems, ret->where, "\"%s\" is not a number of seconds", text);
    return ret->name ? 0 : -ENOMEM;
}

static int add_annotations(struct planner *planner, struct plan_scope *scope, size_t *capacity)
{
    const struct string_map *annotations = &planner->spec->annotations;
    for (size_t i = 0; i < annotations->n; i++) {
        const struct string_pair *pair = &annotations->items[i];
        if (strncmp(pair->key, ANNOTATION, strlen(ANNOTATION)) != 0)
            continue;
        struct plan_property property;
        if (read_property(planner, pair->key + strlen(ANNOTATION), pair->value, &property) < 0 ||
            add(planner, scope, capacity, property) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* ---- all of it ---- */

static void set_subgroup(struct planner *planner, struct plan_scope *scope)
{
    const struct string_map *annotations = &planner->spec->annotations;
    scope->subgroup = SUBGROUP_DEFAULT;
    for (size_t i = 0; i < annotations->n; i++)
        if (strcmp(annotations->items[i].key, SUBGROUP) == 0)
            scope->subgroup = annotations->items[i].value;
    const char *name = scope->subgroup;
    if (strchr(name, '/') || strchr(name, '\n') || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0 || strcmp(name, PLAN_SCOPE_HOLDER) == 0 ||
        strlen(name) > UNIT_NAME_MAX)
        problem_config(&planner->problems, "/annotations/" SUBGROUP,
                       "\"%s\" is not the name of a cgroup", name);
    if (!*name)
        scope->subgroup = NULL;
}

int plan_scope(struct planner *planner)
{
    struct plan_cgroup *plan = &planner->plan->cgroup;
    struct plan_scope *scope = ARENA_NEW(planner->arena, struct plan_scope);
    if (!scope)
        return -ENOMEM;
    scope->user = planner->facts->euid != 0 || planner->facts->in_user_namespace;
    scope->slice = scope->user ? "user.slice" : "system.slice";
    set_subgroup(planner, scope);
    int r = plan->path ? read_path(planner, scope, plan->path)
                       : set_unit(planner, scope, "tare", planner->options->id);
    size_t capacity = 0, n_limits;
    struct plan_property *limits;
    if (r == 0)
        r = add_basics(planner, scope, &capacity);
    if (r == 0)
        r = plan_scope_limits(planner->arena, plan, &limits, &n_limits);
    for (size_t i = 0; r == 0 && i < n_limits; i++)
        r = add(planner, scope, &capacity, limits[i]);
    /* Last, so that they win. */
    if (r == 0)
        r = add_annotations(planner, scope, &capacity);
    plan->scope = scope;
    return r;
}
