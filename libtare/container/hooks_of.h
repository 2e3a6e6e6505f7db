/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/settings.h"
#include "container/state.h"

/* The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
 * They are told the state, have no environment but their own, and run in the bundle. */

int hooks_of_run(const struct hook_list *hooks, const char *phase, const struct state *state,
                 const char *status, pid_t pid, struct error *err);

/* poststop: every one is run, and what fails is a warning (runtime.md "Lifecycle", step 13). */
void hooks_of_poststop(const struct state *state, const struct settings *settings);

/* Did a hook fail? Its error's place says so, also when it comes from the init. */
bool is_hook_failure(const struct error *err);
