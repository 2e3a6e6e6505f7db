/* SPDX-License-Identifier: Apache-2.0 */
#include "container/migration.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/path.h"
#include "container/join.h"
#include "sys/mount_api.h"

#define CONFIG_ANNOTATION "org.criu.config"

void migration_release(struct migration *migration)
{
    criu_end(&migration->criu);
    images_release(&migration->images);
    /* The first ones are our own standard descriptors. */
    for (size_t i = IMAGES_STDIO; i < migration->n_fds; i++)
        close_fd(&migration->fds[i]);
}

/* ---- options ---- */

struct named {
    const char *name;
    int value;
};

static int find_name(const struct named *names, size_t n, const char *option, const char *text,
                     const char *hint, struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i].name, text) == 0)
            return names[i].value;
    int r = error_set(err, EINVAL, "invalid value \"%s\" of option %s", text, option);
    error_set_kind(err, ERROR_USAGE);
    error_add_hint(err, "%s", hint);
    return r;
}

int migration_set_modes(struct migration *migration, const char *cgroups_mode,
                        const char *network_lock, struct error *err)
{
    static const struct named modes[] = {
        {"soft", CRIU_CGROUPS_SOFT},
        {"full", CRIU_CGROUPS_FULL},
        {"strict", CRIU_CGROUPS_STRICT},
        {"ignore", CRIU_CGROUPS_IGNORE},
    };
    static const struct named locks[] = {
        {"iptables", CRIU_NETWORK_LOCK_IPTABLES},
        {"nftables", CRIU_NETWORK_LOCK_NFTABLES},
        {"skip", CRIU_NETWORK_LOCK_SKIP},
    };
    int mode = find_name(modes, ELEMENTSOF(modes), "--manage-cgroups-mode",
                         cgroups_mode ? cgroups_mode : "soft", "soft, full, strict or ignore", err);
    if (mode < 0)
        return mode;
    int lock = network_lock ? find_name(locks, ELEMENTSOF(locks), "--network-lock", network_lock,
                                        "iptables, nftables or skip", err)
                            : 0;
    if (lock < 0)
        return lock;
    migration->options.cgroups_mode = (enum criu_cgroups_mode)mode;
    migration->options.network_lock = (enum criu_network_lock)lock;
    return 0;
}

void migration_find_config(struct migration *migration)
{
    static const char *const files[] = {
        "/etc/criu/tare.conf",
        "/etc/criu/crun.conf",
        "/etc/criu/runc.conf",
    };
    const char *chosen = string_map_find(migration->plan->annotations, CONFIG_ANNOTATION);
    if (chosen) {
        migration->options.config_file = chosen[0] ? chosen : NULL;
        return;
    }
    struct stat st;
    for (size_t i = 0; i < ELEMENTSOF(files) && !migration->options.config_file; i++)
        if (stat(files[i], &st) == 0)
            migration->options.config_file = files[i];
}

/* ---- limits of CRIU ---- */

static int refuse(struct error *err, const char *where, const char *what)
{
    int r = error_set(err, EOPNOTSUPP, "%s: CRIU cannot bring this back", what);
    error_set_kind(err, ERROR_UNSUPPORTED);
    error_add_where(err, "%s", where);
    return r;
}

int migration_check(const struct plan *plan, struct error *err)
{
    if (!(plan->namespaces.create & CLONE_NEWNS))
        return refuse(err, "/linux/namespaces", "the container has no mount namespace of its own");
    for (size_t i = 0; i < plan->namespaces.n_joins; i++)
        if (plan->namespaces.joins[i].type == CLONE_NEWCGROUP)
            return refuse(err, plan->namespaces.joins[i].where,
                          "the cgroup namespace is shared with somebody");
    for (size_t i = 0; i < plan->n_mounts; i++) {
        const struct plan_mount *mount = &plan->mounts[i];
        if (mount->source_nofollow || mount->copy_symlink)
            return refuse(err, mount->where, "the source of the mount is not to be followed");
        if (mount->idmap_uids || mount->idmap_container)
            return refuse(err, mount->where, "the mount is id-mapped");
    }
    return 0;
}

