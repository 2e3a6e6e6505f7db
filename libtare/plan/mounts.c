/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/parse.h"
#include "plan/mount-options.h"
#include "plan/planner.h"

/* Flags of a superblock that config.json can name, and what fsconfig(2) calls them. */
static const struct superblock_flag {
    unsigned long flag;
    const char *set, *clear;
} superblock_flags[] = {
    {MS_RDONLY, "ro", "rw"},         {MS_SYNCHRONOUS, "sync", "async"},
    {MS_DIRSYNC, "dirsync", NULL},   {MS_LAZYTIME, "lazytime", "nolazytime"},
    {MS_MANDLOCK, "mand", "nomand"},
};

/* One mount while its options are read. */
struct mount_reader {
    struct planner *planner;
    const struct mount *mount;
    struct plan_mount *plan;
    size_t capacity; /* of plan->fs_options */
    size_t option;   /* the one that is being read */
    bool out_of_memory;
    bool bind; /* bind or rbind is among the options: also of a remount */
    unsigned long superblock_set, superblock_clear;
    const char *superblock_where[ELEMENTSOF(superblock_flags)];
    const char *idmap, *idmap_where; /* the option idmap or ridmap, and where it is */
};

/* Filesystems without a device of their own. A mount of one may share its superblock with the
 * host's (proc of the same pid namespace, sysfs, cgroup2, ...), so that "ro" stays with the mount;
 * for the others the mount's flag has the same effect. Filesystems on a device get both, or a
 * read-only device could not be mounted. */
static bool is_virtual_filesystem(const char *fstype)
{
    static const char *const names[] = {
        "proc",      "sysfs",       "tmpfs",      "devpts",   "mqueue",    "cgroup",
        "cgroup2",   "ramfs",       "devtmpfs",   "debugfs",  "tracefs",   "securityfs",
        "configfs",  "bpf",         "pstore",     "efivarfs", "hugetlbfs", "fusectl",
        "selinuxfs", "binfmt_misc", "rpc_pipefs", "nfsd",     "resctrl",
    };
    for (size_t i = 0; i < ELEMENTSOF(names); i++)
        if (strcmp(fstype, names[i]) == 0)
            return true;
    return false;
}

/* The pointer of the option that is being read. Most are never asked for theirs. */
static const char *option_place(struct mount_reader *reader)
{
    const char *where =
        arena_printf(reader->planner->arena, "%s/options/%zu", reader->plan->where, reader->option);
    reader->out_of_memory |= !where;
    return where ? where : "";
}

static int add_fs_option(struct mount_reader *reader, const char *key, const char *value,
                         const char *where)
{
    struct plan_mount *plan = reader->plan;
    struct plan_fs_option *options =
        arena_grow(reader->planner->arena, plan->fs_options, plan->n_fs_options, &reader->capacity,
                   sizeof(*options));
    if (!options)
        return -ENOMEM;
    options[plan->n_fs_options++] =
        (struct plan_fs_option){.key = key, .value = value, .where = where};
    plan->fs_options = options;
    return 0;
}

