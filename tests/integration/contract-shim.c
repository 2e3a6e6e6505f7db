/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/contract.h"

/* containerd's shim and dockerd, which call by way of go-runc. */

TestSuite(containerd, TEST_SUITE);
TestSuite(docker, TEST_SUITE);

#define SHIM_GLOBALS "--root $R --log $B/log.json --log-format json"

static const char *const shim_env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

static struct engine shim_new(const char *globals)
{
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = globals,
        .log = "$B/log.json",
        .pid_file = "$B/init.pid",
        .setting = {.env = shim_env, .no_root = true},
    };

    engine.setting.cwd = engine.bundle->path;
    return engine;
}

static void read_init_pid(struct engine *engine, const struct result *result)
{
    (void)result;
    engine_read_pid(engine);
}

/* ---- containerd ---- */

/* What was executed is our child, too, and has nothing but the pid file to say so. */
static void wait_for_7(struct engine *engine, const struct result *result)
{
    const char *text = file_read(expand(engine, "$B/exec.pid"));
    int status;

    (void)result;
    cr_assert_eq(strspn(text, "0123456789"), strlen(text), "%s", text);
    cr_assert_eq(waitpid((pid_t)strtol(text, NULL, 10), &status, 0), strtol(text, NULL, 10));
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7, "wait status %x", (unsigned)status);
}

static void nothing_was_executed(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_not(file_exists(expand(engine, "$B/missing.pid")));
}

static void write_process(struct engine *engine, const char *name)
{
    file_write(expand(engine, name), "%s", json_write(json_at(engine->bundle->config, "/process")));
}

static void shim_life(struct engine *engine)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .inherits = true,
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .status = 1,
         .err = "already exists",
         .check = read_init_pid,
         .leaves = "created"},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "start $ID", .status = 1, .err = "running"},
        {.words = "ps --format json $ID", .out = "[$P]\n"},
        {.words = "exec --process $B/process.json --detach --pid-file $B/exec.pid $ID",
         .out = "*",
         .check = wait_for_7},
        {.words = "exec --process $B/missing.json --detach --pid-file $B/missing.pid $ID",
         .status = 127,
         .err = "no such file or directory",
         .check = nothing_was_executed,
         .leaves = "running"},
        {.words = "exec --process $B/process.json $ID",
         .status = 7,
         .out = "say=executed\n",
         .fails_quietly = true},
        {.words = "pause $ID", .leaves = "paused"},
        {.words = "resume $ID", .leaves = "running"},
        {.words = "update --resources=- $ID", .input = "{}\n", .leaves = "running"},
        {.words = "events --stats $ID", .out = "*"},
        {.words = "delete $ID", .status = 1, .err = "not stopped", .leaves = "running"},
        {.words = "kill $ID 15", .check = engine_ends_by_term, .leaves = "stopped"},
        {.words = "kill $ID 9", .status = 1, .err = "container not running"},
        {.words = "kill --all $ID 9"},
        {.words = "ps --format json $ID", .out = "null\n"},
        {.words = "pause $ID", .status = 1, .err = "not running"},
        {.words = "delete $ID"},
        {.words = "delete $ID", .status = 1, .err = "does not exist"},
        {.words = "kill $ID 9", .status = 1, .err = "does not exist"},
        {.words = "delete --force $ID"},
    };

    bundle_payload(engine->bundle, "say executed ; exit 7");
    write_process(engine, "$B/process.json");
    bundle_args(engine->bundle, "/no/such/program", NULL);
    write_process(engine, "$B/missing.json");
    engine_begin(engine);
    PLAY(engine, steps);
    assert_nothing_left();
}

Test(containerd, a_task_lives_and_ends, .description = "R043 R047 R053 R062 R066 R069")
{
    struct engine engine = shim_new(SHIM_GLOBALS);

    shim_life(&engine);
}