int migration_check_version(const struct migration *migration, struct error *err)
{
    const struct criu_options *options = &migration->options;
    const struct {
        bool wanted;
        unsigned version;
        const char *what;
    } needs[] = {
        {options->lsm_profile, 31600, "--lsm-profile"},
        {options->lsm_mount_context, 31600, "--lsm-mount-context"},
        {options->network_lock, CRIU_VERSION_NETWORK_LOCK, "--network-lock"},
        {options->network_lock == CRIU_NETWORK_LOCK_SKIP, CRIU_VERSION_NETWORK_LOCK_SKIP,
         "--network-lock skip"},
    };
    for (size_t i = 0; i < ELEMENTSOF(needs); i++) {
        int r = needs[i].wanted
                    ? criu_require(&migration->criu, needs[i].version, needs[i].what, err)
                    : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- mounts ---- */

static int out_of_memory(struct error *err)
{
    return error_sys(err, ENOMEM, "name what is the host's");
}

static int add_pair(struct migration *migration, struct criu_pairs *pairs, const char *key,
                    const char *value, struct error *err)
{
    for (size_t i = 0; i < pairs->n; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return 0;
    struct criu_pair *items = arena_grow(migration->arena, pairs->items, pairs->n, &pairs->capacity,
                                         sizeof(*pairs->items));
    if (!items)
        return out_of_memory(err);
    pairs->items = items;
    pairs->items[pairs->n++] = (struct criu_pair){key, value};
    return 0;
}

/* The path that the kernel gives to what is open. */
static const char *path_of(struct arena *arena, int fd)
{
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path));
    return n <= 0 || n == sizeof(path) ? NULL : arena_strndup(arena, path, (size_t)n);
}

/* Where `path` leads to inside the root; itself when it is not there. `*ret_directory`: what it is. */
static const char *resolve(const struct migration *migration, int root, const char *path,
                           bool *ret_directory)
{
    _cleanup_(close_fd) int fd = open_in_root(root, path, O_PATH, 0);
    struct stat st;
    *ret_directory = fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    const char *found = fd < 0 ? NULL : path_of(migration->arena, fd);
    const char *prefix = path_of(migration->arena, root);
    if (!found || !prefix)
        return path;
    size_t n = strcmp(prefix, "/") == 0 ? 0 : strlen(prefix);
    return strncmp(found, prefix, n) == 0 && found[n] == '/' ? found + n : path;
}

const char *migration_resolve(const struct migration *migration, int root, const char *path)
{
    bool is_directory;
    return resolve(migration, root, path, &is_directory);
}

int migration_add_mount(struct migration *migration, const char *key, const char *value,
                        struct error *err)
{
    return add_pair(migration, &migration->options.mounts, key, value, err);
}

/* In the images, a mount has the name that the configuration has for its place, so that it is found whatever links
 * lead there; those of other runtimes have the place that they lead to. */
static int name_mount(struct migration *migration, int root, bool restore, const char *target,
                      const char *source, struct error *err)
{
    _cleanup_(free_ptr) char *clean = NULL;
    int r = path_clean(target, &clean);
    const char *name = r < 0 ? target : arena_strdup(migration->arena, clean);
    if (!name)
        return out_of_memory(err);
    bool is_directory;
    const char *place = resolve(migration, root, name, &is_directory);
    struct criu_pairs *pairs = &migration->options.mounts;
    if (!restore)
        return add_pair(migration, pairs, place, name, err);
    r = add_pair(migration, pairs, name, source, err);
    return r < 0 ? r : add_pair(migration, pairs, place, source, err);
}

/* Files are masked by a /dev/null; directories by a tmpfs, which is the container's. */
static int name_masks(struct migration *migration, int root, bool restore, struct error *err)
{
    const struct strings *masked = &migration->plan->masked_paths;
    struct criu_pairs *pairs = &migration->options.mounts;
    int r = restore ? add_pair(migration, pairs, "/dev/null", "/dev/null", err) : 0;
    for (size_t i = 0; r == 0 && i < masked->n; i++) {
        bool is_directory;
        const char *place = resolve(migration, root, masked->items[i], &is_directory);
        if (!is_directory)
            r = add_pair(migration, pairs, place, "/dev/null", err);
    }
    return r;
}

int migration_name_mounts(struct migration *migration, int root, bool restore, struct error *err)
{
    const struct plan *plan = migration->plan;
    int r = 0;
    for (size_t i = 0; r == 0 && i < plan->n_mounts; i++)
        if (plan->mounts[i].kind == MOUNT_BIND)
            r = name_mount(migration, root, restore, plan->mounts[i].target, plan->mounts[i].source,
                           err);
    /* In a user namespace, nodes are the host's. */
    for (size_t i = 0; r == 0 && i < plan->n_devices; i++)
        r = name_mount(migration, root, restore, plan->devices[i].path, plan->devices[i].path, err);
    return r < 0 ? r : name_masks(migration, root, restore, err);
}

/* ---- namespaces ---- */

/* Those that CRIU knows as external; others it joins by their files. The names are runc's and crun's. */
static const struct {
    int type;
    const char *name, *key; /* key NULL: joined */
} namespaces[] = {
    {CLONE_NEWNET, "net", "extRootNetNS"}, {CLONE_NEWPID, "pid", "extRootPidNS"},
    {CLONE_NEWIPC, "ipc", NULL},           {CLONE_NEWUTS, "uts", NULL},
    {CLONE_NEWTIME, "time", NULL},         {CLONE_NEWUSER, "user", NULL},
};

static int add_external(struct migration *migration, const char *external, struct error *err)
{
    if (!external)
        return out_of_memory(err);
    migration->external[migration->options.n_external++] = external;
    migration->options.external = migration->external;
    return 0;
}

int migration_name_namespaces(struct migration *migration, pid_t pid, struct error *err)
{
    for (size_t i = 0; i < ELEMENTSOF(namespaces); i++) {
        if (!namespaces[i].key || joins_find(&migration->plan->namespaces, namespaces[i].type) < 0)
            continue;
        char path[64];
        struct stat st;
        snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, namespaces[i].name);
        if (stat(path, &st) < 0)
            return error_sys(err, errno, "look at %s", path);
        int r = add_external(migration,
                             arena_printf(migration->arena, "%s[%ju]:%s", namespaces[i].name,
                                          (uintmax_t)st.st_ino, namespaces[i].key),
                             err);
        if (r < 0)
            return r;
    }
    return 0;
}

