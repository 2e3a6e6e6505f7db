/* SPDX-License-Identifier: Apache-2.0 */
#include "container/hooks_of.h"

#include <errno.h>

#include "base/fd.h"
#include "sandbox/hook.h"

#define STDOUT_ANNOTATION "run.oci.hooks.stdout"
#define STDERR_ANNOTATION "run.oci.hooks.stderr"

/* The file that an annotation names, a relative one in the bundle; appended to. */
static int open_output(const struct string_map *annotations, const char *key, int bundle, int *ret,
                       struct error *err)
{
    const char *path = string_map_find(annotations, key);
    if (!path)
        return 0;
    *ret = openat(bundle, path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0644);
    if (*ret >= 0)
        return 0;
    int r = error_sys(err, errno, "open %s for the output of hooks", path);
    error_add_where(err, "/annotations/%s", key);
    return r;
}

int hooks_of_open_output(const struct string_map *annotations, int bundle, struct hook_output *ret,
                         struct error *err)
{
    int r = open_output(annotations, STDOUT_ANNOTATION, bundle, &ret->out, err);
    return r < 0 ? r : open_output(annotations, STDERR_ANNOTATION, bundle, &ret->err, err);
}

void hooks_of_close_output(struct hook_output *output)
{
    close_fd(&output->out);
    close_fd(&output->err);
}

int hooks_of_run(const struct hook_list *hooks, const char *phase, const struct state *state,
                 const char *status, pid_t pid, const struct interruption *interruption,
                 struct error *err)
{
    if (hooks->n == 0)
        return 0;
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    const char *document;
    int r = hook_state_write(&arena, state->id, status, pid, state->bundle, &state->annotations,
                             &document, err);
    if (r < 0)
        return r;
    /* A bundle that is gone by now is no reason to leave hooks out. */
    _cleanup_(close_fd) int bundle = open(state->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* No environment but the configured one: our caller's may hold what is no hook's business. */
    struct hook_output output _cleanup_(hooks_of_close_output) = HOOK_OUTPUT_NONE;
    r = hooks_of_open_output(&state->annotations, bundle, &output, err);
    return r < 0 ? r : hooks_run(hooks, phase, document, NULL, bundle, &output, interruption, err);
}

void hooks_of_poststop(const struct state *state, const struct settings *settings)
{
    /* One by one: the others run although one failed. */
    for (size_t i = 0; i < state->poststop.n; i++) {
        struct error err _cleanup_(error_release) = ERROR_INIT;
        const struct hook_list one = {.set = true, .n = 1, .items = &state->poststop.items[i]};
        if (hooks_of_run(&one, "poststop", state, "stopped", 0, NULL, &err) < 0)
            warn_error(settings, &err);
    }
}

bool is_hook_failure(const struct error *err)
{
    return strncmp(err->where, "/hooks/", strlen("/hooks/")) == 0;
}
