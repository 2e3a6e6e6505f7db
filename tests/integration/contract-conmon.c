/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/contract.h"

/* Podman and CRI-O, which create by way of conmon or conmon-rs and call the rest themselves. */

TestSuite(podman, TEST_SUITE);
TestSuite(crio, TEST_SUITE);

static struct engine engine_new(const char *globals, const char *log)
{
    return (struct engine){
        .bundle = bundle_new(),
        .globals = globals,
        .log = log,
        .pid_file = "$B/pidfile",
        .setting = {.env = xdg_env, .no_root = true, .cwd = "/"},
    };
}

/* ---- Podman ---- */

#define PODMAN_GLOBALS "--log-format=json --log $B/oci-log --root=$R"

Test(podman, a_container_lives_and_ends, .description = "R043 R047 R053 R062 R066 R069")
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID",
         .inherits = true,
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "state $ID", .out = "*"},
        {.words = "pause $ID", .leaves = "paused"},
        {.words = "resume $ID", .leaves = "running"},
        {.words = "update --resources=$B/resources $ID", .leaves = "running"},
        {.words = "kill $ID 15", .check = engine_ends_by_term, .leaves = "stopped"},
        {.words = "kill $ID 9", .status = 1, .err = "container not running"},
        {.words = "kill --all $ID 9"},
        {.words = "delete --force $ID"},
        {.words = "delete --force $ID"},
    };
    struct engine engine = engine_new(PODMAN_GLOBALS, "$B/oci-log");

    engine_begin(&engine);
    file_write(expand(&engine, "$B/resources"), "{\"unified\":{}}");
    PLAY(&engine, steps);
    assert_nothing_left();
}

Test(podman, keyrings_and_pivots_are_options)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile --no-pivot --no-new-keyring $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "delete --force $ID", .check = engine_ends_by_kill},
    };
    struct engine engine = engine_new(PODMAN_GLOBALS, "$B/oci-log");

    engine_begin(&engine);
    PLAY(&engine, steps);
    cr_assert_str_empty(engine_read_output(&engine));
}

static void is_in_our_cgroup(struct engine *engine, const struct result *result)
{
    (void)result;
    engine_read_pid(engine);
    assert_lacks(file_read(expand(engine, "/proc/$P/cgroup")), engine->bundle->id);
}

Test(podman, cgroups_can_be_disabled)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID",
         .inherits = true,
         .check = is_in_our_cgroup},
        {.words = "start $ID", .check = engine_is_ready},
        {.words = "kill $ID 15", .check = engine_ends_by_term, .leaves = "stopped"},
        {.words = "delete --force $ID"},
    };
    struct engine engine = engine_new(PODMAN_GLOBALS " --cgroup-manager disabled", "$B/oci-log");

    bundle_remove(engine.bundle, "/linux/resources");
    engine_begin(&engine);
    PLAY(&engine, steps);
    assert_nothing_left();
}

static void pid_file_is_absent(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_not(file_exists(expand(engine, "$B/pidfile")));
}

/* conmon reads stderr, Podman the log as one object. */
Test(podman, a_container_that_cannot_be_made)
{
    static const struct step step = {
        .words = "create --bundle $B --pid-file $B/pidfile $ID",
        .status = 1,
        .err = "executable file not found in $PATH",
        .check = pid_file_is_absent,
    };
    struct engine engine = engine_new(PODMAN_GLOBALS, "$B/oci-log");
    const char *message;

    bundle_args(engine.bundle, "nonesuch", NULL);
    bundle_write(engine.bundle);
    message = make_call(&engine, &step)->err;
    cr_assert_lt(strlen(message), 8191);
    log_message(file_read(expand(&engine, "$B/oci-log")));
    assert_nothing_left();
}

/* The runtime has a session of its own, a score for the OOM killer that is not conmon's, and dies with conmon; the
 * container has the score that it asks for, or else the runtime's, and dies with nobody. */
static void be_conmons_child(const void *data)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    (void)data;
    if (setsid() < 0 || write(fd, "300", 3) != 3)
        _exit(200);
}

Test(podman, what_conmon_does_to_the_runtime, .description = "R138")
{
    static const char *const scores[][2] = {{"400", "400"}, {NULL, "300"}};
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID",
         .inherits = true,
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "stopped"},
        {.words = "delete --force $ID"},
    };

    for (size_t i = 0; i < 2; i++) {
        struct engine engine = engine_new(PODMAN_GLOBALS, "$B/oci-log");

        engine.caller = be_conmons_child;
        bundle_payload(engine.bundle, "cat /proc/self/oom_score_adj");
        bundle_remove(engine.bundle, "/process/oomScoreAdj");
        if (scores[i][0] != NULL)
            bundle_set(engine.bundle, "/process/oomScoreAdj", "%s", scores[i][0]);
        bundle_write(engine.bundle);
        engine_open_pipes(&engine);
        PLAY(&engine, steps);
        cr_assert_str_eq(engine_read_output(&engine),
                         text_format("cat./proc/self/oom_score_adj=%s\\n\n", scores[i][1]));
        cr_assert_eq(engine_wait(&engine), 0);
        assert_nothing_left();
    }
}

/* ---- conmon-rs ---- */

#define CONMON_RS_GLOBALS "--root=$R --root=$R"