static void give_fd(struct migration *migration, const char *key, int fd)
{
    struct criu_options *options = &migration->options;
    migration->inherited[options->n_inherited++] =
        (struct criu_inherited){key, CRIU_FIRST_FD + (int)migration->n_fds};
    options->inherited = migration->inherited;
    migration->fds[migration->n_fds++] = fd;
}

int migration_open_namespaces(struct migration *migration, struct error *err)
{
    const struct plan_namespaces *plan = &migration->plan->namespaces;
    int fds[NAMESPACE_TYPES];
    int r = joins_open(plan, fds, err);
    for (size_t i = 0; r == 0 && i < ELEMENTSOF(namespaces); i++) {
        int join = joins_find(plan, namespaces[i].type);
        if (join < 0)
            continue;
        if (namespaces[i].key)
            give_fd(migration, namespaces[i].key, TAKE_FD(fds[join]));
        else
            r = add_pair(migration, &migration->options.join_namespaces, namespaces[i].name,
                         plan->joins[join].path, err);
    }
    joins_close(fds);
    return r;
}

/* ---- standard descriptors ---- */

/* Whether the mount on which an open file of the process is, is one of its own namespace. */
static bool is_inside(pid_t pid, int fd, unsigned *ret_mount)
{
    char path[64], line[32];
    _cleanup_(free_ptr) char *info = NULL;
    _cleanup_(free_ptr) char *mounts = NULL;
    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
    if (file_read(AT_FDCWD, path, 1 << 16, &info, NULL) < 0)
        return true;
    const char *found = strstr(info, "mnt_id:");
    if (!found || sscanf(found, "mnt_id: %u", ret_mount) != 1)
        return true;
    snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
    if (file_read(AT_FDCWD, path, 1 << 24, &mounts, NULL) < 0)
        return true;
    snprintf(line, sizeof(line), "\n%u ", *ret_mount);
    return strncmp(mounts, line + 1, strlen(line) - 1) == 0 || strstr(mounts, line);
}

/* CRIU's name for what the host's process that watches the container has given it. */
static int name_descriptor(struct migration *migration, pid_t pid, int fd, const char **ret,
                           struct error *err)
{
    char path[64], text[PATH_MAX];
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t n = readlink(path, text, sizeof(text) - 1);
    struct stat st;
    if (n < 0 || stat(path, &st) < 0)
        return 0; /* closed */
    text[n] = '\0';
    unsigned mount = 0;
    bool outside = (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)) && !is_inside(pid, fd, &mount);
    if (outside && S_ISCHR(st.st_mode) && st.st_rdev != makedev(1, 3))
        *ret = arena_printf(migration->arena, "tty[%jx:%jx]", (uintmax_t)st.st_rdev,
                            (uintmax_t)st.st_dev);
    else if (outside)
        *ret = arena_printf(migration->arena, "file[%x:%jx]", mount, (uintmax_t)st.st_ino);
    else
        *ret = arena_strdup(migration->arena, text);
    return !*ret ? out_of_memory(err) : outside ? add_external(migration, *ret, err) : 0;
}

int migration_name_stdio(struct migration *migration, pid_t pid, struct images_stdio *ret,
                         struct error *err)
{
    *ret = (struct images_stdio){0};
    for (int fd = 0; fd < IMAGES_STDIO; fd++) {
        int r = name_descriptor(migration, pid, fd, &ret->names[fd], err);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_given(const char *name)
{
    static const char *const kinds[] = {"pipe:[", "socket:[", "file[", "tty["};
    for (size_t i = 0; name && i < ELEMENTSOF(kinds); i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

int migration_give_stdio(struct migration *migration, struct error *err)
{
    struct images_stdio stdio;
    int r = images_read_stdio(&migration->images, migration->arena, &stdio, err);
    for (int fd = 0; r == 0 && fd < IMAGES_STDIO; fd++) {
        if (is_given(stdio.names[fd]))
            give_fd(migration, stdio.names[fd], fd);
        else
            migration->fds[migration->n_fds++] = fd;
    }
    return r;
}
