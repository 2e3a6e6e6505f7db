/* SPDX-License-Identifier: Apache-2.0 */
#include "container/bundle.h"

#include <errno.h>

#include "base/fd.h"
#include "base/parse.h"
#include "container/home.h"
#include "container/host.h"
#include "spec/parse.h"

static int find_paths(struct bundle *bundle, struct arena *arena,
                      const struct tare_create_options *options, struct error *err)
{
    const char *path = options->bundle ? options->bundle : ".";
    /* What the state and hooks are told has to be true for as long as there is the container, wherever a link
     * leads by then. */
    _cleanup_(free_ptr) char *absolute = realpath(path, NULL);
    if (!absolute)
        return error_sys(err, errno, "open bundle %s", path);
    bundle->path = arena_strdup(arena, absolute);
    bundle->config =
        options->config ? options->config : arena_printf(arena, "%s/config.json", bundle->path);
    return bundle->path && bundle->config ? 0 : error_sys(err, ENOMEM, "open bundle %s", path);
}

/* Socket activation, sd_listen_fds(3): the fds are for us when the variables name our pid. */
static unsigned listen_fds(void)
{
    const char *pid_text = getenv("LISTEN_PID");
    const char *n_text = getenv("LISTEN_FDS");
    uint32_t pid, n;
    if (!pid_text || !n_text || parse_u32(pid_text, &pid) < 0 || parse_u32(n_text, &n) < 0)
        return 0;
    return pid == (uint32_t)getpid() ? n : 0;
}

/* " (line L, column C)" of a place in the file; nothing when the text has it already. */
static const char *position(struct arena *arena, const char *json, size_t size, const char *where,
                            const char *text)
{
    unsigned line, column;
    if (where[0] != '/' || strstr(text, "(line ") ||
        json_locate(json, size, where, &line, &column) < 0)
        return "";
    const char *suffix = arena_printf(arena, " (line %u, column %u)", line, column);
    return suffix ? suffix : "";
}

/* Where problems that were found after parsing are in the file. */
static void locate(struct error *err, struct arena *arena, const char *json, size_t size)
{
    if (!err)
        return;
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, "%s",
             position(arena, json, size, err->where, err->text));

    _cleanup_(free_ptr) char *problems = TAKE_PTR(err->also);
    char *rest = problems, *problem;
    while ((problem = strsep(&rest, "\n"))) {
        char *colon = strstr(problem, ": ");
        const char *where = colon ? arena_strndup(arena, problem, (size_t)(colon - problem)) : NULL;
        const char *suffix = where ? position(arena, json, size, where, problem) : "";
        const char *located = arena_printf(arena, "%s%s", problem, suffix);
        error_add_problem(err, located ? located : problem);
    }
}

/* The place of a name that seccomp_compile() did not know: it points into the profile. */
static int unknown_call(const struct seccomp *profile, const char *name, struct error *err)
{
    for (size_t i = 0; i < profile->syscalls.n; i++) {
        const struct strings *names = &profile->syscalls.items[i].names;
        for (size_t j = 0; j < names->n; j++) {
            char where[96];
            if (names->items[j] != name)
                continue;
            snprintf(where, sizeof(where), "/linux/seccomp/syscalls/%zu/names/%zu", i, j);
            return error_config(err, where, "the system call \"%s\" is unknown", name);
        }
    }
    return error_config(err, "/linux/seccomp", "the system call \"%s\" is unknown", name);
}

int filter_make(struct seccomp_program *program, struct arena *arena, struct plan *plan,
                struct error *err)
{
    static const char data_where[] = "/annotations/run.oci.seccomp_bpf_data";
    struct strings unknown = {0};
    int r = 0;
    if (plan->seccomp_data)
        r = seccomp_decode(arena, plan->seccomp_data, data_where, program, err);
    else if (plan->seccomp)
        r = seccomp_compile(arena, plan->seccomp, "/linux/seccomp", program,
                            plan->seccomp_strict ? &unknown : NULL, err);
    if (r == 0 && unknown.n > 0)
        r = unknown_call(plan->seccomp, unknown.items[0], err);
    if (r == 0 && program->notifies && !plan->listener.path)
        r = error_config(err, data_where,
                         "the program notifies, and there is no listenerPath: nobody would answer");
    /* Nothing that this kernel knows is notified of after all. */
    if (!program->notifies)
        plan->listener = (struct plan_listener){0};
    return r;
}

