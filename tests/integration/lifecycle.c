/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/agent.h"
#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/terminal.h"
#include "tests/support/text.h"

TestSuite(lifecycle, TEST_SUITE);

static struct bundle *bundle_sleeping(void)
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "say ready ; pause");
    return bundle;
}

/* A container whose program has ended by itself. */
static struct bundle *bundle_stopped(void)
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "exit 3");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    return bundle;
}

/* ---- the whole life ---- */

Test(lifecycle, a_container_is_created_started_killed_and_deleted,
     .description = "R008 R012 R021 R032 R035 R039 R040 R047 R053 R062 R069")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *created;

    cr_assert_str_eq(bundle_status(bundle), "none");
    created = bundle_create(bundle);
    cr_assert_str_empty(created->out);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_start(bundle);
    cr_assert_str_eq(bundle_status(bundle), "running");
    result_await(created, "say=ready");
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    assert_status(tare("delete", bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "none");
    unlink(PID_FILE);
    assert_nothing_left();
}

Test(lifecycle, nothing_of_the_program_runs_before_start, .description = "R024 R055")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *created = bundle_create(bundle);

    usleep(100000);
    result_read(created);
    cr_assert_str_empty(created->out);
    bundle_start(bundle);
    result_await(created, "say=ready");
    bundle_delete(bundle);
}

Test(lifecycle, the_exit_status_goes_to_the_subreaper)
{
    struct bundle *bundle = bundle_new();
    int status;
    pid_t pid;

    bundle_payload(bundle, "exit 23");
    bundle_create(bundle);
    pid = bundle_pid();
    bundle_start(bundle);
    cr_assert_eq(waitpid(pid, &status, 0), pid, "%s", strerror(errno));
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 23);
    bundle_delete(bundle);
}

static const char *state_text(const struct bundle *bundle, const char *pointer)
{
    return json_text(json_parse(tare("state", bundle->id, NULL)->out), pointer);
}

Test(lifecycle, everything_but_the_program_is_there_after_create,
     .description = "R014 R022 R024 R054")
{
    struct bundle *bundle = bundle_sleeping();
    const char *pid, *mounts;
    struct result *created;

    bundle_mount(bundle, "tmpfs", "given", "/data", "\"mode=711\"");
    bundle_set(bundle, "/process/oomScoreAdj", "321");
    created = bundle_create(bundle);
    pid = file_read(PID_FILE);
    mounts = file_read(text_format("/proc/%s/mountinfo", pid));
    assert_contains(mounts, " /data ");
    assert_contains(mounts, " - tmpfs given ");
    cr_assert(file_exists(text_format("/proc/%s/root/dev/null", pid)));
    cr_assert(file_exists(text_format("/proc/%s/root/payload", pid)));
    assert_contains(file_read(text_format("/proc/%s/cgroup", pid)), bundle->id);
    cr_assert_str_eq(file_read(text_format("/proc/%s/oom_score_adj", pid)), "321\n");
    cr_assert_str_empty(created->out);
    cr_assert_str_eq(state_text(bundle, "/pid"), pid);
    bundle_start(bundle);
    cr_assert_str_eq(state_text(bundle, "/pid"), pid);
    cr_assert_str_eq(state_text(bundle, "/status"), "running");
    bundle_delete(bundle);
}

Test(lifecycle, a_container_in_the_making_is_creating, .description = "R011 R012")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *created;
    pid_t pid;

    file_copy(payload_binary(), WORK "/hook");
    bundle_set(bundle, "/hooks/createRuntime",
               "[{\"path\":\"" WORK "/hook\",\"args\":[\"hook\",\"create\",\"" WORK
               "/begun\",\"1\",\";\",\"await\",\"" WORK "/go\"]}]");
    bundle_write(bundle);
    pid = tare_start(NULL, &created, "create", "--bundle", bundle->path, bundle->id, NULL);
    for (int i = 0; !file_exists(WORK "/begun") && i < 2000; i++)
        usleep(5000);
    cr_assert_str_eq(bundle_status(bundle), "creating");
    file_write(WORK "/go", "x");
    tare_wait(pid, created);
    assert_status(created, 0);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_start(bundle);
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
}