/* With debugging on, nothing is added where the shim reads. */
Test(containerd, debugging_changes_no_answer)
{
    struct engine engine =
        shim_new("--root $R --debug --log $B/log.json --log-format json --rootless=false");

    shim_life(&engine);
}

/* The option forms of the shim that have not come yet. */
Test(containerd, options_of_a_task)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid --no-pivot --no-new-keyring $ID",
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "kill --all $ID 9", .check = engine_ends_by_kill, .leaves = "stopped"},
        {.words = "delete $ID"},
        {.words = "run --detach --pid-file $B/init.pid -no-subreaper --bundle $B $ID",
         .inherits = true,
         .check = engine_has_init,
         .leaves = "running"},
        {.words = "kill $ID 9", .check = engine_ends_by_kill},
        {.words = "delete $ID"},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);

    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    engine_open_pipes(&engine);
    PLAY(&engine, steps);
    cr_assert_str_empty(engine_read_output(&engine));
}

/* Programs of other users open /dev/stdout again: the pipes are theirs. */
Test(containerd, pipes_belong_to_the_user)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID", .check = engine_has_init},
        {.words = "start $ID"},
        {.words = "exec --process $B/process.json --detach --pid-file $B/exec.pid $ID",
         .inherits = true,
         .check = engine_is_ready},
    };
    static const struct step end = {.words = "delete --force $ID", .check = engine_ends_by_kill};
    static const struct step init[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "start $ID", .check = engine_is_ready},
        {.words = "delete --force $ID", .check = engine_ends_by_kill},
    };
    static const char said[] = "open./proc/self/fd/0=ok\nopen./proc/self/fd/1=ok\n"
                               "open./proc/self/fd/2=ok\nsay=ready\n";
    struct engine engine = shim_new(SHIM_GLOBALS);
    pid_t pid;

    bundle_set(engine.bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(engine.bundle, "open /proc/self/fd/0 r ; open /proc/self/fd/1 w ; "
                                  "open /proc/self/fd/2 w ; say ready ; trap 15 ; wait 1");
    write_process(&engine, "$B/process.json");
    bundle_write(engine.bundle);
    engine_open_pipes(&engine);
    PLAY(&engine, init);
    cr_assert_str_eq(engine_read_output(&engine), said);

    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    engine_open_pipes(&engine);
    PLAY(&engine, steps);
    pid = engine_pid_in(&engine, "$B/exec.pid");
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert_str_eq(engine_read_output(&engine), said);
    cr_assert_eq(unlink(expand(&engine, "$B/exec.pid")), 0);
    make_call(&engine, &end);
    assert_nothing_left();
}

/* Containers that share a pid namespace are ended by it after their init. */
Test(containerd, a_task_in_a_shared_pid_namespace_is_killed_wholly)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "start $ID"},
    };
    static const struct step end[] = {
        {.words = "kill $ID 9", .leaves = "stopped"},
        {.words = "kill --all $ID 9"},
        {.words = "delete $ID"},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);

    bundle_remove_namespace(engine.bundle, "pid");
    bundle_payload(engine.bundle, "child 60000 ; pause");
    bundle_write(engine.bundle);
    engine_open_pipes(&engine);
    PLAY(&engine, steps);
    PLAY(&engine, end);
    engine_ends_by_kill(&engine, NULL);
    engine_read_output(&engine);
    assert_nothing_left();
}

