/* SPDX-License-Identifier: Apache-2.0 */
#include "container/exec-process.h"

#include <ctype.h>
#include <errno.h>

#include "base/fd.h"
#include "base/parse.h"
#include "plan/capabilities.h"
#include "spec/parse.h"

#define POINTER "/process"

static int no_memory(struct error *err)
{
    return error_sys(err, ENOMEM, "describe the process");
}

static _printf_(2, 3) int usage(struct error *err, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    int r = error_set(err, EINVAL, "%s", text);
    error_set_kind(err, ERROR_USAGE);
    return r;
}

/* ---- a document ---- */

/* It may come through a pipe. */
static int read_document(struct exec_process *exec, struct arena *arena, struct error *err)
{
    bool is_stdin = strcmp(exec->path, "-") == 0;
    _cleanup_(close_fd) int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                          : open(exec->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int r = fd < 0 ? -errno : stream_read_all(fd, SPEC_SIZE_LIMIT, &exec->json, &exec->json_size);
    if (r < 0)
        return error_sys(err, -r, "read process document %s", exec->path);
    r = process_parse(arena, exec->json, exec->json_size, &exec->process, NULL, err);
    return r < 0 ? error_wrap(err, "process document %s", exec->path) : 0;
}

/* Engines write all of these. Somebody who writes by hand means the container's. */
static void inherit(struct process *process, const struct process *container)
{
    if (!process->capabilities)
        process->capabilities = container->capabilities;
    if (!process->rlimits.set)
        process->rlimits = container->rlimits;
    if (!process->apparmor_profile || !process->apparmor_profile[0])
        process->apparmor_profile = container->apparmor_profile;
    if (!process->selinux_label || !process->selinux_label[0])
        process->selinux_label = container->selinux_label;
    if (!process->user.umask.set)
        process->user.umask = container->user.umask;
    if (!process->oom_score_adj.set)
        process->oom_score_adj = container->oom_score_adj;
    if (!process->scheduler)
        process->scheduler = container->scheduler;
    if (!process->io_priority)
        process->io_priority = container->io_priority;
    if (!process->exec_cpu_affinity)
        process->exec_cpu_affinity = container->exec_cpu_affinity;
}

/* ---- the container's process, changed ---- */

static size_t list_length(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

/* A list with room for `more` entries. */
static int list_copy(struct arena *arena, const struct strings *from, size_t more,
                     struct strings *ret)
{
    const char **items = arena_array(arena, from->n + more + 1, sizeof(*items));
    if (!items)
        return -ENOMEM;
    if (from->n > 0)
        memcpy(items, from->items, from->n * sizeof(*items));
    *ret = (struct strings){.set = true, .n = from->n, .items = items};
    return 0;
}

static int change_environment(struct process *process, struct arena *arena,
                              const char *const *changes, struct error *err)
{
    struct strings env;
    if (list_copy(arena, &process->env, list_length(changes), &env) < 0)
        return no_memory(err);
    for (size_t i = 0; changes && changes[i]; i++) {
        const char *equals = strchr(changes[i], '=');
        if (!equals || equals == changes[i])
            return usage(err, "--env \"%s\": NAME=VALUE expected", changes[i]);
        size_t name = (size_t)(equals - changes[i]) + 1, at = 0;
        while (at < env.n && strncmp(env.items[at], changes[i], name) != 0)
            at++;
        env.items[at] = changes[i];
        env.n += at == env.n;
    }
    process->env = env;
    return 0;
}

/* Numbers only: what names mean in the image is for engines to find out (CVE-2016-3697), and a number
 * is one from its first to its last character (CVE-2026-30892). */
static int change_user(struct process *process, const char *text, struct error *err)
{
    char uid[16] = "";
    size_t length = strcspn(text, ":");
    if (length < sizeof(uid))
        memcpy(uid, text, length);
    const char *gid = text[length] ? text + length + 1 : NULL;
    if (parse_id(uid, &process->user.uid) == 0 && (!gid || parse_id(gid, &process->user.gid) == 0))
        return 0;
    int r = usage(err, "--user \"%s\": UID or UID:GID expected, as numbers", text);
    return r;
}

static int add_groups(struct process *process, struct arena *arena, const uint32_t *gids, size_t n,
                      struct error *err)
{
    struct numbers_u32 *list = &process->user.additional_gids;
    uint32_t *items = arena_array(arena, list->n + n, sizeof(*items));
    if (!items)
        return no_memory(err);
    if (list->n > 0)
        memcpy(items, list->items, list->n * sizeof(*items));
    memcpy(items + list->n, gids, n * sizeof(*items));
    *list = (struct numbers_u32){.set = true, .n = list->n + n, .items = items};
    return 0;
}

static bool list_has(const struct strings *list, const char *word)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], word) == 0)
            return true;
    return false;
}