Test(lifecycle, however_it_ends_it_is_stopped, .description = "R012 R038")
{
    static const char *const endings[] = {"exit 0", "exit 7", "kill 11", "kill 9"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct bundle *bundle = bundle_new();

        /* An init of a pid namespace is not killed by itself. */
        bundle_remove_namespace(bundle, "pid");
        bundle_payload(bundle, "%s", endings[i]);
        bundle_create(bundle);
        bundle_start(bundle);
        bundle_await(bundle, "stopped");
        bundle_delete(bundle);
    }
}

Test(lifecycle, an_id_can_be_used_again, .description = "R071")
{
    struct bundle *bundle = bundle_sleeping();

    for (int i = 0; i < 3; i++) {
        bundle_create(bundle);
        bundle_delete(bundle);
    }
}

Test(lifecycle, changes_of_the_configuration_after_create_have_no_effect,
     .description = "R025 R059")
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    bundle_payload(bundle, "say before");
    created = bundle_create(bundle);
    file_write(text_format("%s/config.json", bundle->path), "{ no JSON any more");
    bundle_start(bundle);
    result_await(created, "say=before");
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
}

/* ---- create ---- */

Test(lifecycle, the_pid_file_is_complete_and_has_no_newline)
{
    struct bundle *bundle = bundle_sleeping();
    const char *text;

    bundle_create(bundle);
    text = file_read(PID_FILE);
    cr_assert_eq(strspn(text, "0123456789"), strlen(text), "\"%s\"", text);
    cr_assert_str_eq(json_text(json_parse(tare("state", bundle->id, NULL)->out), "/pid"), text);
    bundle_delete(bundle);
}

Test(lifecycle, a_relative_pid_file_is_the_callers)
{
    struct bundle *bundle = bundle_sleeping();
    struct setting setting = {.cwd = WORK};

    bundle_write(bundle);
    assert_status(tare_with(&setting, "create", "--bundle", bundle->path, "--pid-file", "pid",
                            bundle->id, NULL),
                  0);
    cr_assert(file_exists(PID_FILE));
    bundle_delete(bundle);
}

Test(lifecycle, a_pid_file_that_cannot_be_written_undoes_everything, .description = "R044")
{
    struct bundle *bundle = bundle_sleeping();

    bundle_write(bundle);
    assert_failed(tare("create", "--bundle", bundle->path, "--pid-file", WORK "/no/such/dir/pid",
                       bundle->id, NULL),
                  1, WORK "/no/such/dir/pid");
}

Test(lifecycle, an_existing_id_is_refused_and_left_alone, .description = "R010 R052")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;

    bundle_create(bundle);
    result = tare("create", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "already exists");
    cr_assert_str_eq(bundle_status(bundle), "created");
    result = tare("run", "--bundle", bundle->path, bundle->id, NULL);
    cr_assert_neq(result->status, 0);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_delete(bundle);
}

Test(lifecycle, bad_ids_are_refused, .description = "R052")
{
    static const char *const ids[] = {"",    ".",    "..",  "a/b",    "../x",
                                      "a b", "ünix", "a\n", "a\001b", "a:b"};
    struct bundle *bundle = bundle_sleeping();

    bundle_write(bundle);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct result *result = tare("create", "--bundle", bundle->path, "--", ids[i], NULL);

        assert_failed(result, 1, "invalid container ID format");
    }
    assert_failed(tare("create", "--bundle", bundle->path, text_repeat("x", 2000), NULL), 1, "ID");
}

Test(lifecycle, odd_but_good_ids_are_taken)
{
    struct bundle *bundle = bundle_sleeping();
    const char *ids[] = {text_format("%s-A+b.C_9", test_prefix()),
                         text_format("%s-%s", test_prefix(), text_repeat("x", 64))};

    bundle_write(bundle);
    for (int i = 0; i < 2; i++) {
        assert_status(tare("create", "--bundle", bundle->path, ids[i], NULL), 0);
        assert_status(tare("delete", "--force", ids[i], NULL), 0);
    }
}

