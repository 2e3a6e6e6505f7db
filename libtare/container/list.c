/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>

#include "base/fd.h"
#include "container/api.h"
#include "container/document.h"

struct ids {
    char **items;
    size_t n;
};

static void ids_release(struct ids *ids)
{
    for (size_t i = 0; i < ids->n; i++)
        free(ids->items[i]);
    free(ids->items);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int ids_add(struct ids *ids, const char *id)
{
    char **more = reallocarray(ids->items, ids->n + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    ids->items = more;
    more[ids->n] = strdup(id);
    if (!more[ids->n])
        return -ENOMEM;
    ids->n++;
    return 0;
}

static void close_listing(DIR **listing)
{
    if (*listing)
        closedir(*listing);
}

/* Names in the root that can be containers, sorted. No default root is no container. */
static int ids_read(struct ids *ids, const struct settings *settings, struct error *err)
{
    DIR *listing _cleanup_(close_listing) = opendir(settings->root);
    if (!listing && errno == ENOENT && !settings->root_chosen)
        return 0;
    if (!listing)
        return error_sys(err, errno, "read directory %s", settings->root);
    const struct dirent *entry;
    while ((entry = readdir(listing))) {
        bool directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
        if (directory && id_check(entry->d_name, NULL) == 0 && ids_add(ids, entry->d_name) < 0)
            return error_sys(err, ENOMEM, "read directory %s", settings->root);
    }
    if (ids->n > 0)
        qsort(ids->items, ids->n, sizeof(*ids->items), compare_ids);
    return 0;
}

/* From /etc/passwd alone: a name server is not asked for a table's last column. */
static void owner_name(uid_t uid, char *name, size_t size)
{
    snprintf(name, size, "%u", uid);
    FILE *file = fopen("/etc/passwd", "re");
    if (!file)
        return;
    char line[1024];
    struct passwd entry, *found;
    while (fgetpwent_r(file, &entry, line, sizeof(line), &found) == 0) {
        if (entry.pw_uid == uid) {
            snprintf(name, size, "%s", entry.pw_name);
            break;
        }
    }
    fclose(file);
}

/* One container as the caller sees it. 0 also when it is left out. */
static int tell(const struct settings *settings, const char *id,
                int (*each)(void *data, const struct tare_container *container), void *data)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct tare_container told = {.id = id};
    char owner[64] = "";

    int r = container_open(&container, &arena, settings, id, false, &err);
    const struct state *state = container.state;
    if (r == 0 && state)
        owner_name(state->owner, owner, sizeof(owner));
    if (r == 0)
        r = state_document(&container, &arena, id, owner, "", &told.state, &err);
    /* Deleted while we were reading. */
    if (r == -ENOENT && err.kind == ERROR_NOT_FOUND)
        return 0;
    if (r < 0) {
        error_wrap(&err, "container %s", id);
        warn_error(settings, &err);
        return 0;
    }
    told.pid = state && container.status != STATUS_STOPPED ? state->pid : 0;
    told.status = status_name(container.status);
    told.bundle = state ? state->bundle : "";
    told.created = container_created(&container, &arena);
    told.owner = state ? state->owner : 0;
    told.owner_name = owner;
    return each(data, &told);
}

int tare_container_list(const struct tare_settings *given,
                        int (*each)(void *data, const struct tare_container *container), void *data,
                        tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct ids ids _cleanup_(ids_release) = {0};
    struct settings settings;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = ids_read(&ids, &settings, err);
    for (size_t i = 0; r == 0 && i < ids.n; i++)
        r = tell(&settings, ids.items[i], each, data);
    return r;
}
