/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(pause, TEST_SUITE);
TestSuite(ps, TEST_SUITE);

/* ---- pause, resume ---- */

Test(pause, a_paused_container_stands_still_until_it_is_resumed)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    char *stat = text_format("/proc/%d/stat", (int)bundle_pid());

    assert_status(tare("pause", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    /* A signal that ends a program is delivered to a frozen one only when it is thawed. */
    cr_assert_eq(kill(bundle_pid(), SIGTERM), 0);
    usleep(100000);
    cr_assert_eq(access(stat, F_OK), 0);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    assert_status(tare("resume", bundle->id, NULL), 0);
    cr_assert_str_neq(bundle_status(bundle), "paused");
    bundle_delete(bundle);
}

Test(pause, a_created_container_can_be_paused_and_is_created_again)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    assert_status(tare("pause", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "paused");
    struct result *started = tare("start", bundle->id, NULL);
    assert_status(started, 1);
    assert_contains(started->err, "cannot start a container in the paused state");
    assert_status(tare("resume", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_delete(bundle);
}

Test(pause, what_is_paused_or_runs_already_is_left_as_it_is)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    struct result *result = tare("resume", bundle->id, NULL);

    assert_status(result, 1);
    assert_contains(result->err, "container not paused");
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_status(tare("pause", bundle->id, NULL), 0);
    result = tare("pause", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "container already paused");
    cr_assert_str_eq(bundle_status(bundle), "paused");
    bundle_delete(bundle);
}

Test(pause, a_stopped_container_and_an_unknown_one_are_errors)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");

    const char *const verbs[] = {"pause", "resume"};
    for (int i = 0; i < 2; i++) {
        struct result *result = tare(verbs[i], bundle->id, NULL);
        assert_status(result, 1);
        assert_contains(result->err, "container not running");
        result = tare(verbs[i], "no-such-container", NULL);
        assert_status(result, 1);
        assert_contains(result->err, "container does not exist");
    }
    bundle_delete(bundle);
}

Test(pause, a_container_without_cgroup_cannot_be_paused)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    struct result *result = tare("--cgroup-manager=disabled", "create", "--bundle", bundle->path,
                                 "--pid-file", PID_FILE, bundle->id, NULL);
    assert_status(result, 0);
    result = tare("pause", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "cannot freeze: the container has no cgroup");
    bundle_delete(bundle);
}

Test(pause, a_paused_container_is_killed_and_deleted)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    assert_status(tare("pause", bundle->id, NULL), 0);
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    assert_status(tare("delete", bundle->id, NULL), 0);
    unlink(PID_FILE);
    assert_nothing_left();
}

/* Without a pid namespace the others outlive their init, and stand still until somebody resumes them. */
Test(pause, what_a_dead_init_left_paused_is_resumed)
{
    struct bundle *bundle = bundle_new();
    bundle_remove_namespace(bundle, "pid");
    bundle_payload(bundle, "child 60000 ; say ready ; pause");
    struct result *created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    assert_status(tare("pause", bundle->id, NULL), 0);
    cr_assert_eq(kill(bundle_pid(), SIGKILL), 0);
    bundle_await(bundle, "stopped");
    char *frozen = text_format("/sys/fs/cgroup/tare-%s/cgroup.freeze", bundle->id);
    cr_assert_str_eq(file_read(frozen), "1\n");
    assert_status(tare("resume", bundle->id, NULL), 0);
    cr_assert_str_eq(file_read(frozen), "0\n");
    struct result *again = tare("resume", bundle->id, NULL);
    assert_status(again, 1);
    assert_contains(again->err, "container not running");
    assert_status(tare("kill", "--all", bundle->id, "9", NULL), 0);
    bundle_delete(bundle);
    assert_nothing_left();
}

/* ---- ps ---- */

Test(ps, json_is_the_list_of_pids_in_one_line)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    struct result *result = tare("ps", "--format", "json", bundle->id, NULL);

    assert_status(result, 0);
    cr_assert_str_eq(result->out, text_format("[%d]\n", (int)bundle_pid()));
    cr_assert_str_empty(result->err);
    bundle_delete(bundle);
}

Test(ps, a_stopped_container_has_none)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    struct result *result = tare("ps", "-f", "json", bundle->id, NULL);
    assert_status(result, 0);
    cr_assert_str_eq(result->out, "null\n");
    bundle_delete(bundle);
}

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

Test(ps, the_table_has_the_lines_of_the_container_only)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    struct result *result = tare("ps", bundle->id, NULL);

    assert_status(result, 0);
    cr_assert_eq(lines_of(result->out), 2, "%s", result->out);
    assert_contains(result->out, "PID");
    /* procps puts the user first, busybox the number. */
    assert_contains(result->out, text_format("%d ", (int)bundle_pid()));
    bundle_delete(bundle);
}

Test(ps, options_behind_the_id_are_those_of_ps)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    struct result *result = tare("ps", bundle->id, "-e", "-o", "comm,pid", NULL);

    assert_status(result, 0);
    cr_assert_eq(lines_of(result->out), 2, "%s", result->out);
    assert_contains(result->out, "COMMAND");
    result = tare("ps", bundle->id, "-e", "-o", "comm", NULL);
    assert_status(result, 1);
    assert_contains(result->err, "the output of ps has no column PID");
    result = tare("ps", "--format", "yaml", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "invalid format option: yaml");
    bundle_delete(bundle);
}

Test(ps, a_ps_that_fails_is_explained)
{
    static const struct {
        const char *script, *error;
    } cases[] = {{"exit 3", "ps has failed, with status 3"},
                 {"kill -9 $$", "signal 9 has ended ps"},
                 {"exit 1", "the output of ps has no column PID"}};
    struct bundle *bundle = bundle_ready("say ready ; pause");
    const char *const there[] = {"PATH=" WORK "/bin", NULL};

    directory_make(WORK "/bin");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        file_write(WORK "/bin/ps", "#!/bin/sh\n%s\n", cases[i].script);
        cr_assert_eq(chmod(WORK "/bin/ps", 0755), 0);
        struct result *result = tare_with(&(struct setting){.env = there}, "ps", bundle->id, NULL);
        assert_status(result, 1);
        assert_contains(result->err, cases[i].error);
        cr_assert_str_empty(result->out);
    }
    bundle_delete(bundle);
}

Test(ps, without_ps_the_pids_are_the_table)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    const char *const nowhere[] = {"PATH=/nonexistent", NULL};
    struct result *result = tare_with(&(struct setting){.env = nowhere}, "ps", bundle->id, NULL);

    assert_status(result, 0);
    cr_assert_str_eq(result->out, text_format("PID\n%d\n", (int)bundle_pid()));
    bundle_delete(bundle);
}