/* ---- start ---- */

Test(lifecycle, only_a_created_container_can_be_started, .description = "R061")
{
    struct bundle *bundle = bundle_sleeping(), *stopped;
    struct result *result;

    result = tare("start", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "does not exist");
    bundle_create(bundle);
    bundle_start(bundle);
    result = tare("start", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "cannot start an already running container");
    bundle_delete(bundle);

    stopped = bundle_stopped();
    result = tare("start", stopped->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "cannot start a container that has stopped");
    bundle_delete(stopped);
}

Test(lifecycle, a_container_killed_before_start_cannot_be_started, .description = "R012 R061")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;

    bundle_create(bundle);
    kill(bundle_pid(), SIGKILL);
    bundle_await(bundle, "stopped");
    result = tare("start", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "stopped");
    assert_status(tare("delete", bundle->id, NULL), 0);
}

Test(lifecycle, process_is_needed_by_start_not_by_create, .description = "R063 R118")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_remove(bundle, "/process");
    bundle_write(bundle);
    result = tare("create", "--bundle", bundle->path, bundle->id, NULL);
    if (binary_is_tare())
        assert_status(result, 0);
    if (result->status == 0) {
        result = tare("start", bundle->id, NULL);
        cr_assert_neq(result->status, 0);
        assert_contains(result->err, "process");
        assert_status(tare("delete", "--force", bundle->id, NULL), 0);
    } else {
        assert_contains(result->err, "process");
    }
}

/* ---- state and list ---- */

/* Engines parse it; the form is the other runtimes' to the byte. */
Test(lifecycle, state_is_byte_exact, .description = "R009 R018 R019 R050")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;
    const char *created, *expected;

    bundle_create(bundle);
    result = tare("state", bundle->id, NULL);
    assert_status(result, 0);
    created = json_text(json_parse(result->out), "/created");
    cr_assert_not_null(created);
    expected = text_format("{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"%s\",\n  \"pid\": %s,\n"
                           "  \"status\": \"created\",\n  \"bundle\": \"%s\",\n"
                           "  \"rootfs\": \"%s\",\n  \"created\": \"%s\",\n  \"owner\": \"\"\n}",
                           bundle->id, file_read(PID_FILE), bundle->path, bundle->rootfs, created);
    if (binary_is_tare())
        cr_assert_str_eq(result->out, expected);
    cr_assert_str_empty(result->err);
    bundle_delete(bundle);
}

Test(lifecycle, state_ends_its_line_on_a_terminal)
{
    struct bundle *bundle = bundle_sleeping();
    struct setting setting = {.prepare = terminal_enter};
    struct result *result;
    const char *name;
    int master = terminal_open(&name);
    pid_t pid;

    setting.data = name;
    bundle_create(bundle);
    pid = tare_start(&setting, &result, "state", bundle->id, NULL);
    terminal_read_until(master, "\"owner\": \"\"\r\n}\r\n");
    tare_wait(pid, result);
    assert_status(result, 0);
    close(master);
    bundle_delete(bundle);
}

Test(lifecycle, state_has_the_annotations, .description = "R018 R190 R194")
{
    struct bundle *bundle = bundle_sleeping();
    struct json *state;

    bundle_set(bundle, "/annotations", "{\"org.example/a b\":\"quoted \\\" \\n\",\"empty\":\"\"}");
    bundle_create(bundle);
    state = json_parse(tare("state", bundle->id, NULL)->out);
    /* Only of a container in a scope: tests/integration/systemd.c. */
    cr_assert_null(json_at(state, "/systemd-scope"));
    cr_assert_str_eq(json_text(state, "/annotations/org.example~1a b"), "quoted \" \n");
    cr_assert_str_eq(json_text(state, "/annotations/empty"), "");
    bundle_delete(bundle);
}