/* The init has ended by itself, and others have not. */
Test(containerd, what_outlives_its_init_is_killed)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "start $ID", .check = engine_is_ready},
        {.words = "kill $ID 15", .leaves = "stopped"},
    };
    static const struct step end[] = {
        {.words = "kill $ID 9", .status = 1, .err = "container not running"},
        {.words = "kill --all $ID 9"},
        {.words = "kill --all $ID 9"},
        {.words = "delete $ID"},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);
    char *processes;

    bundle_remove_namespace(engine.bundle, "pid");
    bundle_payload(engine.bundle, "trap 15 ; child 60000 ; say ready ; wait 1 ; exit 4");
    bundle_write(engine.bundle);
    engine_open_pipes(&engine);
    PLAY(&engine, steps);
    processes = text_format("/sys/fs/cgroup/tare-%s/cgroup.procs", engine.bundle->id);
    cr_assert_str_not_empty(file_read(processes));
    PLAY(&engine, end);
    cr_assert_eq(WEXITSTATUS(engine_wait(&engine)), 4);
    /* The child had the pipe, too. */
    assert_contains(engine_read_output(&engine), "signal=15\n");
    assert_nothing_left();
}

/* The shim hears of the end of an init while `start` is still under way, and kills the rest at once. */
Test(containerd, a_task_in_a_shared_pid_namespace_may_end_at_once)
{
    static const struct step create = {.words = "create --bundle $B --pid-file $B/init.pid $ID",
                                       .inherits = true,
                                       .check = engine_has_init};
    static const struct step end[] = {
        {.words = "kill --all $ID 9", .leaves = "stopped"},
        {.words = "delete $ID"},
    };
    static const char *const payloads[] = {"exit 4", "child 60000 ; exit 4"};

    for (int i = 0; i < 20; i++) {
        struct engine engine = shim_new(SHIM_GLOBALS);
        struct result *started;
        pid_t start;

        bundle_remove_namespace(engine.bundle, "pid");
        bundle_payload(engine.bundle, "%s", payloads[i % 2]);
        bundle_write(engine.bundle);
        engine_open_pipes(&engine);
        make_call(&engine, &create);
        start = start_call(&engine, "start $ID", &started);
        cr_assert_eq(WEXITSTATUS(engine_wait(&engine)), 4);
        PLAY(&engine, end);
        tare_wait(start, started);
        assert_status(started, 0);
        /* Nobody has the pipe any more. */
        engine_read_output(&engine);
        assert_nothing_left();
    }
}

Test(containerd, what_outlives_its_init_is_killed_by_delete)
{
    static const char *const deletes[] = {"delete --force $ID", "delete $ID"};

    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        struct engine engine = shim_new(SHIM_GLOBALS);
        const struct step steps[] = {
            {.words = "create --bundle $B --pid-file $B/init.pid $ID",
             .inherits = true,
             .check = engine_has_init},
            {.words = "start $ID", .leaves = "stopped"},
            {.words = deletes[i]},
        };

        bundle_remove_namespace(engine.bundle, "pid");
        bundle_payload(engine.bundle, "child 60000 ; exit 4");
        bundle_write(engine.bundle);
        engine_open_pipes(&engine);
        PLAY(&engine, steps);
        cr_assert_eq(WEXITSTATUS(engine_wait(&engine)), 4);
        engine_read_output(&engine);
        assert_nothing_left();
    }
}

/* A paused task whose init has died is resumed. */
Test(containerd, what_was_paused_when_it_died_is_deleted)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID", .check = engine_has_init},
        {.words = "start $ID"},
        {.words = "pause $ID", .leaves = "paused"},
        {.words = "kill $ID 9", .check = engine_ends_by_kill},
        {.words = "resume $ID"},
        {.words = "delete $ID"},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);

    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    assert_nothing_left();
}

/* A new process cleans up for a shim that died: in another directory, and without the other globals. */
Test(containerd, what_a_dead_shim_left_is_deleted)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID", .check = engine_has_init},
        {.words = "start $ID"},
    };
    static const struct step clean[] = {
        {.words = "delete --force $ID", .check = engine_ends_by_kill},
        {.words = "delete --force $ID"},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);

    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    engine.setting.cwd = WORK;
    engine.log = NULL;
    engine.globals = "--root $R";
    PLAY(&engine, clean);
    assert_nothing_left();
}

