/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(hooks, TEST_SUITE);

/* Hooks run the payload program, which appends what it sees to LOG. SHARED is at the same place inside and
 * outside, so that one path serves every kind of hook. */
#define SHARED WORK "/shared"
#define LOG    SHARED "/log"

static const char *const kinds[] = {"prestart",       "createRuntime", "createContainer",
                                    "startContainer", "poststart",     "poststop"};
enum { KINDS = 6 };

static struct bundle *bundle_with_log(void)
{
    struct bundle *bundle = bundle_new();

    file_copy(payload_binary(), SHARED "/hook");
    file_write(LOG, "%s", "");
    chmod(LOG, 0666);
    bundle_mount(bundle, "bind", SHARED, SHARED, "\"bind\"");
    return bundle;
}

static void add_hook(struct bundle *bundle, const char *kind, const char *words, const char *more)
{
    struct text args = {0};
    char *copy = strdup(words);

    text_add(&args, "\"hook\"");
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        text_add(&args, ",%s", json_quote(word));
    if (json_at(bundle->config, text_format("/hooks/%s", kind)) == NULL)
        bundle_set(bundle, text_format("/hooks/%s", kind), "[]");
    bundle_set(bundle, text_format("/hooks/%s/-", kind),
               "{\"path\":\"" SHARED "/hook\",\"args\":[%s]%s}", text_string(&args), more);
}

static struct bundle *bundle_with_all_hooks(void)
{
    struct bundle *bundle = bundle_with_log();

    for (int i = 0; i < KINDS; i++)
        add_hook(bundle, kinds[i], text_format("record " LOG " %s", kinds[i]), "");
    bundle_payload(bundle, "append " LOG " tag=program\n");
    bundle_args(bundle, "/payload", "append", LOG, "tag=program\n", NULL);
    return bundle;
}

/* The line of a tag in the log, or NULL. */
static const char *log_line(const char *tag)
{
    char *log = file_read(LOG);

    for (char *line = strtok(log, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        size_t length = strlen(tag);

        if (strncmp(line, "tag=", 4) == 0 && strncmp(line + 4, tag, length) == 0 &&
            (line[4 + length] == ' ' || line[4 + length] == 0))
            return line;
    }
    return NULL;
}

/* "prestart createRuntime ..." */
static const char *log_order(void)
{
    struct text order = {0};
    char *log = file_read(LOG);

    for (char *line = strtok(log, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "tag=", 4) == 0)
            text_add(&order, "%s%.*s", order.length == 0 ? "" : " ", (int)strcspn(line + 4, " "),
                     line + 4);
    }
    return text_string(&order);
}

static struct json *log_state(const char *tag)
{
    const char *line = log_line(tag), *state;

    cr_assert_not_null(line, "%s did not run", tag);
    state = strstr(line, "stdin=");
    cr_assert_not_null(state);
    return json_parse(state + 6);
}

/* state-schema.json, in few words. */
static void assert_valid_state(struct json *state)
{
    static const char *const statuses[] = {"creating", "created", "running", "stopped"};
    const char *status = json_text(state, "/status"), *pid = json_text(state, "/pid");
    bool known = false;

    cr_assert_not_null(status);
    for (int i = 0; i < 4; i++)
        known = known || strcmp(status, statuses[i]) == 0;
    cr_assert(known, "%s", status);
    cr_assert_not_null(json_text(state, "/ociVersion"));
    cr_assert_not_null(json_text(state, "/id"));
    cr_assert_eq(json_text(state, "/bundle")[0], '/');
    cr_assert(pid == NULL || strspn(pid, "0123456789") == strlen(pid), "%s", pid);
    cr_assert(pid != NULL || strcmp(status, "stopped") == 0);
}

/* ---- order and surroundings ---- */

Test(hooks, run_calls_all_in_order,
     .description = "R026 R028 R030 R033 R035 R036 R041 R162 R178 R182 R367")
{
    struct bundle *bundle = bundle_with_all_hooks();

    bundle_run_ok(bundle);
    /* The program runs beside poststart. */
    cr_assert(strcmp(log_order(), "prestart createRuntime createContainer startContainer program "
                                  "poststart poststop") == 0 ||
                  strcmp(log_order(), "prestart createRuntime createContainer startContainer "
                                      "poststart program poststop") == 0,
              "%s", log_order());
}

