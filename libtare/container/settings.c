/* SPDX-License-Identifier: Apache-2.0 */
#include "container/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "container/host.h"

#define DEFAULT_ROOT "/run/tare"

void options_copy(void *to, size_t to_size, const void *from)
{
    memset(to, 0, to_size);
    size_t size;
    if (from) {
        memcpy(&size, from, sizeof(size));
        memcpy(to, from, size < to_size ? size : to_size);
    }
}

/* "/", "//", "/..", "." of a process in "/": everything below would be ours to make and remove. */
static bool is_top_of_tree(const char *path)
{
    if (*path != '/')
        return *path == '\0';
    while (*path) {
        path += strspn(path, "/");
        size_t length = strcspn(path, "/");
        bool stays = length == 0 || (length <= 2 && strspn(path, ".") >= length);
        if (!stays)
            return false;
        path += length;
    }
    return true;
}

/* A directory in /tmp is anybody's to make first. */
static int check_owner(const char *path, struct error *err)
{
    struct stat st;
    if (mkdir(path, 01700) < 0 && errno != EEXIST)
        return error_sys(err, errno, "make directory %s", path);
    if (lstat(path, &st) < 0)
        return error_sys(err, errno, "look at %s", path);
    if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
        return 0;
    error_set(err, EPERM, "%s is not a directory of user %u alone", path, geteuid());
    error_add_hint(err, "set XDG_RUNTIME_DIR, or give a directory with --root");
    return -EPERM;
}

/* Somebody without a runtime directory in the environment may have one all the same: su(1) and cron
 * set no variables. */
static int find_runtime_directory(struct settings *settings, struct arena *arena, struct error *err)
{
    struct stat st;
    const char *usual = arena_printf(arena, "/run/user/%u", geteuid());
    settings->root = arena_printf(arena, "/tmp/tare-%u", geteuid());
    if (!usual || !settings->root)
        return error_sys(err, ENOMEM, "find the directory for containers");
    if (lstat(usual, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return check_owner(settings->root, err);
    settings->root = arena_printf(arena, "%s/tare", usual);
    return settings->root ? 0 : error_sys(err, ENOMEM, "find the directory for containers");
}

/* To the root of a user namespace, as an engine without privileges makes one, /run belongs as little as to other
 * users; what tells it from the root of a container with its own /run is the variable. */
static int default_root(struct settings *settings, struct arena *arena, struct error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    bool has_runtime = runtime && *runtime == '/';
    if (geteuid() == 0 && !(has_runtime && host_in_user_namespace())) {
        settings->root = DEFAULT_ROOT;
        return 0;
    }
    if (!has_runtime)
        return find_runtime_directory(settings, arena, err);
    settings->root = arena_printf(arena, "%s/tare", runtime);
    return settings->root ? 0 : error_sys(err, ENOMEM, "find the directory for containers");
}

int settings_read(struct settings *settings, struct arena *arena, const struct tare_settings *from,
                  struct error *err)
{
    struct tare_settings given;
    options_copy(&given, sizeof(given), from);
    *settings = (struct settings){
        .root = given.root,
        .root_chosen = given.root,
        .cgroup_manager = (enum cgroup_manager)given.cgroup_manager,
        .warning = given.warning,
        .warning_data = given.warning_data,
        .warn_of_unknown = given.warn_of_unknown,
        .exits = given.exits,
        .rootless = given.rootless,
    };
    if (!given.root)
        return default_root(settings, arena, err);
    if (!is_top_of_tree(given.root))
        return 0;
    error_set(err, EINVAL, "\"%s\" cannot be the directory of the containers", given.root);
    error_set_kind(err, ERROR_USAGE);
    return -EINVAL;
}

void warn(const struct settings *settings, const char *format, ...)
{
    if (!settings->warning)
        return;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    settings->warning(settings->warning_data, text);
}

void warn_error(const struct settings *settings, const struct error *warning)
{
    char text[2304];
    error_format(warning, text, sizeof(text));
    warn(settings, "%s", text);
}
