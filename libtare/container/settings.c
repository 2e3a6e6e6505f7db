/* SPDX-License-Identifier: Apache-2.0 */
#include "container/settings.h"

#include <errno.h>
#include <stdarg.h>

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

static int default_root(struct settings *settings, struct arena *arena, struct error *err)
{
    if (geteuid() == 0) {
        settings->root = DEFAULT_ROOT;
        return 0;
    }
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (!runtime || *runtime != '/') {
        int r = error_set(err, ENOENT, "no directory for containers: XDG_RUNTIME_DIR is not set");
        error_set_kind(err, ERROR_USAGE);
        error_add_hint(err, "give one with --root");
        return r;
    }
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