Test(lifecycle, a_creation_time_is_utc_with_nanoseconds)
{
    struct bundle *bundle = bundle_sleeping();
    const char *created;
    char now[32];
    time_t seconds = time(NULL);
    struct tm tm;

    bundle_create(bundle);
    created = json_text(json_parse(tare("state", bundle->id, NULL)->out), "/created");
    gmtime_r(&seconds, &tm);
    strftime(now, sizeof(now), "%Y-%m-%dT%H:", &tm);
    assert_contains(created, now);
    cr_assert_eq(created[strlen(created) - 1], 'Z', "%s", created);
    cr_assert_eq(created[19], '.', "%s", created);
    bundle_delete(bundle);
}

/* Between the directory and the state, and for ever when a create was killed there. Go programs read a time. */
Test(lifecycle, what_has_no_state_yet_has_a_creation_time)
{
    struct json *list, *state;
    struct result *table;
    const char *created;

    directory_make(STATE "/early");
    state = json_parse(tare("state", "early", NULL)->out);
    list = json_parse(tare("list", "--format", "json", NULL)->out);
    table = tare("list", NULL);
    cr_assert_str_eq(json_text(state, "/status"), "creating");
    created = json_text(state, "/created");
    cr_assert_eq(strlen(created), strlen("2026-11-22T00:59:21.366601772Z"), "%s", created);
    cr_assert_eq(strncmp(created, "20", 2), 0, "%s", created);
    cr_assert_str_eq(json_text(list, "/0/created"), created);
    assert_contains(table->out, created);
    assert_status(tare("delete", "--force", "early", NULL), 0);
    assert_nothing_left();
}

Test(lifecycle, a_stopped_container_has_pid_0)
{
    struct bundle *bundle = bundle_stopped();

    cr_assert_str_eq(json_text(json_parse(tare("state", bundle->id, NULL)->out), "/pid"), "0");
    bundle_delete(bundle);
}

Test(lifecycle, the_state_of_an_unknown_container_is_an_error, .description = "R049")
{
    struct result *result = tare("state", "nobody", NULL);

    assert_failed(result, 1, "does not exist");
    cr_assert_str_empty(result->out);
}

Test(lifecycle, list_shows_containers)
{
    struct bundle *one = bundle_sleeping(), *two = bundle_sleeping();
    struct result *result;
    struct json *list;

    bundle_create(one);
    bundle_create(two);
    bundle_start(two);
    result = tare("list", NULL);
    assert_status(result, 0);
    cr_assert_eq(strncmp(result->out, "ID ", 3), 0, "%s", result->out);
    assert_contains(result->out, "PID");
    assert_contains(result->out, "STATUS");
    assert_contains(result->out, "BUNDLE");
    assert_contains(result->out, "CREATED");
    assert_contains(result->out, "OWNER");
    assert_contains(result->out, one->id);
    assert_contains(result->out, two->path);
    result = tare("list", "--quiet", NULL);
    cr_assert_str_eq(result->out, text_format("%s\n%s\n", one->id, two->id));
    result = tare("list", "-f", "json", NULL);
    list = json_parse(result->out);
    cr_assert_eq(json_length(list), 2);
    cr_assert_str_eq(json_text(list, "/0/id"), one->id);
    cr_assert_str_eq(json_text(list, "/0/status"), "created");
    cr_assert_str_eq(json_text(list, "/1/status"), "running");
    bundle_delete(one);
    bundle_delete(two);
}

Test(lifecycle, an_empty_list_is_null_in_json)
{
    struct result *result;

    directory_make(STATE);
    result = tare("list", "--format", "json", NULL);
    assert_status(result, 0);
    cr_assert_str_eq(result->out, "null\n");
    cr_assert_neq(tare("list", "--format", "poem", NULL)->status, 0);
}

