/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/id-maps.h"

#include <errno.h>
#include <stdint.h>

#include "base/fd.h"
#include "sandbox/hook.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int write_file(pid_t pid, const char *file, const char *text, const char *where,
                      struct error *err)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    int r = file_write(AT_FDCWD, path, text, strlen(text));
    if (r == 0)
        return 0;
    error_sys(err, -r, "write %s of the new user namespace", file);
    if (where)
        error_add_where(err, "%s", where);
    if (r == -EPERM)
        error_add_hint(err, "does the user namespace that tare runs in have all of these host ids? "
                            "Without privileges only one's own id can be mapped");
    else if (r == -EINVAL)
        error_add_hint(err, "the kernel takes 340 ranges that do not overlap");
    return r;
}

/* ---- helpers ---- */

/* The first executable of the name in PATH; NULL with errno. Relative entries mean nothing here. */
static char *find_helper(const char *name)
{
    const char *path = getenv("PATH");
    if (!path || !*path)
        path = PATH_DEFAULT;
    for (const char *entry = path; *entry; entry += *entry == ':') {
        size_t length = strcspn(entry, ":");
        char *found = NULL;
        if (*entry == '/' && asprintf(&found, "%.*s/%s", (int)length, entry, name) < 0)
            return NULL;
        if (found && faccessat(AT_FDCWD, found, X_OK, 0) == 0)
            return found;
        free(found);
        entry += length;
    }
    errno = ENOENT;
    return NULL;
}

/* NAME PID CONTAINER HOST SIZE ...; the words of `map` are cut out of it. */
static int run_helper(const char *helper, const char *name, pid_t pid, char *map, struct error *err)
{
    size_t n = 3;
    for (const char *c = map; *c; c++)
        n += *c == ' ' || *c == '\n';
    char number[16];
    snprintf(number, sizeof(number), "%d", (int)pid);
    _cleanup_(free_ptr) const char **args = calloc(n, sizeof(*args));
    if (!args)
        return error_sys(err, ENOMEM, "run %s", helper);
    args[0] = name;
    args[1] = number;
    size_t used = 2;
    for (char *word; (word = strsep(&map, " \n"));)
        if (*word)
            args[used++] = word;
    return program_run(helper, args, err);
}

static int write_by_helper(pid_t pid, const char *name, const char *file, const char *text,
                           const char *where, struct error *err)
{
    _cleanup_(free_ptr) char *helper = find_helper(name);
    _cleanup_(free_ptr) char *map = strdup(text);
    int r;
    if (!helper) {
        r = errno == ENOENT
                ? error_set(err, ENOENT, "%s, which this mapping takes, is not in PATH", name)
                : error_sys(err, errno, "find %s", name);
        error_add_hint(err, "install it (package uidmap or shadow-utils), or map one id, your own");
    } else if (!map) {
        r = error_sys(err, ENOMEM, "run %s", helper);
    } else {
        r = run_helper(helper, name, pid, map, err);
        if (r == 0)
            return 0;
        error_wrap(err, "%s", name);
        error_add_hint(err,
                       "are these host ids granted to you in /etc/%s, and is %s set-user-id root?",
                       file, helper);
    }
    if (where)
        error_add_where(err, "%s", where);
    return r;
}

/* ---- the maps ---- */

int id_maps_write(pid_t pid, const struct id_maps *maps, struct error *err)
{
    int r = maps->uids_by_helper
                ? write_by_helper(pid, "newuidmap", "subuid", maps->uids, maps->uids_where, err)
                : write_file(pid, "uid_map", maps->uids, maps->uids_where, err);
    if (r == 0 && maps->deny_setgroups)
        r = write_file(pid, "setgroups", "deny", maps->gids_where, err);
    if (r < 0)
        return r;
    return maps->gids_by_helper
               ? write_by_helper(pid, "newgidmap", "subgid", maps->gids, maps->gids_where, err)
               : write_file(pid, "gid_map", maps->gids, maps->gids_where, err);
}
