/* SPDX-License-Identifier: Apache-2.0 */
#include "container/hooks_of.h"

#include "base/fd.h"
#include "sandbox/hook.h"

int hooks_of_run(const struct hook_list *hooks, const char *phase, const struct state *state,
                 const char *status, pid_t pid, struct error *err)
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
    return hooks_run(hooks, phase, document, NULL, bundle, err);
}

void hooks_of_poststop(const struct state *state, const struct settings *settings)
{
    /* One by one: the others run although one failed. */
    for (size_t i = 0; i < state->poststop.n; i++) {
        struct error err _cleanup_(error_release) = ERROR_INIT;
        const struct hook_list one = {.set = true, .n = 1, .items = &state->poststop.items[i]};
        if (hooks_of_run(&one, "poststop", state, "stopped", 0, &err) < 0)
            warn_error(settings, &err);
    }
}

bool is_hook_failure(const struct error *err)
{
    return strncmp(err->where, "/hooks/", strlen("/hooks/")) == 0;
}
