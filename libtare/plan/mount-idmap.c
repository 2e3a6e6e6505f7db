/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/parse.h"
#include "plan/planner.h"

/* Id-mapped mounts: whose mapping a mount gets (config-linux.md "Linux mount options", idmap).
 *
 * The mount's own uidMappings and gidMappings come first; then what follows "idmap=", a form of
 * crun's; then the container's user namespace. */

struct idmap_reader {
    struct planner *planner;
    const char *where; /* of the option */
    const char *text;  /* all that follows "idmap=" */
};

static int bad_option(const struct idmap_reader *reader)
{
    problem_config(&reader->planner->problems, reader->where,
                   "\"%s\" is no mapping: expected uids=ID-ID-SIZE#...;gids=ID-ID-SIZE#...",
                   reader->text);
    return -EINVAL;
}

/* A number up to the character `end`, which is skipped. */
static int read_number(const char **at, const char *end, uint32_t *ret)
{
    char digits[16];
    size_t length = strcspn(*at, end);
    if (length >= sizeof(digits))
        return -EINVAL;
    memcpy(digits, *at, length);
    digits[length] = '\0';
    *at += length;
    return parse_u32(digits, ret);
}

/* "@" in front of a range: its host id counts from where the container's user namespace has the
 * range's first id. */
static int make_relative(const struct idmap_reader *reader, const struct id_mapping_list *container,
                         struct id_mapping *entry)
{
    struct planner *planner = reader->planner;
    if (!planner_creates(planner, NAMESPACE_USER)) {
        problem_config(&planner->problems, reader->where,
                       "a mapping with @ is relative to a new user namespace, and "
                       "linux.namespaces has none");
        return -EINVAL;
    }
    for (size_t i = 0; i < container->n; i++) {
        const struct id_mapping *base = &container->items[i];
        if (entry->container_id < base->container_id ||
            entry->container_id - base->container_id >= base->size)
            continue;
        int64_t host = (int64_t)entry->host_id + base->host_id - base->container_id;
        if (host < 0 || host > UINT32_MAX)
            break;
        entry->host_id = (uint32_t)host;
        return 0;
    }
    problem_config(&planner->problems, reader->where,
                   "the id %u is not mapped in the container's user namespace",
                   entry->container_id);
    return -EINVAL;
}

static int read_ranges(const struct idmap_reader *reader, const char *text, size_t length,
                       const struct id_mapping_list *container, struct id_mapping_list *ret)
{
    struct arena *arena = reader->planner->arena;
    const char *at = arena_strndup(arena, text, length);
    size_t capacity = 0;
    if (!at)
        return -ENOMEM;
    while (*at) {
        struct id_mapping entry;
        bool relative = *at == '@';
        at += relative;
        if (read_number(&at, "-", &entry.container_id) < 0 || *at++ != '-' ||
            read_number(&at, "-", &entry.host_id) < 0 || *at++ != '-' ||
            read_number(&at, "#", &entry.size) < 0)
            return bad_option(reader);
        at += *at == '#';
        int r = relative ? make_relative(reader, container, &entry) : 0;
        if (r < 0)
            return r;
        ret->items = arena_grow(arena, ret->items, ret->n, &capacity, sizeof(*ret->items));
        if (!ret->items)
            return -ENOMEM;
        ret->items[ret->n++] = entry;
    }
    return 0;
}

/* What follows "idmap=". 0, -ENOMEM, or -EINVAL when the problem is known already. */
static int read_option(const struct idmap_reader *reader, struct id_mapping_list *uids,
                       struct id_mapping_list *gids)
{
    const struct linux_section *section = reader->planner->section;
    const char *at = reader->text;
    while (*at) {
        bool of_uids = strncmp(at, "uids=", 5) == 0;
        if (!of_uids && strncmp(at, "gids=", 5) != 0)
            return bad_option(reader);
        size_t length = strcspn(at, ";");
        int r = read_ranges(reader, at + 5, length - 5,
                            of_uids ? &section->uid_mappings : &section->gid_mappings,
                            of_uids ? uids : gids);
        if (r < 0)
            return r;
        at += length;
        at += *at == ';';
    }
    return uids->n > 0 && gids->n > 0 ? 0 : bad_option(reader);
}

static int use_own_mappings(struct planner *planner, const struct mount *mount,
                            struct plan_mount *plan)
{
    const char *uids = arena_printf(planner->arena, "%s/uidMappings", plan->where);
    const char *gids = arena_printf(planner->arena, "%s/gidMappings", plan->where);
    if (!uids || !gids)
        return -ENOMEM;
    if (mount->uid_mappings.n > 0 && mount->gid_mappings.n > 0)
        return plan_id_map(planner, &mount->uid_mappings, uids, true, &plan->idmap_uids) < 0 ||
                       plan_id_map(planner, &mount->gid_mappings, gids, true, &plan->idmap_gids) < 0
                   ? -ENOMEM
                   : 0;
    problem_config(&planner->problems, mount->uid_mappings.n > 0 ? uids : gids,
                   "uidMappings and gidMappings of a mount are given both or not at all");
    return 0;
}

static void use_container(struct planner *planner, const char *where, struct plan_mount *plan)
{
    const struct plan_namespaces *namespaces = &planner->plan->namespaces;
    if (planner_creates(planner, NAMESPACE_USER)) {
        plan->idmap_uids = namespaces->uid_map;
        plan->idmap_gids = namespaces->gid_map;
    } else if (planner_has(planner, NAMESPACE_USER)) {
        plan->idmap_container = true;
    } else {
        problem_config(&planner->problems, where,
                       "an id-mapped mount needs uidMappings and gidMappings: the container has no "
                       "user namespace whose mapping it could take");
    }
}

int plan_mount_idmap(struct planner *planner, const struct mount *mount, const char *option,
                     const char *where, struct plan_mount *plan)
{
    bool has_own = mount->uid_mappings.n > 0 || mount->gid_mappings.n > 0;
    if (!option && !has_own)
        return 0;
    if (plan->kind != MOUNT_BIND) {
        problem_unsupported(&planner->problems, option ? where : plan->where,
                            "only a bind mount can be id-mapped");
        return 0;
    }
    if (!planner_may(planner, CAP_SYS_ADMIN))
        problem_unsupported(&planner->problems, option ? where : plan->where,
                            "an id-mapped mount takes privileges over the filesystem of its source "
                            "(CAP_SYS_ADMIN)");
    const char *text = option ? strchr(option, '=') : NULL;
    struct idmap_reader reader = {planner, where, text ? text + 1 : NULL};
    struct id_mapping_list uids = {0}, gids = {0};
    int r = text ? read_option(&reader, &uids, &gids) : 0;
    if (r == -EINVAL)
        return 0;
    if (r == 0 && has_own)
        return use_own_mappings(planner, mount, plan);
    if (!text) {
        use_container(planner, where, plan);
        return 0;
    }
    if (r == 0)
        r = plan_id_map(planner, &uids, where, false, &plan->idmap_uids);
    return r < 0 ? r : plan_id_map(planner, &gids, where, false, &plan->idmap_gids);
}