Test(lifecycle, an_unreadable_entry_does_not_hide_the_others)
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;

    bundle_create(bundle);
    directory_make(STATE "/broken");
    file_write(STATE "/broken/state.json", "{ no");
    result = tare("list", "--format", "json", NULL);
    assert_contains(result->out, bundle->id);
    cr_assert_not_null(json_try_parse(result->out), "%s", result->out);
    /* Nor is it hidden itself. */
    assert_contains(result->err, "warning: container broken: ");
    result = tare("--log", WORK "/list.log", "list", NULL);
    cr_assert_str_empty(result->err);
    assert_contains(file_read(WORK "/list.log"), "container broken: ");
    /* What was in it cannot be found. */
    result = tare("delete", "--force", "broken", NULL);
    assert_status(result, 1);
    assert_contains(result->err, "state.json");
    assert_contains(result->err, "end it, and remove " STATE "/broken");
    unlink(STATE "/broken/state.json");
    rmdir(STATE "/broken");
    bundle_delete(bundle);
}

/* ---- kill ---- */

/* `trap` shows the number that arrived. */
static void check_signal(const char *name, int number)
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    bundle_payload(bundle, "trap %d ; say ready ; wait 1", number);
    created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    assert_status(tare("kill", bundle->id, name, NULL), 0);
    result_await(created, text_format("signal=%d\n", number));
    bundle_delete(bundle);
}

Test(lifecycle, kill_takes_names_and_numbers, .description = "R066")
{
    static const struct {
        const char *name;
        int number;
    } cases[] = {{"TERM", 15}, {"SIGTERM", 15}, {"term", 15},  {"sigusr1", 10},
                 {"10", 10},   {"HUP", 1},      {"WINCH", 28}, {"CHLD", 17}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_signal(cases[i].name, cases[i].number);
}

Test(lifecycle, kill_takes_realtime_signals, .description = "R066")
{
    check_signal("RTMIN", 34);
    check_signal("SIGRTMIN+3", 37);
    check_signal("RTMAX-1", 63);
    check_signal("RTMAX", 64);
    check_signal("42", 42);
}

Test(lifecycle, signal_0_asks_whether_the_container_lives, .description = "R065 R066")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    assert_status(tare("kill", bundle->id, "0", NULL), 0);
    bundle_start(bundle);
    assert_status(tare("kill", bundle->id, "0", NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    result = tare("kill", bundle->id, "0", NULL);
    assert_status(result, 1);
    assert_contains(result->err, "container not running");
    bundle_delete(bundle);
}

Test(lifecycle, the_default_signal_is_term)
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    bundle_payload(bundle, "trap 15 ; say ready ; wait 1");
    created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    assert_status(tare("kill", bundle->id, NULL), 0);
    result_await(created, "signal=15\n");
    bundle_delete(bundle);
}

Test(lifecycle, the_image_can_name_the_default_signal, .description = "R191")
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    bundle_set(bundle, "/annotations", "{\"org.opencontainers.image.stopSignal\":\"SIGUSR2\"}");
    bundle_payload(bundle, "trap 12 ; say ready ; wait 1");
    created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    assert_status(tare("kill", bundle->id, NULL), 0);
    result_await(created, "signal=12\n");
    bundle_delete(bundle);
}

Test(lifecycle, unknown_signals_are_refused)
{
    static const char *const names[] = {"FOO", "SIGFOO", "65",       "-1",
                                        "9x",  "",       "RTMIN+31", "RTMAX+1"};
    struct bundle *bundle = bundle_sleeping();

    bundle_create(bundle);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct result *result = tare("kill", "--", bundle->id, names[i], NULL);

        assert_status(result, 1);
        if (binary_is_tare())
            assert_contains(result->err, "unknown signal");
    }
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_delete(bundle);
}

Test(lifecycle, a_created_container_can_be_killed, .description = "R012 R066")
{
    struct bundle *bundle = bundle_sleeping();

    bundle_create(bundle);
    assert_status(tare("kill", bundle->id, "9", NULL), 0);
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
}

Test(lifecycle, killing_a_stopped_container_says_so, .description = "R065")
{
    struct bundle *bundle = bundle_stopped();
    struct result *result = tare("kill", bundle->id, "9", NULL);

    assert_status(result, 1);
    assert_contains(result->err, "container not running");
    /* Engines call it after the init has gone. */
    assert_status(tare("kill", "--all", bundle->id, "9", NULL), 0);
    assert_status(tare("kill", "-a", bundle->id, "9", NULL), 0);
    bundle_delete(bundle);
}

