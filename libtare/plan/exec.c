/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "plan/planner.h"

/* A process for a container that is there. What the process is comes from its own document; what it
 * must live with comes from the configuration of the container: its filter, personality and memory
 * policy. */

static void plan_surroundings(struct planner *planner, const struct plan_exec_options *options)
{
    static const struct hooks no_hooks;
    struct plan *plan = planner->plan;
    plan->id = options->id;
    plan->bundle = options->bundle;
    plan->hooks = &no_hooks;
    plan->annotations = &planner->spec->annotations;
    plan->seccomp = planner->section->seccomp;
    plan->new_keyring = options->new_keyring;
    plan->in_user_namespace = options->in_user_namespace || planner->facts->in_user_namespace;
    if (options->in_user_namespace)
        planner->namespaces |= 1u << NAMESPACE_USER;
}

int plan_exec(struct arena *arena, const struct spec *spec, const struct plan_exec_options *options,
              const struct host_facts *facts, struct plan **ret, struct error *err)
{
    static const struct linux_section no_section;
    static int (*const steps[])(struct planner *) = {plan_process, plan_labels, plan_capabilities,
                                                     plan_seccomp};
    const struct plan_options plan_options = {
        .id = options->id,
        .bundle = options->bundle,
        .preserve_fds = options->preserve_fds,
        .foreground = options->foreground,
        .has_console_socket = options->has_console_socket,
        .seccomp_receiver = options->seccomp_receiver,
    };
    struct plan *plan = ARENA_NEW(arena, struct plan);
    if (!plan)
        return error_sys(err, ENOMEM, "plan the process");
    struct planner planner = {
        .arena = arena,
        .spec = spec,
        .section = spec->linux_section ? spec->linux_section : &no_section,
        .options = &plan_options,
        .facts = facts,
        .plan = plan,
        .problems = {.err = err},
    };
    plan_surroundings(&planner, options);
    for (size_t i = 0; i < ELEMENTSOF(steps); i++)
        if (steps[i](&planner) < 0)
            return error_sys(err, ENOMEM, "plan the process");
    plan_check_terminal(&planner);
    if (planner.problems.n > 0)
        return problems_result(&planner.problems);
    *ret = plan;
    return 0;
}