static int read_config(struct bundle *bundle, const struct tare_create_options *options,
                       struct error *err)
{
    int r = file_read(AT_FDCWD, bundle->config, SPEC_SIZE_LIMIT, &bundle->json, &bundle->json_size);
    if (r == 0)
        return 0;
    error_sys(err, -r, "read %s", bundle->config);
    if (r == -ENOENT)
        error_add_hint(err, "`tare spec` writes one to start from");
    if (r == -ENOTDIR && !options->config)
        error_add_hint(err, "a bundle is a directory; --config takes a file");
    if (r == -EINVAL)
        error_add_hint(err, "it is no regular file");
    return r;
}

static int parse_config(struct bundle *bundle, struct arena *arena, const struct settings *settings,
                        struct error *err)
{
    struct strings unknown = {0};
    int r = spec_parse(arena, bundle->json, bundle->json_size, &bundle->spec,
                       settings->warn_of_unknown ? &unknown : NULL, err);
    if (r < 0) {
        /* A document that is no JSON has no places in it: then the file is the place. */
        error_add_where(err, "%s", bundle->config);
        return r;
    }
    for (size_t i = 0; i < unknown.n; i++)
        warn(settings, "%s: this property is unknown and ignored", unknown.items[i]);
    return 0;
}

static int make_plan(struct bundle *bundle, struct arena *arena, const struct settings *settings,
                     const char *id, const struct tare_create_options *options, bool foreground,
                     struct error *err)
{
    int r = host_facts_gather(&bundle->facts, err);
    if (r < 0)
        return r;
    host_facts_of_labels(&bundle->facts, bundle->spec);
    const char *notify = options->notify_socket && *options->notify_socket
                             ? arena_printf(arena, "%s/%s/" DIRECTORY_NOTIFY, settings->root, id)
                             : "";
    if (!notify)
        return error_sys(err, ENOMEM, "name the directory of NOTIFY_SOCKET");
    const struct plan_options plan_options = {
        .id = id,
        .bundle = bundle->path,
        .cgroup_manager = settings->cgroup_manager,
        .no_pivot = options->no_pivot,
        .no_new_keyring = options->no_new_keyring,
        .preserve_fds = options->preserve_fds,
        .listen_fds = listen_fds(),
        .notify = *notify ? notify : NULL,
        .foreground = foreground,
        .rootless = settings->rootless == TARE_ROOTLESS_YES ||
                    (settings->rootless == TARE_ROOTLESS_AUTO &&
                     (bundle->facts.euid != 0 || bundle->facts.in_user_namespace)),
        .has_console_socket = options->console_socket,
        .seccomp_receiver = getenv("RUN_OCI_SECCOMP_RECEIVER"),
    };
    r = plan_make(arena, bundle->spec, &plan_options, &bundle->facts, &bundle->plan, err);
    if (r == 0)
        r = filter_make(&bundle->seccomp, arena, bundle->plan, err);
    if (r < 0)
        locate(err, arena, bundle->json, bundle->json_size);
    return r;
}

int bundle_load(struct bundle *bundle, struct arena *arena, const struct settings *settings,
                const char *id, const struct tare_create_options *options, bool foreground,
                struct error *err)
{
    int r = find_paths(bundle, arena, options, err);
    if (r == 0)
        r = read_config(bundle, options, err);
    if (r == 0)
        r = parse_config(bundle, arena, settings, err);
    if (r == 0)
        r = make_plan(bundle, arena, settings, id, options, foreground, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < bundle->plan->warnings.n; i++)
        warn(settings, "%s", bundle->plan->warnings.items[i]);
    for (size_t i = 0; settings->warn_of_unknown && i < bundle->plan->notes.n; i++)
        warn(settings, "%s", bundle->plan->notes.items[i]);
    return 0;
}

void bundle_release(struct bundle *bundle)
{
    free_ptr(&bundle->json);
}
