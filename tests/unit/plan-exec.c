/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

/* plan_exec(): the process of the fixture, for a container that is there. */

PLAN_SUITE(plan_exec);

static const struct plan_exec_options defaults = {
    .id = "id", .bundle = "/bundle", .foreground = true};

static int plan(const struct plan_exec_options *options)
{
    f.plan = NULL;
    return plan_exec(&f.arena, &f.spec, options, &f.facts, &f.plan, &f.err);
}

Test(plan_exec, has_the_process_and_nothing_else)
{
    cr_assert_eq(plan(&defaults), 0, "%s", f.err.text);
    cr_expect(f.plan->has_process);
    cr_expect_not_null(f.plan->process.args[0]);
    cr_expect_eq(f.plan->n_mounts, 0);
    cr_expect_eq(f.plan->n_devices, 0);
    cr_expect_eq(f.plan->namespaces.create, 0);
    cr_expect_eq(f.plan->namespaces.n_joins, 0);
    cr_expect_eq(f.plan->hooks->start_container.n, 0);
    cr_expect_null(f.plan->resctrl);
}

Test(plan_exec, takes_what_the_container_says_of_itself)
{
    struct plan_exec_options options = defaults;

    options.in_user_namespace = true;
    options.new_keyring = true;
    options.preserve_fds = 2;
    cr_assert_eq(plan(&options), 0, "%s", f.err.text);
    cr_expect(f.plan->in_user_namespace);
    cr_expect(f.plan->new_keyring);
    cr_expect_eq(f.plan->process.preserve_fds, 2);
}

Test(plan_exec, a_terminal_needs_somebody_to_take_it)
{
    struct plan_exec_options options = defaults;

    f.spec.process->terminal = true;
    cr_expect_eq(plan(&options), 0);
    options.foreground = false;
    cr_expect_eq(plan(&options), -EINVAL);
    cr_expect_str_eq(f.err.where, "/process/terminal");
    error_release(&f.err);
    options.has_console_socket = true;
    cr_expect_eq(plan(&options), 0);
}

Test(plan_exec, processors_are_masks)
{
    struct exec_cpu_affinity affinity = {.initial = " 0-2 , 65", .final = ""};

    f.spec.process->exec_cpu_affinity = &affinity;
    cr_assert_eq(plan(&defaults), 0, "%s", f.err.text);
    cr_assert_not_null(f.plan->process.initial_processors);
    cr_expect_eq(f.plan->process.initial_processors->mask[0], 7);
    cr_expect_eq(f.plan->process.initial_processors->mask[1], 2);
    cr_expect_null(f.plan->process.final_processors);
}

Test(plan_exec, wrong_processors_have_a_place)
{
    static const char *const wrong[] = {"1-", "2-1", ",", "1,,2", "8192", "-1"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct exec_cpu_affinity affinity = {.final = wrong[i]};

        f.spec.process->exec_cpu_affinity = &affinity;
        cr_expect_eq(plan(&defaults), -EINVAL, "%s is taken", wrong[i]);
        cr_expect_str_eq(f.err.where, "/process/execCPUAffinity/final");
        error_release(&f.err);
    }
}