Test(lifecycle, killing_an_unknown_container_says_so, .description = "R065")
{
    assert_failed(tare("kill", "nobody", "9", NULL), 1, "does not exist");
}

Test(lifecycle, kill_all_reaches_every_process)
{
    struct bundle *bundle = bundle_new();
    struct result *created;

    bundle_remove_namespace(bundle, "pid");
    bundle_payload(bundle, "child 60000 ; say ready ; pause");
    created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    assert_status(tare("kill", "--all", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
    assert_nothing_left();
}

Test(lifecycle, kill_is_no_failure_when_the_cgroup_was_quicker)
{
    /* The init may be dead already when its turn comes, after the rest of its cgroup. */
    for (int i = 0; i < 25; i++) {
        struct bundle *bundle = bundle_new();

        bundle_remove_namespace(bundle, "pid");
        bundle_payload(bundle, "pause");
        bundle_create(bundle);
        bundle_start(bundle);
        assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
        bundle_delete(bundle);
    }
}

/* ---- delete ---- */

Test(lifecycle, a_running_container_is_not_deleted_without_force, .description = "R068")
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;

    bundle_create(bundle);
    bundle_start(bundle);
    result = tare("delete", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "not stopped");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(lifecycle, a_created_container_is_deleted, .description = "R068")
{
    struct bundle *bundle = bundle_sleeping();

    bundle_create(bundle);
    assert_status(tare("delete", bundle->id, NULL), 0);
    unlink(PID_FILE);
    assert_nothing_left();
}

Test(lifecycle, delete_of_an_unknown_container_says_so_unless_forced, .description = "R043")
{
    struct result *result;

    assert_failed(tare("delete", "nobody", NULL), 1, "does not exist");
    result = tare("delete", "--force", "nobody", NULL);
    assert_status(result, 0);
    cr_assert_str_empty(result->err);
    assert_status(tare("delete", "-f", "nobody", NULL), 0);
}

/* A container whose runtime was killed in the middle leaves a directory that can be cleared. */
Test(lifecycle, remains_without_a_state_are_cleared_by_force)
{
    directory_make(STATE "/remains");
    assert_status(tare("delete", "--force", "remains", NULL), 0);
    assert_nothing_left();
}

/* ---- run ---- */

Test(lifecycle, run_leaves_nothing, .description = "R040 R069")
{
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "exit 4");
    assert_status(bundle_run(bundle), 4);
    cr_assert_str_eq(bundle_status(bundle), "none");
    assert_nothing_left();
}

Test(lifecycle, run_keep_leaves_a_stopped_container)
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    assert_status(tare("run", "--keep", "--bundle", bundle->path, bundle->id, NULL), 0);
    cr_assert_str_eq(bundle_status(bundle), "stopped");
    assert_status(tare("delete", bundle->id, NULL), 0);
}

Test(lifecycle, run_detach_returns_while_the_program_runs)
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;

    bundle_write(bundle);
    result = tare("run", "-d", "--pid-file", PID_FILE, "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    cr_assert_str_eq(bundle_status(bundle), "running");
    result_await(result, "say=ready");
    cr_assert_gt(bundle_pid(), 1);
    bundle_delete(bundle);
}

Test(lifecycle, run_writes_a_pid_file)
{
    struct bundle *bundle = bundle_sleeping();
    struct result *result;
    pid_t pid;

    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--pid-file", PID_FILE, "--bundle", bundle->path,
                     bundle->id, NULL);
    result_await(result, "say=ready");
    kill(bundle_pid(), SIGKILL);
    tare_wait(pid, result);
    assert_status(result, 137);
}

/* ---- at the same time ---- */

