/* SPDX-License-Identifier: Apache-2.0 */
#include "container/host_mounts.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "checkpoint/mount_keys.h"
#include "sys/mount_api.h"
#include "sys/mount_table.h"

static int out_of_memory(struct error *err)
{
    return error_sys(err, ENOMEM, "name what is the host's");
}

/* What is behind the directory in a path below it, from its slash on; NULL when it is not below. */
static const char *path_below(const char *path, const char *directory)
{
    size_t n = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
    return strncmp(path, directory, n) == 0 && path[n] == '/' && path[n + 1] ? path + n : NULL;
}

static bool is_at_or_below(const char *path, const char *directory)
{
    return strcmp(path, directory) == 0 || strcmp(directory, "/") == 0 ||
           path_below(path, directory);
}

/* The recursive bind mount below which a place in the container is, the innermost one. */
static const struct plan_mount *find_bind(const struct migration *migration, int root,
                                          const char *place, const char **ret_rest)
{
    const struct plan_mount *bind = NULL;
    for (size_t i = 0; i < migration->plan->n_mounts; i++) {
        const struct plan_mount *mount = &migration->plan->mounts[i];
        if (mount->kind != MOUNT_BIND || !mount->recursive)
            continue;
        const char *rest = path_below(place, mount->target);
        if (!rest)
            rest = path_below(place, migration_resolve(migration, root, mount->target));
        if (rest && (!bind || strlen(rest) <= strlen(*ret_rest))) {
            bind = mount;
            *ret_rest = rest;
        }
    }
    return bind;
}

/* ---- checkpoint ---- */

/* The container's mounts and ours. */
struct view {
    struct mount_table inside, host;
};

static bool same_filesystem(const struct mount_entry *a, const struct mount_entry *b)
{
    return a->major == b->major && a->minor == b->minor;
}

static bool is_of_host(const struct view *view, const struct mount_entry *mount)
{
    for (size_t i = 0; i < view->host.n; i++)
        if (same_filesystem(&view->host.items[i], mount) &&
            is_at_or_below(mount->root, view->host.items[i].root))
            return true;
    return false;
}

/* CRIU can bind it from another mount of the container's, as one of its programs has done. Of two that are the same,
 * it does so with the second. */
static bool is_inside_too(const struct view *view, const struct mount_entry *mount)
{
    for (size_t i = 0; i < view->inside.n; i++) {
        const struct mount_entry *other = &view->inside.items[i];
        if (other != mount && same_filesystem(other, mount) &&
            is_at_or_below(mount->root, other->root) &&
            (strcmp(mount->root, other->root) != 0 || other < mount))
            return true;
    }
    return false;
}

/* The kernel has only one of it for everybody, or for each namespace, and CRIU mounts that. */
static bool is_kernels(const struct mount_entry *mount)
{
    static const char *const types[] = {"proc",       "sysfs",       "mqueue",  "devpts",
                                        "devtmpfs",   "binfmt_misc", "debugfs", "tracefs",
                                        "securityfs", "pstore",      "fusectl"};
    /* Its root is a path of cgroups. */
    if (strcmp(mount->fstype, "cgroup2") == 0)
        return true;
    for (size_t i = 0; i < ELEMENTSOF(types); i++)
        if (strcmp(mount->fstype, types[i]) == 0)
            return strcmp(mount->root, "/") == 0;
    return false;
}

/* Where a mount is on the host, when a recursive bind mount has brought it: NULL otherwise. */
static const char *place_on_host(const struct migration *migration, int root, const char *place)
{
    const char *rest;
    const struct plan_mount *bind = find_bind(migration, root, place, &rest);
    _cleanup_(free_ptr) char *source = bind ? realpath(bind->source, NULL) : NULL;
    if (!source)
        return NULL;
    return arena_printf(migration->arena, "%s%s", strcmp(source, "/") == 0 ? "" : source, rest);
}

