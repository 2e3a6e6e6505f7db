/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/hold.h"
#include "container/settings.h"
#include "container/state.h"
#include "sandbox/hook.h"

/* The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
 * They are told the state, have no environment but their own, and run in the bundle. `interruption`: what kills
 * the hook that runs, or NULL. */

int hooks_of_run(const struct hook_list *hooks, const char *phase, const struct state *state,
                 const char *status, pid_t pid, const struct interruption *interruption,
                 struct error *err);

/* poststop: every one is run, and what fails is a warning (runtime.md "Lifecycle", step 13). */
void hooks_of_poststop(const struct state *state, const struct settings *settings);

/* Did a hook fail? Its error's place says so, also when it comes from the init. */
bool is_hook_failure(const struct error *err);

/* The files of run.oci.hooks.stdout and run.oci.hooks.stderr; `bundle` is the directory that
 * relative ones are in. What there is no annotation for stays as it is. */
int hooks_of_open_output(const struct string_map *annotations, int bundle, struct hook_output *ret,
                         struct error *err);
void hooks_of_close_output(struct hook_output *output);