static void is_in_a_scope(struct engine *engine, const struct result *result)
{
    (void)result;
    engine_read_pid(engine);
    assert_contains(engine_cgroup(engine),
                    expand(engine, "/system.slice/cri-containerd-$ID.scope/"));
}

static void has_96_mib(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_str_eq(file_read(text_format("%s/memory.max", engine_cgroup(engine))), "100663296\n");
}

/* kubelet's driver: all calls of the shim name systemd, but not the one that cleans up after it. */
Test(containerd, a_task_in_a_scope_is_deleted_without_naming_systemd)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .inherits = true,
         .check = is_in_a_scope},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "ps --format json $ID", .out = "[$P]\n"},
        {.words = "pause $ID", .leaves = "paused"},
        {.words = "resume $ID", .leaves = "running"},
        {.words = "update --resources=- $ID",
         .input = "{\"memory\":{\"limit\":100663296}}\n",
         .check = has_96_mib},
    };
    static const struct step end[] = {
        {.words = "delete --force $ID", .check = engine_ends_by_kill},
        {.words = "delete --force $ID"},
    };
    struct engine engine = shim_new(SHIM_GLOBALS " --systemd-cgroup");

    if (!file_exists("/run/systemd/system"))
        SKIP("needs systemd as process 1; runs in the virtual machine");
    bundle_set(engine.bundle, "/linux/cgroupsPath", "\"system.slice:cri-containerd:%s\"",
               engine.bundle->id);
    engine_begin(&engine);
    PLAY(&engine, steps);
    engine.log = NULL;
    engine.globals = "--root $R";
    PLAY(&engine, end);
    assert_nothing_left();
}

/* go-runc's other calls. */
Test(containerd, what_the_library_reads)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID", .check = engine_has_init},
        {.words = "start $ID"},
    };
    static const struct step table = {.words = "ps --format table $ID -o pid,comm", .out = "*"};
    static const struct step plain = {.words = "ps --format table $ID", .out = "*"};
    static const struct step list = {.words = "list --format=json", .out = "*"};
    static const struct step state = {.words = "state $ID", .out = "*"};
    static const struct step end = {.words = "delete --force $ID", .check = engine_ends_by_kill};
    struct engine engine = shim_new(SHIM_GLOBALS);
    struct result *result;
    struct json *listed;

    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    assert_state(&engine, make_call(&engine, &state)->out, "running");

    result = make_call(&engine, &plain);
    assert_contains(strtok(strdup(result->out), "\n"), "PID");
    assert_contains(strchr(result->out, '\n'), expand(&engine, "$P"));
    /* With words for a ps(1), if this host has one. */
    if (file_exists("/bin/ps"))
        assert_contains(make_call(&engine, &table)->out, expand(&engine, "$P payload\n"));

    listed = json_parse(make_call(&engine, &list)->out);
    cr_assert_eq(json_length(listed), 1);
    cr_assert_str_eq(json_text(listed, "/0/id"), engine.bundle->id);
    cr_assert_str_eq(json_text(listed, "/0/status"), "running");
    make_call(&engine, &end);
}

static void has_failed(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_not(file_exists(expand(engine, "$B/init.pid")), "there is a pid file");
    assert_nothing_left();
}

/* The log is appended to; the last error counts. */
Test(containerd, a_task_that_cannot_be_made)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID",
         .status = 1,
         .err = "no such file or directory",
         .check = has_failed},
        {.words = "delete $ID", .status = 1, .err = "does not exist"},
        {.words = "create --bundle $B/none --pid-file $B/init.pid $ID",
         .status = 1,
         .err = "/none",
         .check = has_failed},
        {.words = "create --bundle $B --pid-file $B/init.pid --teleport $ID",
         .status = 1,
         .err = "--teleport",
         .check = has_failed},
        {.words = "create --bundle $B --pid-file $B/init.pid",
         .status = 1,
         .err = "missing",
         .check = has_failed},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);

    bundle_args(engine.bundle, "/no/such/program", NULL);
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
}