static bool is_submount(const struct migration *migration, int root, const struct view *view,
                        const struct mount_entry *mount)
{
    const char *place = place_on_host(migration, root, mount->place);
    for (size_t i = 0; place && i < view->host.n; i++) {
        const struct mount_entry *other = &view->host.items[i];
        if (same_filesystem(mount, other) && strcmp(mount->root, other->root) == 0 &&
            strcmp(place, other->place) == 0)
            return true;
    }
    return false;
}

static bool is_named(const struct migration *migration, const char *key)
{
    const struct criu_pairs *pairs = &migration->options.mounts;
    for (size_t i = 0; i < pairs->n; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return true;
    return false;
}

/* The configuration has it made, whoever else has it mounted: CRIU knows best whether it can do so again. */
static bool is_made(const struct migration *migration, int root, const char *place)
{
    for (size_t i = 0; i < migration->plan->n_mounts; i++) {
        const struct plan_mount *mount = &migration->plan->mounts[i];
        if (mount->kind != MOUNT_BIND &&
            strcmp(migration_resolve(migration, root, mount->target), place) == 0)
            return true;
    }
    return false;
}

static int refuse(const struct mount_entry *mount, const char *what, struct error *err)
{
    int r = error_set(err, EOPNOTSUPP, "the mount at %s %s: CRIU cannot bring this back",
                      mount->place, what);
    error_set_kind(err, ERROR_UNSUPPORTED);
    return r;
}

static int name_mount(struct migration *migration, int root, const struct view *view,
                      const struct mount_entry *mount, struct error *err)
{
    if (mount->is_idmapped)
        return refuse(mount, "is id-mapped", err);
    if (strcmp(mount->place, "/") == 0 || is_named(migration, mount->place) ||
        is_made(migration, root, mount->place))
        return 0;
    const bool is_below = is_submount(migration, root, view, mount);
    /* The kernel does not let it bind the upper one alone: that would show what is below the other. */
    if (is_below && migration->plan->namespaces.create & CLONE_NEWUSER)
        return refuse(mount, "is on a bind mount, in a user namespace", err);
    if (!is_below && (is_kernels(mount) || !is_of_host(view, mount) || is_inside_too(view, mount)))
        return 0;
    return migration_add_mount(migration, mount->place, mount->place, err);
}

int host_mounts_name(struct migration *migration, int root, pid_t pid, struct error *err)
{
    char path[32];
    struct view view;
    snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
    int r = mount_table_read(migration->arena, path, &view.inside);
    if (r == 0)
        r = mount_table_read(migration->arena, "/proc/self/mountinfo", &view.host);
    if (r < 0)
        return error_sys(err, -r, "read the container's mounts");
    for (size_t i = 0; r == 0 && i < view.inside.n; i++)
        r = name_mount(migration, root, &view, &view.inside.items[i], err);
    return r;
}

/* ---- restore ---- */

static int no_source(const struct migration *migration, const char *key, struct error *err)
{
    int r = error_set(err, ENOENT, "the container had a mount of the host's at %s", key);
    error_add_hint(err, "the configuration has to have it, with its source; the images are in %s",
                   migration->images.path);
    return r;
}

/* crun masks directories with one that it has for that in its state directory; ours will do as well. */
static bool is_empty_directory(const char *key)
{
    static const char name[] = "/.empty-directory";
    size_t n = strlen(key);
    return n >= sizeof(name) - 1 && strcmp(key + n - (sizeof(name) - 1), name) == 0;
}

static int add_submount(struct migration *migration, int root, const struct home *home,
                        const char *key, struct error *err)
{
    struct migration_submount *items =
        arena_grow(migration->arena, migration->submounts, migration->n_submounts,
                   &migration->submounts_capacity, sizeof(*items));
    const char *place = arena_printf(migration->arena, "%s/" DIRECTORY_MOUNTS "/%zu", home->path,
                                     migration->n_submounts);
    if (!items || !place)
        return out_of_memory(err);
    migration->submounts = items;
    struct migration_submount *submount = &items[migration->n_submounts];
    const struct plan_mount *bind = find_bind(migration, root, key, &submount->rest);
    if (!bind && !is_empty_directory(key))
        return no_source(migration, key, err);
    submount->source = bind ? bind->source : NULL;
    submount->where = bind ? bind->where : NULL;
    migration->n_submounts++;
    return migration_add_mount(migration, key, place, err);
}

int host_mounts_find(struct migration *migration, int root, const struct home *home,
                     struct error *err)
{
    struct mount_keys keys = {.arena = migration->arena};
    int r = mount_keys_read(&keys, &migration->images, err);
    for (size_t i = 0; r == 0 && i < keys.n; i++)
        /* Others are CRIU's own. */
        if (keys.items[i][0] == '/' && !is_named(migration, keys.items[i]))
            r = add_submount(migration, root, home, keys.items[i], err);
    if (r < 0 || migration->n_submounts == 0)
        return r;
    if (mkdirat(home->fd, DIRECTORY_MOUNTS, 0700) < 0)
        return error_sys(err, errno, "make directory %s/" DIRECTORY_MOUNTS, home->path);
    return 0;
}

/* A directory or a file to mount on: NUMBER in the directory. */
static int open_place(int directory, size_t number, int tree, struct error *err)
{
    struct stat st;
    char name[32];
    snprintf(name, sizeof(name), "%zu", number);
    int r = fstat(tree, &st);
    if (r == 0)
        r = S_ISDIR(st.st_mode) ? mkdirat(directory, name, 0700)
                                : mknodat(directory, name, S_IFREG | 0600, 0);
    int fd = r < 0 ? -1 : openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? error_sys(err, errno, "make a place for it") : fd;
}

static int attach(const struct migration_submount *submount, int directory, size_t number,
                  struct error *err)
{
    if (!submount->source) {
        _cleanup_(close_fd) int empty = open_place(directory, number, directory, err);
        return empty < 0 ? empty : 0;
    }
    _cleanup_(close_fd) int source = open(submount->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (source < 0)
        return error_sys(err, errno, "open %s", submount->source);
    _cleanup_(close_fd) int found = open_in_root(source, submount->rest, O_PATH, 0);
    if (found < 0)
        return error_sys(err, -found, "open %s in %s", submount->rest, submount->source);
    _cleanup_(close_fd) int tree = sys_open_tree(found, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    if (tree < 0)
        return error_sys(err, -tree, "open_tree");
    _cleanup_(close_fd) int place = open_place(directory, number, tree, err);
    if (place < 0)
        return place;
    int r = sys_move_mount(tree, place);
    return r < 0 ? error_sys(err, -r, "attach it") : 0;
}

int host_mounts_attach(const struct migration *migration, const struct home *home,
                       struct error *err)
{
    if (migration->n_submounts == 0)
        return 0;
    const char *path = arena_printf(migration->arena, "%s/" DIRECTORY_MOUNTS, home->path);
    if (!path)
        return out_of_memory(err);
    if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
        return error_sys(err, errno, "mount a tmpfs on %s", path);
    _cleanup_(close_fd) int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return error_sys(err, errno, "open %s", path);
    for (size_t i = 0; i < migration->n_submounts; i++) {
        const struct migration_submount *submount = &migration->submounts[i];
        int r = attach(submount, directory, i, err);
        if (r < 0) {
            error_add_where(err, "%s", submount->where);
            return error_wrap(err, "bring back what was mounted at %s", submount->rest);
        }
    }
    return 0;
}

int host_mounts_settle(const struct migration *migration, const struct home *home,
                       struct error *err)
{
    if (migration->n_submounts == 0 || unlinkat(home->fd, DIRECTORY_MOUNTS, AT_REMOVEDIR) == 0)
        return 0;
    return error_sys(err, errno, "remove directory %s/" DIRECTORY_MOUNTS, home->path);
}
