/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/personality.h>

#include "plan-fixture.h"

PLAN_SUITE(plan_process);

static void expect_env(const char *const *expected)
{
    size_t i = 0;
    for (; expected[i]; i++) {
        cr_assert_not_null(f.plan->process.env[i]);
        cr_expect_str_eq(f.plan->process.env[i], expected[i]);
    }
    cr_expect_null(f.plan->process.env[i]);
}

#define EXPECT_ENV(...) expect_env((const char *const[]){__VA_ARGS__})

Test(plan_process, minimal)
{
    plan_well();
    const struct plan_process *plan = &f.plan->process;
    cr_expect(f.plan->has_process);
    cr_expect_str_eq(plan->args[0], "/bin/true");
    cr_expect_null(plan->args[1]);
    cr_expect_str_eq(plan->cwd, "/");
    EXPECT_ENV(NULL);
    cr_expect(plan->add_home);
    cr_expect_str_eq(plan->search_path,
                     "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    cr_expect_eq(plan->umask, 0022);
    cr_expect_eq(plan->n_groups, 0);
    cr_expect_not(plan->keep_groups);
    cr_expect_not(plan->oom_score_adj.set);
    cr_expect_not(plan->no_new_privileges);
    cr_expect_eq(plan->preserve_fds, 0);
    cr_expect_null(plan->personality);
}

Test(plan_process, absent)
{
    f.spec.process = NULL;
    plan_well();
    cr_expect_not(f.plan->has_process);
}

Test(plan_process, args_are_needed)
{
    f.process.args.n = 0;
    plan_badly("/process/args", "args must not be empty");
}

Test(plan_process, environment_is_listed_without_repetitions)
{
    f.process.env = STRINGS("A=1", "PATH=/a", "HOME=/h", "A=2", "PATH=/b", "LISTEN_FDS=9", "odd");
    plan_well();
    EXPECT_ENV("HOME=/h", "A=2", "PATH=/b", "LISTEN_FDS=9", "odd", NULL);
    cr_expect_not(f.plan->process.add_home);
    cr_expect_str_eq(f.plan->process.search_path, "/b");
}

Test(plan_process, an_empty_home_is_none)
{
    f.process.env = STRINGS("A=1", "HOME=", "B=2");
    plan_well();
    EXPECT_ENV("A=1", "B=2", NULL);
    cr_expect(f.plan->process.add_home);
}

Test(plan_process, names_are_whole)
{
    f.process.env = STRINGS("HOMEX=1", "XPATH=2", "PATHX=3");
    plan_well();
    cr_expect(f.plan->process.add_home);
    cr_expect_str_eq(f.plan->process.search_path,
                     "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

Test(plan_process, socket_activation)
{
    f.options.listen_fds = 2;
    f.options.preserve_fds = 3;
    f.process.env = STRINGS("LISTEN_PID=77", "A=1", "LISTEN_FDS=9");
    plan_well();
    EXPECT_ENV("A=1", "LISTEN_FDS=2", "LISTEN_PID=1", NULL);
    cr_expect_eq(f.plan->process.preserve_fds, 5);
}

Test(plan_process, user)
{
    uint32_t groups[] = {5, 6};
    f.process.user =
        (struct user){.uid = 1, .gid = 2, .umask = SET(0), .additional_gids = {true, 2, groups}};
    plan_well();
    cr_expect_eq(f.plan->process.uid, 1);
    cr_expect_eq(f.plan->process.gid, 2);
    cr_expect_eq(f.plan->process.umask, 0);
    cr_assert_eq(f.plan->process.n_groups, 2);
    cr_expect_eq(f.plan->process.groups[1], 6);
}

Test(plan_process, groups_can_be_kept)
{
    SET_LIST(f.spec.annotations, {"run.oci.keep_original_groups", "1"});
    plan_well();
    cr_expect(f.plan->process.keep_groups);
    SET_LIST(f.spec.annotations, {"run.oci.keep_original_groups", "0"}, {"unknown", "x"});
    plan_well();
    cr_expect_not(f.plan->process.keep_groups);
    cr_expect_eq(f.plan->annotations->n, 2);
}

Test(plan_process, rlimits)
{
    SET_LIST(f.process.rlimits, {RLIMIT_NOFILE, 5, 6}, {RLIMIT_CORE, UINT64_MAX, UINT64_MAX});
    plan_well();
    cr_assert_eq(f.plan->process.n_rlimits, 2);
    cr_expect_eq(f.plan->process.rlimits[0].resource, RLIMIT_NOFILE);
    cr_expect_eq(f.plan->process.rlimits[0].limit.rlim_cur, 5);
    cr_expect_eq(f.plan->process.rlimits[0].limit.rlim_max, 6);
    cr_expect_eq(f.plan->process.rlimits[1].limit.rlim_cur, RLIM_INFINITY);
    SET_LIST(f.process.rlimits, {RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 7, 6});
    plan_badly("/process/rlimits/1/soft", "the soft limit, 7, is above the hard limit, 6");
}

Test(plan_process, small_ones)
{
    struct personality personality = {.domain = PER_LINUX32};
    struct exec_cpu_affinity affinity = {"0", "1"};
    f.section.personality = &personality;
    f.process.exec_cpu_affinity = &affinity;
    f.process.oom_score_adj = (struct opt_i32)SET(-5);
    f.process.no_new_privileges = true;
    plan_well();
    cr_expect_eq(f.plan->process.personality, &personality);
    cr_expect_eq(f.plan->process.oom_score_adj.value, -5);
    cr_expect(f.plan->process.no_new_privileges);
    personality.flags = STRINGS("ADDR_NO_RANDOMIZE");
    plan_badly("/linux/personality/flags",
               "no flag of a personality is known: \"ADDR_NO_RANDOMIZE\"");
}

Test(plan_process, console_size_goes_with_a_terminal)
{
    struct console_size size = {24, 80};
    f.process.console_size = &size;
    plan_well();
    cr_expect_eq(f.plan->process.rows, 0);
    f.process.terminal = true;
    plan_well();
    cr_expect_eq(f.plan->process.rows, 24);
    cr_expect_eq(f.plan->process.columns, 80);
    size.width = 65536;
    plan_badly("/process/consoleSize", "a terminal has at most 65535 rows and columns");
}

Test(plan_process, terminal_and_console_socket)
{
    static const char no_socket[] =
        "cannot allocate tty if tare will detach without setting console socket";
    static const char no_tty[] =
        "cannot use console socket if tare will not detach or allocate tty";
    plan_well();
    f.options.has_console_socket = true;
    plan_badly("/process/terminal", no_tty);
    f.process.terminal = true;
    plan_badly("/process/terminal", no_tty);
    f.options.foreground = false;
    plan_well();
    cr_expect(f.plan->process.terminal);
    f.options.has_console_socket = false;
    plan_badly("/process/terminal", no_socket);
    f.process.terminal = false;
    plan_well();
    f.options.has_console_socket = true;
    plan_badly("/process/terminal", no_tty);
}

Test(plan_process, more_descriptors_than_a_process_can_have_are_refused)
{
    f.options.preserve_fds = UINT32_MAX;
    plan_badly("--preserve-fds", "no process has more than 1048576 descriptors");
}