static void has_id_maps(struct engine *engine, const struct result *result)
{
    struct json *features = json_parse(result->out);

    (void)engine;
    assert_contains(json_write(json_at(features, "/linux/namespaces")), "\"user\"");
    cr_assert_str_eq(json_text(features, "/linux/mountExtensions/idmap/enabled"), "true");
}

/* Asked without any global option. */
Test(containerd, features_and_version, .description = "R359")
{
    static const struct step steps[] = {
        {.words = "features", .out = "*", .bare = true, .check = has_id_maps},
        {.words = "--version", .out = "*", .bare = true},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);

    engine.setting.env = NULL;
    PLAY(&engine, steps);
}

/* ---- Docker ---- */

/* A line that has the word is split behind its last appearance. */
static void parse_version(const char *text, const char **name, const char **version,
                          const char **commit)
{
    *name = *version = *commit = "";
    for (char *line = strtok(strdup(text), "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *word = strstr(line, "version");

        if (word != NULL) {
            for (char *next; (next = strstr(word + 1, "version")) != NULL;)
                word = next;
            *version = word + strlen("version") + strspn(word + strlen("version"), " ");
            *name = strndup(line, (size_t)(word - line));
        } else if (strncmp(line, "commit:", 7) == 0) {
            *commit = line + 7 + strspn(line + 7, " ");
        }
    }
}

static void has_version(struct engine *engine, const struct result *result)
{
    const char *name, *version, *commit;

    (void)engine;
    parse_version(result->out, &name, &version, &commit);
    cr_assert_str_eq(name, "tare ");
    cr_assert_str_not_empty(version);
    cr_assert_str_not_empty(commit);
    assert_lacks(version, " ");
}

Test(docker, the_version_is_parsed)
{
    static const struct step step = {
        .words = "--version", .out = "*", .bare = true, .check = has_version};
    struct engine engine = shim_new("");

    make_call(&engine, &step);
}

/* runtimeArgs become a script, which puts them in front of everything and stays the runtime's parent. */
Test(docker, a_runtime_with_arguments_is_a_script)
{
    struct engine engine = shim_new(SHIM_GLOBALS);

    file_write(WORK "/tare-script", "#!/bin/sh\n%s --debug --cgroup-manager=cgroupfs $@\n",
               tare_binary());
    cr_assert_eq(chmod(WORK "/tare-script", 0755), 0);
    engine.setting.binary = WORK "/tare-script";
    shim_life(&engine);
}

/* Networks are made between create and start, or by a prestart hook that reads the pid. */
Test(docker, the_network_is_set_up_through_the_init)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/init.pid $ID", .check = engine_has_init},
    };
    static const struct step end[] = {
        {.words = "start $ID"},
        {.words = "delete --force $ID", .check = engine_ends_by_kill},
    };
    struct engine engine = shim_new(SHIM_GLOBALS);
    char mine[64] = "", link[64] = "";
    const char *hooked;

    bundle_set(engine.bundle, "/hooks",
               "{\"prestart\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\","
               "\"cat > %s/state; readlink /proc/$(sed 's/.*\\\"pid\\\":\\\\([0-9]*\\\\).*/\\\\1/' "
               "%s/state)/ns/net > %s/net\"],\"env\":[\"PATH=/bin:/usr/bin\"]}]}",
               engine.bundle->path, engine.bundle->path, engine.bundle->path);
    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    cr_assert_gt(readlink("/proc/self/ns/net", mine, sizeof(mine) - 1), 0);
    cr_assert_gt(readlink(expand(&engine, "/proc/$P/ns/net"), link, sizeof(link) - 1), 0);
    cr_assert_str_neq(link, mine);
    hooked = file_read(expand(&engine, "$B/net"));
    cr_assert_str_eq(hooked, text_format("%s\n", link));
    PLAY(&engine, end);
}