Test(crio, conmon_rs_says_some_things_twice)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "kill -a $ID 15", .check = engine_ends_by_term, .leaves = "stopped"},
        {.words = "delete --force $ID"},
    };
    struct engine engine = engine_new(CONMON_RS_GLOBALS, NULL);

    engine_begin(&engine);
    PLAY(&engine, steps);
    assert_nothing_left();
}

/* ---- CRI-O ---- */

static const char *const crio_env[] = {"CRI_O_EXTERNAL=1", "XDG_RUNTIME_DIR=/run/user/0",
                                       "PATH=/usr/bin:/bin", NULL};

Test(crio, a_container_lives_and_ends, .description = "R043 R047 R053 R062 R066 R069")
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID",
         .inherits = true,
         .check = engine_has_init,
         .leaves = "created"},
        {.words = "start $ID", .check = engine_is_ready, .leaves = "running"},
        {.words = "state $ID", .out = "*", .check = engine_runs},
        {.words = "pause $ID", .leaves = "paused"},
        {.words = "resume $ID", .leaves = "running"},
        {.words = "update --resources - $ID", .input = "{\"cpu\":{}}"},
        {.words = "kill $ID 15", .check = engine_ends_by_term, .leaves = "stopped"},
        {.words = "state $ID", .out = "*", .check = engine_has_stopped},
        {.words = "kill $ID KILL", .status = 1, .err = "container not running"},
        {.words = "kill -a $ID 9"},
        {.words = "delete --force $ID"},
        {.words = "delete --force $ID"},
        {.words = "state $ID", .status = 1, .err = "does not exist"},
    };
    struct engine engine = engine_new("--root $R", NULL);

    engine.setting.env = crio_env;
    engine_begin(&engine);
    PLAY(&engine, steps);
    assert_nothing_left();
}

Test(crio, kill_takes_a_name)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID",
         .inherits = true,
         .check = engine_has_init},
        {.words = "kill $ID KILL", .check = engine_ends_by_kill, .leaves = "stopped"},
        {.words = "delete --force $ID"},
    };
    struct engine engine = engine_new("--root $R", NULL);

    engine_begin(&engine);
    PLAY(&engine, steps);
    cr_assert_str_empty(engine_read_output(&engine));
}

/* The features of a binary are the JSON in what it says on stdout and stderr together. */
Test(crio, features_say_what_mounts_can_do, .description = "R359")
{
    static const struct step step = {.words = "features", .out = "*", .bare = true};
    struct engine engine = engine_new("", NULL);
    struct json *features = json_parse(make_call(&engine, &step)->out);

    cr_assert_str_not_empty(json_text(features, "/ociVersionMin"));
    cr_assert_str_not_empty(json_text(features, "/ociVersionMax"));
    assert_contains(json_write(json_at(features, "/mountOptions")), "\"rro\"");
    cr_assert_str_eq(json_text(features, "/linux/mountExtensions/idmap/enabled"), "true");
}

/* ---- the systemd driver ---- */

static void is_in_a_scope(struct engine *engine, const struct result *result)
{
    (void)result;
    engine_read_pid(engine);
    assert_contains(file_read(expand(engine, "/proc/$P/cgroup")),
                    expand(engine, "/machine.slice/libpod-$ID.scope"));
}

/* What was executed is where the container is, and ends with it. */
static void is_in_the_scope(struct engine *engine, const struct result *result)
{
    pid_t pid = engine_pid_in(engine, "$B/exec.pid");

    (void)result;
    cr_assert_str_eq(file_read(text_format("/proc/%d/cgroup", pid)),
                     file_read(expand(engine, "/proc/$P/cgroup")));
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    cr_assert_eq(unlink(expand(engine, "$B/exec.pid")), 0);
}

/* Podman's -s, and conmon-rs with everything twice; nothing but create is told of systemd. */
Test(podman, systemd_makes_the_cgroup)
{
    static const struct step steps[] = {
        {.words = "--root=$R --systemd-cgroup --root=$R --systemd-cgroup create --bundle $B "
                  "--pid-file $B/pidfile $ID",
         .inherits = true,
         .check = is_in_a_scope},
        {.words = "--root $R start $ID", .leaves = "running"},
        {.words = "--root $R pause $ID", .leaves = "paused"},
        {.words = "--root $R resume $ID", .leaves = "running"},
        {.words = "--root $R exec --pid-file $B/exec.pid --process $B/process.json --detach $ID",
         .check = is_in_the_scope},
        {.words = "--root $R delete --force $ID", .check = engine_ends_by_kill},
        {.words = "-s --root=$R create --bundle $B --pid-file $B/pidfile $ID",
         .check = is_in_a_scope},
        {.words = "--root $R delete --force $ID", .check = engine_ends_by_kill},
    };
    struct engine engine = engine_new("", NULL);

    if (!file_exists("/run/systemd/system"))
        SKIP("needs systemd as process 1; runs in the virtual machine");
    bundle_set(engine.bundle, "/linux/cgroupsPath", "\"machine.slice:libpod:%s\"",
               engine.bundle->id);
    bundle_payload(engine.bundle, "pause");
    file_write(expand(&engine, "$B/process.json"), "%s",
               json_write(json_at(engine.bundle->config, "/process")));
    engine_begin(&engine);
    PLAY(&engine, steps);
    assert_nothing_left();
}