/* "net_admin" is CAP_NET_ADMIN. */
static const char *capability_in_full(const char *text)
{
    char name[64];
    bool prefixed = strncasecmp(text, "CAP_", 4) == 0;
    snprintf(name, sizeof(name), "%s%s", prefixed ? "" : "CAP_", text);
    for (char *p = name; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return capability_name(capability_find(name));
}

/* Never the inheritable set: a program would hand them on to whatever it executes (CVE-2022-29162). */
static int add_capabilities(struct process *process, struct arena *arena, const char *const *names,
                            struct error *err)
{
    static const struct capability_names none;
    const struct capability_names *old = process->capabilities ? process->capabilities : &none;
    struct capability_names *caps = ARENA_NEW(arena, struct capability_names);
    size_t n = list_length(names);
    if (!caps || list_copy(arena, &old->bounding, n, &caps->bounding) < 0 ||
        list_copy(arena, &old->effective, n, &caps->effective) < 0 ||
        list_copy(arena, &old->permitted, n, &caps->permitted) < 0 ||
        list_copy(arena, &old->ambient, n, &caps->ambient) < 0)
        return no_memory(err);
    caps->inheritable = old->inheritable;
    for (size_t i = 0; i < n; i++) {
        const char *name = capability_in_full(names[i]);
        if (!name)
            return usage(err, "--cap \"%s\": no such capability", names[i]);
        caps->bounding.items[caps->bounding.n++] = name;
        caps->effective.items[caps->effective.n++] = name;
        caps->permitted.items[caps->permitted.n++] = name;
        if (list_has(&caps->inheritable, name))
            caps->ambient.items[caps->ambient.n++] = name;
    }
    process->capabilities = caps;
    return 0;
}

static int change(struct process *process, struct arena *arena,
                  const struct tare_exec_options *options, struct error *err)
{
    struct strings none = {0};
    int r = list_copy(arena, &none, list_length(options->args), &process->args);
    if (r < 0)
        return no_memory(err);
    for (; options->args[process->args.n]; process->args.n++)
        process->args.items[process->args.n] = options->args[process->args.n];
    process->terminal = options->terminal;
    process->no_new_privileges |= options->no_new_privileges;
    if (options->apparmor_profile)
        process->apparmor_profile = options->apparmor_profile;
    if (options->process_label)
        process->selinux_label = options->process_label;
    if (options->cwd && options->cwd[0] != '/')
        return usage(err, "--cwd \"%s\": an absolute path expected", options->cwd);
    if (options->cwd)
        process->cwd = options->cwd;
    if (options->env)
        r = change_environment(process, arena, options->env, err);
    if (r == 0 && options->user)
        r = change_user(process, options->user, err);
    if (r == 0 && options->n_additional_gids > 0)
        r = add_groups(process, arena, options->additional_gids, options->n_additional_gids, err);
    if (r == 0 && options->capabilities && options->capabilities[0])
        r = add_capabilities(process, arena, options->capabilities, err);
    return r;
}

int exec_process_read(struct exec_process *exec, struct arena *arena,
                      const struct process *container, const struct tare_exec_options *options,
                      struct error *err)
{
    bool has_args = options->args && options->args[0];
    exec->path = options->process;
    if (exec->path && has_args)
        return usage(err, "a process document and a command exclude each other");
    if (exec->path) {
        int r = read_document(exec, arena, err);
        if (r == 0 && container)
            inherit(exec->process, container);
        return r;
    }
    if (!has_args)
        return usage(err, "process args cannot be empty");
    if (!container) {
        int r = usage(err, "the container's configuration has no process whose user and "
                           "capabilities another one could have");
        error_add_hint(err, "describe it: --process FILE");
        return r;
    }
    exec->process = ARENA_NEW(arena, struct process);
    if (!exec->process)
        return no_memory(err);
    *exec->process = *container;
    return change(exec->process, arena, options, err);
}

void exec_process_locate(const struct exec_process *exec, struct error *err)
{
    unsigned line, column;
    size_t length = strlen(POINTER);
    if (!err || !exec->path || strncmp(err->where, POINTER "/", length + 1) != 0)
        return;
    memmove(err->where, err->where + length, strlen(err->where + length) + 1);
    if (json_locate(exec->json, exec->json_size, err->where, &line, &column) == 0 &&
        !strstr(err->text, "(line "))
        snprintf(err->text + strlen(err->text), sizeof(err->text) - strlen(err->text),
                 " (line %u, column %u)", line, column);
}

void exec_process_release(struct exec_process *exec)
{
    free_ptr(&exec->json);
}