Test(lifecycle, many_containers_start_at_once)
{
    enum { N = 12 };
    struct result *results[N];
    pid_t pids[N];

    for (int i = 0; i < N; i++) {
        struct bundle *bundle = bundle_new();

        bundle_payload(bundle, "say %d ; exit %d", i, i);
        bundle_write(bundle);
        pids[i] = tare_start(NULL, &results[i], "run", "--bundle", bundle->path, bundle->id, NULL);
    }
    for (int i = 0; i < N; i++) {
        tare_wait(pids[i], results[i]);
        assert_status(results[i], i);
        assert_fact(results[i], "say", text_format("%d", i));
    }
}

Test(lifecycle, one_id_is_created_once, .description = "R010")
{
    enum { N = 8 };
    struct bundle *bundle = bundle_sleeping();
    struct result *results[N];
    pid_t pids[N];
    int created = 0;

    bundle_write(bundle);
    for (int i = 0; i < N; i++)
        pids[i] =
            tare_start(NULL, &results[i], "create", "--bundle", bundle->path, bundle->id, NULL);
    for (int i = 0; i < N; i++) {
        tare_wait(pids[i], results[i]);
        created += results[i]->status == 0;
    }
    cr_assert_eq(created, 1, "%d of %d succeeded", created, N);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_delete(bundle);
}

Test(lifecycle, one_container_is_started_once, .description = "R061")
{
    enum { N = 8 };
    struct bundle *bundle = bundle_sleeping();
    struct result *results[N];
    pid_t pids[N];
    int started = 0;

    bundle_create(bundle);
    for (int i = 0; i < N; i++)
        pids[i] = tare_start(NULL, &results[i], "start", bundle->id, NULL);
    for (int i = 0; i < N; i++) {
        tare_wait(pids[i], results[i]);
        started += results[i]->status == 0;
    }
    cr_assert_eq(started, 1, "%d of %d succeeded", started, N);
    bundle_delete(bundle);
}

Test(lifecycle, delete_from_several_sides_is_idempotent)
{
    enum { N = 6 };
    struct bundle *bundle = bundle_sleeping();
    struct result *results[N];
    pid_t pids[N];

    bundle_create(bundle);
    bundle_start(bundle);
    for (int i = 0; i < N; i++)
        pids[i] = tare_start(NULL, &results[i], "delete", "--force", bundle->id, NULL);
    for (int i = 0; i < N; i++) {
        tare_wait(pids[i], results[i]);
        assert_status(results[i], 0);
    }
    unlink(PID_FILE);
}

Test(lifecycle, a_pidfd_can_be_sent, .description = "run.oci.pidfd_receiver")
{
    static const struct agent_answer nothing = {.number = -1};
    struct agent receiver = agent_start(WORK "/receiver", &nothing, false);
    struct bundle *bundle = bundle_new();

    bundle_payload(bundle, "say ran");
    bundle_set(bundle, "/annotations", "{\"run.oci.pidfd_receiver\":\"" WORK "/receiver\"}");
    bundle_run_ok(bundle);
    cr_assert_str_eq(agent_message(&receiver, 0), "standard");
    agent_stop(&receiver);
    assert_run_fails(bundle, "/annotations/run.oci.pidfd_receiver", "No such file or directory");
    bundle_set(bundle, "/annotations", "{\"run.oci.pidfd_receiver\":\"receiver\"}");
    assert_run_fails(bundle, "/annotations/run.oci.pidfd_receiver", "not an absolute path");
}

Test(lifecycle, annotations_that_ask_for_what_is_not_there,
     .description = "R193: known ones are errors, unknown ones are ignored")
{
    static const char *const keys[] = {"run.oci.handler", "run.oci.systemd.force_cgroup_v1"};
    struct bundle *bundle = bundle_new();

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        bundle_set(bundle, "/annotations", "{\"%s\":\"x\"}", keys[i]);
        assert_run_fails(bundle, text_format("/annotations/%s", keys[i]));
    }
    bundle_payload(bundle, "say ran");
    bundle_set(bundle, "/annotations", "{\"run.oci.unheard_of\":\"\",\"org.zz\":\"\"}");
    bundle_run_ok(bundle);
}