Test(hooks, each_operation_calls_its_own, .description = "R072 R177 R179 R181 R184 R185 R186")
{
    struct bundle *bundle = bundle_with_all_hooks();

    bundle_args(bundle, "/payload", "pause", NULL);
    bundle_create(bundle);
    cr_assert_str_eq(log_order(), "prestart createRuntime createContainer");
    bundle_start(bundle);
    cr_assert_str_eq(log_order(),
                     "prestart createRuntime createContainer startContainer poststart");
    bundle_delete(bundle);
    cr_assert_str_eq(log_order(),
                     "prestart createRuntime createContainer startContainer poststart poststop");
}

Test(hooks, several_of_a_kind_run_as_listed, .description = "R175")
{
    struct bundle *bundle = bundle_with_log();

    for (int i = 0; i < KINDS; i++) {
        add_hook(bundle, kinds[i], text_format("record " LOG " %s-1", kinds[i]), "");
        add_hook(bundle, kinds[i], text_format("record " LOG " %s-2", kinds[i]), "");
    }
    bundle_run_ok(bundle);
    cr_assert_str_eq(log_order(),
                     "prestart-1 prestart-2 createRuntime-1 createRuntime-2 createContainer-1 "
                     "createContainer-2 startContainer-1 startContainer-2 poststart-1 poststart-2 "
                     "poststop-1 poststop-2");
}

Test(hooks, the_state_is_on_stdin, .description = "R013 R015 R016 R017 R020 R176")
{
    static const char *const statuses[] = {"created", "created", "created",
                                           "created", "running", "stopped"};
    struct bundle *bundle = bundle_with_all_hooks();
    const char *pid;

    bundle_set(bundle, "/annotations", "{\"org.example.key\":\"value\"}");
    bundle_args(bundle, "/payload", "pause", NULL);
    bundle_create(bundle);
    pid = file_read(PID_FILE);
    bundle_start(bundle);
    bundle_delete(bundle);
    for (int i = 0; i < KINDS; i++) {
        struct json *state = log_state(kinds[i]);
        const char *status = json_text(state, "/status");

        cr_assert_str_eq(json_text(state, "/id"), bundle->id);
        cr_assert_str_eq(json_text(state, "/bundle"), bundle->path);
        cr_assert_str_eq(json_text(state, "/annotations/org.example.key"), "value");
        cr_assert_not_null(json_text(state, "/ociVersion"));
        /* The spec's "creating" and the peers' "created" are both to be found in the wild. */
        if (i == 2)
            cr_assert(strcmp(status, "creating") == 0 || strcmp(status, "created") == 0);
        else
            cr_assert_str_eq(status, statuses[i], "%s: %s", kinds[i], status);
        /* A pid as the hook's own namespace sees it. */
        if (i < 2 || i == 4)
            cr_assert_str_eq(json_text(state, "/pid"), pid, "%s", kinds[i]);
        if (i == 2 || i == 3)
            cr_assert_str_eq(json_text(state, "/pid"), "1", "%s", kinds[i]);
        assert_valid_state(state);
    }
}

Test(hooks, namespaces_are_the_right_ones, .description = "R170 R172 R174")
{
    struct bundle *bundle = bundle_with_all_hooks();
    char own[64] = {0};

    bundle_run_ok(bundle);
    for (int i = 0; i < KINDS; i++) {
        bool inside = i == 2 || i == 3;

        for (int n = 0; n < 3; n++) {
            static const char *const names[] = {"mnt", "net", "uts"};

            memset(own, 0, sizeof(own));
            cr_assert_gt(readlink(text_format("/proc/self/ns/%s", names[n]), own, 63), 0);
            cr_assert_eq(strstr(log_line(kinds[i]), own) == NULL, inside, "%s: %s", kinds[i],
                         log_line(kinds[i]));
        }
    }
}