/* Data that engines and test suites hand to bind mounts, although it can have no effect there. */
static bool is_harmless_on_bind(const char *option)
{
    static const char *const keys[] = {
        "mode=", "size=", "uid=", "gid=", "nr_inodes=", "nr_blocks="};
    for (size_t i = 0; i < ELEMENTSOF(keys); i++)
        if (strncmp(option, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

/* An owner of a new filesystem that the user namespace does not have. */
static void check_owner(struct mount_reader *reader, const char *key, const char *value,
                        const char *where)
{
    struct planner *planner = reader->planner;
    const struct linux_section *section = planner->section;
    bool of_user = strcmp(key, "uid") == 0;
    uint32_t id;
    if ((!of_user && strcmp(key, "gid") != 0) || !value || parse_u32(value, &id) < 0)
        return;
    if (!planner_maps(planner, of_user ? &section->uid_mappings : &section->gid_mappings, id))
        problem_config(&planner->problems, where, "%s %u is not mapped in the user namespace", key,
                       id);
}

static size_t option_length(const struct plan_mount *plan, const char *option)
{
    bool escapes = plan->fstype && strcmp(plan->fstype, "overlay") == 0;
    bool quoted = false;
    size_t length = 0;
    for (; option[length] && (quoted || option[length] != ','); length++) {
        quoted ^= option[length] == '"';
        if (escapes && option[length] == '\\' && option[length + 1])
            length++;
    }
    return length;
}

/* Options for the filesystem. mount(2) takes them joined by commas, so that a comma inside of one
 * divides it; within double quotes (SELinux contexts) it does not, and of an overlay not behind a
 * backslash, which overlayfs takes away itself. */
static int read_fs_data(struct mount_reader *reader, const char *option)
{
    const char *where = option_place(reader);
    struct arena *arena = reader->planner->arena;
    while (*option) {
        size_t length = option_length(reader->plan, option);
        if (length > 0) {
            char *key = arena_strndup(arena, option, length);
            if (!key)
                return -ENOMEM;
            char *value = strchr(key, '=');
            if (value)
                *value++ = '\0';
            check_owner(reader, key, value, where);
            if (add_fs_option(reader, key, value, where) < 0)
                return -ENOMEM;
        }
        option += length;
        option += *option == ',';
    }
    return 0;
}

static int read_unknown(struct mount_reader *reader, const char *option)
{
    /* Engines that join options leave empty ones behind. */
    if (!*option || mount_option_is_for_mount8(option))
        return 0;
    if (!reader->bind)
        return read_fs_data(reader, option);
    const char *where = option_place(reader);
    if (is_harmless_on_bind(option))
        return planner_warn(reader->planner, "%s: \"%s\" has no effect on a bind mount", where,
                            option);
    problem_config(&reader->planner->problems, where, "\"%s\" is not an option of a bind mount",
                   option);
    return 0;
}

static void read_propagation(struct mount_reader *reader, unsigned long flags)
{
    struct plan_mount *plan = reader->plan;
    if (plan->n_propagation > 0 && plan->propagation[plan->n_propagation - 1] == flags)
        return;
    if (plan->n_propagation == ELEMENTSOF(plan->propagation)) {
        problem_config(&reader->planner->problems, option_place(reader),
                       "more than %zu changes of propagation", ELEMENTSOF(plan->propagation));
        return;
    }
    plan->propagation[plan->n_propagation++] = flags;
}

/* Choose an access-time mode. The modes are an enumeration inside the flags: changing it means to
 * clear all of its bits (mount_setattr(2)). */
static void read_atime(const struct mount_option *option, uint64_t *set, uint64_t *clear)
{
    bool chosen = *clear & MOUNT_ATTR__ATIME;
    uint64_t mode = option->attr;
    if (option->kind == OPTION_NOT_ATIME) {
        if (chosen && (*set & MOUNT_ATTR__ATIME) != option->attr)
            return;
        mode = MOUNT_ATTR_RELATIME;
    }
    *clear |= MOUNT_ATTR__ATIME;
    *set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | mode;
}

static void read_flag(struct mount_reader *reader, const struct mount_option *option)
{
    struct plan_mount *plan = reader->plan;
    uint64_t *set = option->recursive ? &plan->tree_attr_set : &plan->attr_set;
    uint64_t *clear = option->recursive ? &plan->tree_attr_clear : &plan->attr_clear;

    if (option->kind == OPTION_ATIME || option->kind == OPTION_NOT_ATIME) {
        read_atime(option, set, clear);
        return;
    }
    /* The later one of two opposites holds. */
    if (option->kind == OPTION_SET) {
        *set |= option->attr;
        *clear &= ~option->attr;
        reader->superblock_set |= option->superblock;
        reader->superblock_clear &= ~option->superblock;
    } else {
        *clear |= option->attr;
        *set &= ~option->attr;
        reader->superblock_clear |= option->superblock;
        reader->superblock_set &= ~option->superblock;
    }
    for (size_t i = 0; i < ELEMENTSOF(superblock_flags); i++)
        if (option->superblock & superblock_flags[i].flag)
            reader->superblock_where[i] = option_place(reader);
}

/* Options that say how the two ends of a mount are treated. */
static void read_extension(struct mount_reader *reader, const struct mount_option *option)
{
    struct plan_mount *plan = reader->plan;
    bool of_tmpfs = option->kind == OPTION_TMPCOPYUP;
    bool is_tmpfs =
        plan->kind == MOUNT_FILESYSTEM && plan->fstype && strcmp(plan->fstype, "tmpfs") == 0;
    if (of_tmpfs ? !is_tmpfs : option->kind != OPTION_TARGET_NOFOLLOW && plan->kind != MOUNT_BIND) {
        problem_config(&reader->planner->problems, option_place(reader),
                       "\"%s\" is an option of %s", option->name,
                       of_tmpfs ? "tmpfs" : "bind mounts");
        return;
    }
    plan->tmpcopyup |= of_tmpfs;
    plan->copy_symlink |= option->kind == OPTION_COPY_SYMLINK;
    plan->source_nofollow |= option->kind == OPTION_SOURCE_NOFOLLOW;
    plan->target_nofollow |= option->kind == OPTION_TARGET_NOFOLLOW;
}

static int read_option(struct mount_reader *reader, const char *text)
{
    const struct mount_option *option = mount_option_find(text);
    if (!option)
        return read_unknown(reader, text);

    switch (option->kind) {
    case OPTION_SET:
    case OPTION_CLEAR:
    case OPTION_ATIME:
    case OPTION_NOT_ATIME:
        read_flag(reader, option);
        break;
    case OPTION_PROPAGATION:
        read_propagation(reader, option->superblock);
        break;
    case OPTION_IVERSION:
        /* ext4 alone has to be asked, and by another name; who knows neither would fail the mount.
         */
        if (!reader->bind && reader->plan->fstype && strcmp(reader->plan->fstype, "ext4") == 0)
            return add_fs_option(reader, "i_version", NULL, option_place(reader));
        break;
    case OPTION_TMPCOPYUP:
    case OPTION_COPY_SYMLINK:
    case OPTION_SOURCE_NOFOLLOW:
    case OPTION_TARGET_NOFOLLOW:
        read_extension(reader, option);
        break;
    case OPTION_IDMAP:
        reader->idmap = text;
        reader->idmap_where = option_place(reader);
        reader->plan->idmap_recursive = option->recursive;
        break;
    case OPTION_NOTHING:
    case OPTION_BIND:
    case OPTION_REMOUNT:
        break;
    }
    return 0;
}

/* Which operation is wanted. A mount is a bind by its options, and by the types that engines write.
 */
static void read_kind(struct mount_reader *reader)
{
    const struct mount *mount = reader->mount;
    struct plan_mount *plan = reader->plan;
    bool remount = false;
    for (size_t i = 0; i < mount->options.n; i++) {
        const struct mount_option *option = mount_option_find(mount->options.items[i]);
        if (option && option->kind == OPTION_BIND) {
            reader->bind = true;
            plan->recursive |= option->recursive;
        }
        remount |= option && option->kind == OPTION_REMOUNT;
    }
    const char *type = mount->type ? mount->type : "";
    if (strcmp(type, "bind") == 0 || strcmp(type, "rbind") == 0) {
        reader->bind = true;
        plan->recursive |= type[0] == 'r';
    }

    if (remount)
        plan->kind = MOUNT_REMOUNT;
    else if (reader->bind)
        plan->kind = MOUNT_BIND;
    else if (strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0)
        plan->kind = MOUNT_CGROUP;
    else
        plan->kind = MOUNT_FILESYSTEM;
    if (!reader->bind)
        plan->fstype = plan->kind == MOUNT_CGROUP ? "cgroup2" : mount->type;
}

static int read_paths(struct mount_reader *reader)
{
    struct planner *planner = reader->planner;
    const struct mount *mount = reader->mount;
    struct plan_mount *plan = reader->plan;

    /* A relative destination is deprecated and starts at the root (config.md "Mounts"). */
    const char *destination = mount->destination ? mount->destination : "";
    plan->target =
        destination[0] == '/' ? destination : arena_printf(planner->arena, "/%s", destination);
    if (!plan->target)
        return -ENOMEM;
    if (paths_equal(plan->target, "/") && plan->kind != MOUNT_REMOUNT) {
        const char *where = arena_printf(planner->arena, "%s/destination", plan->where);
        if (!where)
            return -ENOMEM;
        problem_config(&planner->problems, where, "nothing can be mounted over the root itself");
    }

    plan->source = mount->source;
    if (plan->kind != MOUNT_BIND)
        return 0;
    if (!mount->source || !mount->source[0]) {
        problem_config(&planner->problems, plan->where, "a bind mount needs a source");
        return 0;
    }
    if (mount->source[0] != '/')
        plan->source =
            arena_printf(planner->arena, "%s/%s", planner->options->bundle, mount->source);
    return plan->source ? 0 : -ENOMEM;
}

/* The superblock flags that were named become options of the filesystem. On a bind mount they have
 * no effect, as with mount(2): it is the superblock of another mount. */
static int finish_superblock(struct mount_reader *reader)
{
    struct plan_mount *plan = reader->plan;
    if (reader->bind)
        return 0;
    unsigned long own = ~0ul;
    if (!plan->fstype || is_virtual_filesystem(plan->fstype))
        own &= ~(unsigned long)MS_RDONLY;
    for (size_t i = 0; i < ELEMENTSOF(superblock_flags); i++) {
        const struct superblock_flag *flag = &superblock_flags[i];
        const char *key = NULL;
        if (reader->superblock_set & own & flag->flag)
            key = flag->set;
        else if (plan->kind == MOUNT_REMOUNT && (reader->superblock_clear & own & flag->flag))
            key = flag->clear; /* a new superblock has none of them */
        if (key && add_fs_option(reader, key, NULL, reader->superblock_where[i]) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void finish_attributes(struct plan_mount *plan)
{
    if (plan->kind == MOUNT_FILESYSTEM || plan->kind == MOUNT_CGROUP) {
        /* Nothing is mounted below a new filesystem: the recursive attributes are its own. */
        plan->attr_set = (plan->attr_set & ~plan->tree_attr_clear) | plan->tree_attr_set;
        plan->attr_clear = (plan->attr_clear & ~plan->tree_attr_set) | plan->tree_attr_clear;
        plan->tree_attr_set = plan->tree_attr_clear = 0;
    }
    if (plan->kind == MOUNT_FILESYSTEM && (plan->attr_set & MOUNT_ATTR_RDONLY) &&
        (strcmp(plan->fstype, "tmpfs") == 0 || paths_equal(plan->target, "/dev"))) {
        plan->attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
        plan->readonly_late = true;
    }
}

/* The recursive forms of rootfsPropagation are for every mount that does not say itself what it is. A new
 * filesystem is private, and a bind mount is a slave of the host's at least. */
static void inherit_propagation(const struct planner *planner, struct plan_mount *plan)
{
    unsigned long wanted = planner->plan->root.propagation;
    bool changes = wanted == (MS_SHARED | MS_REC) ||
                   (wanted == (MS_PRIVATE | MS_REC) && plan->kind == MOUNT_BIND);
    if (plan->n_propagation == 0 && plan->kind != MOUNT_REMOUNT && changes)
        plan->propagation[plan->n_propagation++] = wanted;
}

static int check_type(struct mount_reader *reader)
{
    struct plan_mount *plan = reader->plan;
    if (plan->kind != MOUNT_FILESYSTEM)
        return 0;
    if (plan->fstype && plan->fstype[0] && strcmp(plan->fstype, "none") != 0)
        return 0;
    const char *where =
        plan->fstype ? arena_printf(reader->planner->arena, "%s/type", plan->where) : plan->where;
    if (!where)
        return -ENOMEM;
    problem_config(&reader->planner->problems, where,
                   "a mount needs a filesystem type, or \"bind\" among its options");
    plan->fstype = "none";
    return 0;
}

const char *planner_mount_where(struct planner *planner, size_t i)
{
    return arena_printf(planner->arena, "%s/%zu",
                        planner->mounts_where ? planner->mounts_where : "/mounts", i);
}

static int plan_mount(struct planner *planner, size_t i)
{
    struct plan_mount *plan = &planner->plan->mounts[i];
    struct mount_reader reader = {
        .planner = planner, .mount = &planner->spec->mounts.items[i], .plan = plan};
    plan->where = planner_mount_where(planner, i);
    if (!plan->where)
        return -ENOMEM;

    read_kind(&reader);
    if (read_paths(&reader) < 0 || check_type(&reader) < 0)
        return -ENOMEM;
    for (; reader.option < reader.mount->options.n; reader.option++)
        if (read_option(&reader, reader.mount->options.items[reader.option]) < 0)
            return -ENOMEM;
    if (finish_superblock(&reader) < 0 || reader.out_of_memory)
        return -ENOMEM;
    if (plan_mount_idmap(planner, reader.mount, reader.idmap, reader.idmap_where, plan) < 0)
        return -ENOMEM;
    finish_attributes(plan);
    inherit_propagation(planner, plan);
    if (plan->kind == MOUNT_BIND && paths_equal(plan->target, "/dev"))
        planner->dev_is_bound = true;
    return 0;
}

/* The directory of the program's NOTIFY_SOCKET. */
static struct plan_mount notify_mount(const char *directory)
{
    return (struct plan_mount){
        .kind = MOUNT_BIND,
        .where = "NOTIFY_SOCKET",
        .source = directory,
        .target = PLAN_NOTIFY_TARGET,
        .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
    };
}

int plan_mounts(struct planner *planner)
{
    size_t n = planner->spec->mounts.n;
    const char *notify = planner->options->notify;
    if (n == 0 && !notify)
        return 0;
    struct plan *plan = planner->plan;
    plan->mounts = arena_array(planner->arena, n + 1, sizeof(struct plan_mount));
    if (!plan->mounts)
        return -ENOMEM;
    plan->n_mounts = n;
    for (size_t i = 0; i < n; i++)
        if (plan_mount(planner, i) < 0)
            return -ENOMEM;
    if (notify)
        plan->mounts[plan->n_mounts++] = notify_mount(notify);
    return 0;
}