Test(hooks, the_environment_is_the_configured_one, .description = "R166")
{
    struct bundle *bundle = bundle_with_log();
    struct setting setting = {.env = (const char *const[]){"CALLER=secret", NULL}};

    add_hook(bundle, "createRuntime", "record " LOG " given", ",\"env\":[\"A=1\",\"B=2\"]");
    add_hook(bundle, "createRuntime", "record " LOG " none", "");
    add_hook(bundle, "poststop", "record " LOG " stop", ",\"env\":[]");
    add_hook(bundle, "startContainer", "record " LOG " inside", "");
    add_hook(bundle, "startContainer", "record " LOG " bare", ",\"env\":[]");
    bundle_set(bundle, "/process/env", "[\"C=3\",\"HOME=/\"]");
    assert_status(bundle_run_with(bundle, &setting), 0);
    assert_contains(log_line("given"), " env:A=1 env:B=2 ");
    assert_lacks(file_read(LOG), "secret");
    assert_lacks(log_line("none"), "env:");
    assert_lacks(log_line("stop"), "env:");
    /* A program of the container like the one that it prepares. */
    assert_contains(log_line("inside"), " env:C=3 env:HOME=/ ");
    assert_lacks(log_line("bare"), "env:");
}

/* The init's own is 0 while it makes the file system. */
Test(hooks, the_umask_is_the_callers)
{
    static const char *const outside[] = {"createRuntime", "createContainer", "poststart",
                                          "poststop"};
    struct bundle *bundle = bundle_with_log();
    struct result *result;

    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        bundle_set(bundle, text_format("/hooks/%s", outside[i]),
                   "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"umask > " SHARED "/%s\"]}]",
                   outside[i]);
    bundle_payload(bundle, "umask");
    bundle_write(bundle);
    umask(027);
    result = tare("run", "--bundle", bundle->path, bundle->id, NULL);
    umask(022);
    assert_status(result, 0);
    assert_fact(result, "umask", "0022");
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        cr_assert_str_eq(file_read(text_format(SHARED "/%s", outside[i])), "0027\n", "%s: %s",
                         outside[i], file_read(text_format(SHARED "/%s", outside[i])));
}

Test(hooks, only_stdio_is_open_in_them)
{
    struct bundle *bundle = bundle_with_all_hooks();

    bundle_run_ok(bundle);
    for (int i = 0; i < KINDS; i++)
        assert_contains(log_line(kinds[i]), " fds=0,1,2, ");
}

Test(hooks, those_of_the_runtime_are_found_outside, .description = "R169")
{
    static const int outside[] = {0, 1, 4, 5};

    for (int i = 0; i < 4; i++) {
        struct bundle *bundle = bundle_with_log();
        const char *kind = kinds[outside[i]];

        file_copy(payload_binary(), WORK "/outside/hook");
        bundle_set(bundle, text_format("/hooks/%s", kind),
                   "[{\"path\":\"" WORK "/outside/hook\",\"args\":[\"x\",\"record\",\"" LOG
                   "\",\"%s\"]}]",
                   kind);
        bundle_run_ok(bundle);
        cr_assert_not_null(log_line(kind), "%s", kind);
    }
}

Test(hooks, the_first_argument_is_the_name, .description = "R165")
{
    struct bundle *bundle = bundle_with_log();

    if (!file_exists("/bin/bash"))
        SKIP("needs a shell that takes any name: bash");
    bundle_set(bundle, "/hooks",
               "{\"createRuntime\":[{\"path\":\"/bin/bash\",\"args\":[\"my name\",\"-c\","
               "\"echo \\\"$0\\\" $1 >" SHARED "/name\"]}]}");
    bundle_run_ok(bundle);
    cr_assert_str_eq(file_read(SHARED "/name"), "my name\n");
}

Test(hooks, empty_lists_do_nothing, .description = "R161")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/hooks", "{}");
    bundle_run_ok(bundle);
    for (int i = 0; i < KINDS; i++)
        bundle_set(bundle, text_format("/hooks/%s", kinds[i]), "[]");
    bundle_run_ok(bundle);
}

/* ROOT/ID and the cgroup are gone when it runs. */
Test(hooks, poststop_comes_after_the_container_is_gone, .description = "R186")
{
    struct bundle *bundle = bundle_with_log();

    if (!file_exists("/bin/sh"))
        SKIP("needs /bin/sh");
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s\"", bundle->id);
    bundle_set(bundle, "/hooks",
               "{\"poststop\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\","
               "\"for i in " STATE "/%s /sys/fs/cgroup/%s " WORK
               "; do [ -e $i ] && echo there || echo gone; done >" SHARED "/seen\"]}]}",
               bundle->id, bundle->id);
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_delete(bundle);
    cr_assert_str_eq(file_read(SHARED "/seen"), "gone\ngone\nthere\n");
}

Test(hooks, create_container_hooks_run_before_the_root_is_changed, .description = "R171 R172 R181")
{
    struct bundle *bundle = bundle_with_log();

    /* The path exists on the host only. */
    file_copy(payload_binary(), WORK "/outside/hook");
    bundle_set(bundle, "/hooks",
               "{\"createContainer\":[{\"path\":\"" WORK
               "/outside/hook\",\"args\":[\"x\",\"record\",\"" LOG "\",\"outside\"]}]}");
    bundle_run_ok(bundle);
    cr_assert_not_null(log_line("outside"));
}

Test(hooks, start_container_hooks_come_from_the_root, .description = "R173 R174")
{
    struct bundle *bundle = bundle_with_log();

    bundle_set(bundle, "/hooks",
               "{\"startContainer\":[{\"path\":\"/payload\",\"args\":[\"x\",\"record\",\"" LOG
               "\",\"inside\"]}]}");
    bundle_run_ok(bundle);
    assert_contains(log_line("inside"), " cwd=/ ");
}

/* A hook on the host can prepare the container's namespaces by its pid. */
Test(hooks, the_environment_exists_when_runtime_hooks_run, .description = "R177 R179 R180")
{
    struct bundle *bundle = bundle_with_log();
    struct json *state;
    const char *script = SHARED "/script";

    if (!file_exists("/bin/sh"))
        SKIP("needs /bin/sh");
    file_write(script,
               "#!/bin/sh\nPATH=/bin:/usr/bin\nread -r "
               "state\npid=${state#*\\\"pid\\\":}\npid=${pid%%%%[,\\}]*}\n"
               "{ readlink /proc/$pid/ns/net; readlink /proc/$pid/ns/mnt; } >" SHARED "/links\n"
               "cat /proc/$pid/mountinfo >" SHARED "/mounts\n");
    chmod(script, 0755);
    bundle_set(bundle, "/hooks", "{\"createRuntime\":[{\"path\":\"%s\"}]}", script);
    bundle_run_ok(bundle);
    assert_contains(file_read(SHARED "/links"), "net:[");
    assert_lacks(file_read(SHARED "/links"), "[]");
    assert_contains(file_read(SHARED "/mounts"), "mqueue");
    state = NULL;
    (void)state;
}

/* ---- failure ---- */

Test(hooks, a_failing_hook_of_create_undoes_everything, .description = "R027 R029 R031 R044")
{
    for (int i = 0; i < 3; i++) {
        struct bundle *bundle = bundle_with_log();

        add_hook(bundle, kinds[i], "complain because ; exit 3", "");
        add_hook(bundle, "poststop", "record " LOG " poststop", "");
        bundle_write(bundle);
        assert_failed(
            tare("create", "--bundle", bundle->path, "--pid-file", PID_FILE, bundle->id, NULL), 1,
            kinds[i], "3", "because", text_format("/hooks/%s/0", kinds[i]));
        cr_assert_not_null(log_line("poststop"), "poststop did not run after %s", kinds[i]);
        assert_run_fails(bundle, kinds[i]);
    }
}

Test(hooks, a_failing_start_container_hook_fails_start, .description = "R034")
{
    struct bundle *bundle = bundle_with_log();
    struct result *result;

    add_hook(bundle, "startContainer", "exit 4", "");
    add_hook(bundle, "poststop", "record " LOG " poststop", "");
    bundle_args(bundle, "/payload", "append", LOG, "tag=program\n", NULL);
    bundle_create(bundle);
    result = tare("start", bundle->id, NULL);
    cr_assert_neq(result->status, 0);
    if (binary_is_tare())
        assert_contains(result->err, "startContainer");
    cr_assert_null(log_line("program"));
    if (binary_is_tare())
        cr_assert_str_eq(bundle_status(bundle), "none");
    bundle_delete(bundle);
    cr_assert_not_null(log_line("poststop"));
    assert_run_fails(bundle, "startContainer", "4");
    cr_assert_null(log_line("program"));
}

Test(hooks, a_failing_poststart_hook_fails_start_and_ends_the_container, .description = "R037")
{
    struct bundle *bundle = bundle_with_log();
    struct result *result;

    add_hook(bundle, "poststart", "exit 5", "");
    add_hook(bundle, "poststop", "record " LOG " poststop", "");
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    result = tare("start", bundle->id, NULL);
    cr_assert_neq(result->status, 0);
    if (binary_is_tare())
        assert_contains(result->err, "poststart");
    cr_assert_str_neq(bundle_status(bundle), "running");
    if (binary_is_tare()) {
        cr_assert_str_eq(bundle_status(bundle), "none");
        cr_assert_not_null(log_line("poststop"));
    }
    tare("delete", "--force", bundle->id, NULL);
    unlink(PID_FILE);
    assert_run_fails(bundle, "poststart", "5");
}

Test(hooks, a_failing_poststop_hook_does_not_keep_the_container, .description = "R042")
{
    struct bundle *bundle = bundle_with_log();
    struct result *result;

    add_hook(bundle, "poststop", "exit 6", "");
    add_hook(bundle, "poststop", "record " LOG " second", "");
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    bundle_start(bundle);
    result = tare("--log", WORK "/log", "delete", "--force", bundle->id, NULL);
    assert_status(result, 0);
    unlink(PID_FILE);
    assert_contains(file_read(WORK "/log"), "poststop");
    cr_assert_not_null(log_line("second"), "the remaining poststop hooks run");
    assert_nothing_left();
}

static void await_line(const char *tag)
{
    for (int i = 0; i < 2000 && log_line(tag) == NULL; i++)
        usleep(10000);
}

static void assert_killed_after_a_second(const char *payload)
{
    struct bundle *bundle = bundle_with_log();
    struct result *result;

    add_hook(bundle, "createRuntime", payload, ",\"timeout\":1");
    result = bundle_run(bundle);
    assert_failed(result, 125, "createRuntime", "timeout");
}

Test(hooks, a_hook_that_takes_too_long_is_killed, .description = "R167")
{
    assert_killed_after_a_second("child 30000 ; sleep 30000");
}

Test(hooks, a_hook_that_never_stops_writing_is_killed, .description = "R167")
{
    assert_killed_after_a_second("flood");
}

/* Hooks without a timeout may hang. Whoever asked for the container can end that, and nothing is left. */
Test(hooks, a_hook_that_hangs_can_be_interrupted)
{
    for (int i = 0; i < 4; i++) {
        struct bundle *bundle = bundle_with_log();
        struct result *result;
        pid_t pid;

        add_hook(bundle, kinds[i], "record " LOG " here ; sleep 30000", "");
        bundle_write(bundle);
        pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
        await_line("here");
        kill(pid, SIGTERM);
        tare_wait(pid, result);
        assert_failed(result, 125, "interrupted by SIGTERM");
    }
}

/* By then the program runs, and in the foreground signals are its own, until it has ended. */
Test(hooks, signals_go_to_the_program_while_poststart_hangs)
{
    struct bundle *bundle = bundle_with_log();
    struct result *result;
    pid_t pid;

    add_hook(bundle, "poststart", "record " LOG " here ; sleep 30000", "");
    bundle_payload(bundle, "trap 15 ; wait 1 ; append " LOG " tag=ended\n ; exit 4");
    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--bundle", bundle->path, bundle->id, NULL);
    await_line("here");
    kill(pid, SIGTERM);
    await_line("ended");
    bundle_await(bundle, "stopped");
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_failed(result, 125, "interrupted by SIGTERM");
}

Test(hooks, a_detached_run_can_be_interrupted_while_poststart_hangs)
{
    struct bundle *bundle = bundle_with_log();
    struct result *result;
    pid_t pid;

    add_hook(bundle, "poststart", "record " LOG " here ; sleep 30000", "");
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    pid = tare_start(NULL, &result, "run", "--detach", "--bundle", bundle->path, bundle->id, NULL);
    await_line("here");
    kill(pid, SIGTERM);
    tare_wait(pid, result);
    assert_failed(result, 125, "interrupted by SIGTERM");
}

Test(hooks, a_hook_that_is_missing_is_named, .description = "R163")
{
    for (int i = 0; i < 4; i++) {
        struct bundle *bundle = bundle_with_log();

        bundle_set(bundle, text_format("/hooks/%s", kinds[i]), "[{\"path\":\"/no/such/hook\"}]");
        assert_run_fails(bundle, kinds[i], "/no/such/hook", "no such file or directory");
    }
}

Test(hooks, a_hook_that_does_not_read_is_no_error, .description = "R176")
{
    struct bundle *bundle = bundle_with_log();

    add_hook(bundle, "createRuntime", "exit 0", "");
    /* More than a pipe holds. */
    bundle_set(bundle, "/annotations", "{\"big\":\"%s\"}", text_repeat("0123456789abcdef", 8192));
    bundle_run_ok(bundle);
}

Test(hooks, wrong_hooks_are_refused_before_anything_runs, .description = "R058 R163 R164 R168 R196")
{
    static const struct {
        const char *hook, *where;
    } cases[] = {
        {"{\"path\":\"bin/true\"}", "/hooks/poststop/0/path"},
        {"{\"args\":[\"x\"]}", "/hooks/poststop/0"},
        {"{\"path\":\"/bin/true\",\"timeout\":0}", "/hooks/poststop/0/timeout"},
        {"{\"path\":\"/bin/true\",\"timeout\":-1}", "/hooks/poststop/0/timeout"},
        {"{\"path\":\"/bin/true\",\"args\":\"x\"}", "/hooks/poststop/0/args"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_with_log();

        add_hook(bundle, "createRuntime", "record " LOG " ran", "");
        bundle_set(bundle, "/hooks/poststop", "[%s]", cases[i].hook);
        assert_run_fails(bundle, cases[i].where);
        cr_assert_null(log_line("ran"));
    }
}

/* ---- run.oci.hooks.stdout and run.oci.hooks.stderr ---- */

#define OUT WORK "/out"
#define ERR WORK "/err"

static void add_shell_hooks(struct bundle *bundle)
{
    for (int i = 0; i < KINDS; i++)
        bundle_set(bundle, text_format("/hooks/%s", kinds[i]),
                   "[{\"path\":\"%s\",\"args\":[\"sh\",\"-c\",\"echo %s; echo bad %s >&2\"]}]",
                   strcmp(kinds[i], "startContainer") == 0 ? "/bin/sh" : "/bin/busybox", kinds[i],
                   kinds[i]);
}

Test(hooks, their_output_can_go_to_files,
     .description = "run.oci.hooks.stdout and .stderr, appended, by every kind of hook")
{
    struct bundle *bundle = bundle_new_busybox();

    add_shell_hooks(bundle);
    bundle_set(bundle, "/annotations",
               "{\"run.oci.hooks.stdout\":\"" OUT "\",\"run.oci.hooks.stderr\":\"" ERR "\"}");
    file_write(OUT, "before\n");
    bundle_payload(bundle, "say ran");
    bundle_run_ok(bundle);
    cr_assert_str_eq(file_read(OUT), "before\nprestart\ncreateRuntime\ncreateContainer\n"
                                     "startContainer\npoststart\npoststop\n");
    cr_assert_str_eq(file_read(ERR), "bad prestart\nbad createRuntime\nbad createContainer\n"
                                     "bad startContainer\nbad poststart\nbad poststop\n");
    /* The program has none of these files. */
    bundle_payload(bundle, "fds");
    cr_assert_null(strstr(bundle_run_ok(bundle)->out, OUT));
}

Test(hooks, output_files_are_kept_for_start,
     .description = "run.oci.hooks.stdout relative to the bundle, create and start")
{
    struct bundle *bundle = bundle_new_busybox();

    add_shell_hooks(bundle);
    bundle_set(bundle, "/annotations", "{\"run.oci.hooks.stdout\":\"hooks.log\"}");
    bundle_payload(bundle, "say ran");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
    cr_assert_str_eq(file_read(text_format("%s/hooks.log", bundle->path)),
                     "prestart\ncreateRuntime\ncreateContainer\nstartContainer\npoststart\n"
                     "poststop\n");
}

Test(hooks, an_output_file_that_cannot_be_opened_is_an_error,
     .description = "run.oci.hooks.stderr of no directory, and an empty name")
{
    struct bundle *bundle = bundle_new_busybox();

    bundle_set(bundle, "/hooks/createContainer", "[{\"path\":\"%s\"}]", "/bin/busybox");
    bundle_set(bundle, "/annotations", "{\"run.oci.hooks.stderr\":\"" WORK "/no/log\"}");
    assert_run_fails(bundle, "/annotations/run.oci.hooks.stderr", "No such file or directory");
    bundle_set(bundle, "/annotations", "{\"run.oci.hooks.stderr\":\"\"}");
    assert_run_fails(bundle, "/annotations/run.oci.hooks.stderr", "the name of a file is wanted");
}
