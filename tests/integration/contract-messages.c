/* SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/integration/contract.h"

/* What engines make of messages, and what messages look like in a log. */

TestSuite(messages, TEST_SUITE);

static bool has(const char *message, const char *expression)
{
    regex_t regex;
    bool found;

    cr_assert_eq(regcomp(&regex, expression, REG_EXTENDED | REG_ICASE | REG_NOSUB), 0);
    found = regexec(&regex, message, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static int podman_status(const char *message)
{
    if (has(message, "permission denied|operation not permitted"))
        return 126;
    if (has(message, "executable file not found in|no such file or directory|open executable"))
        return 127;
    return 125;
}

static int docker_status(const char *message)
{
    if (has(message, "permission denied|is a directory"))
        return 126;
    if (has(message, "not a directory"))
        return 127;
    if (has(message, "executable file not found|no such file or directory"))
        return 127;
    return 128;
}

static void plain_file(struct bundle *bundle)
{
    file_write(bundle_path(bundle, "/plain"), "x");
}

static void directory(struct bundle *bundle)
{
    directory_make(bundle_path(bundle, "/dir"));
}

static void file_on_directory(struct bundle *bundle)
{
    file_write(WORK "/file", "x");
    directory_make(bundle_path(bundle, "/dir"));
    bundle_mount(bundle, "bind", WORK "/file", "/dir", "\"bind\"");
}

static void missing_source(struct bundle *bundle)
{
    bundle_mount(bundle, "bind", WORK "/none", "/dir", "\"bind\"");
}

static void bad_value(struct bundle *bundle)
{
    bundle_set(bundle, "/process/cwd", "\"relative\"");
}

static void unreachable(struct bundle *bundle)
{
    file_copy(payload_binary(), bundle_path(bundle, "/private/tool"));
    cr_assert_eq(chmod(bundle_path(bundle, "/private"), 0700), 0);
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
}

static void failing_hook(struct bundle *bundle)
{
    bundle_set(bundle, "/hooks", "{\"createRuntime\":[{\"path\":\"/bin/false\"}]}");
}

static const struct {
    const char *program;
    void (*prepare)(struct bundle *bundle);
    int podman, docker;
} failures[] = {
    {"nonesuch", NULL, 127, 127},           {"/no/such/program", NULL, 127, 127},
    {"/plain", plain_file, 126, 126},       {"/dir", directory, 126, 126},
    {"/plain/below", plain_file, 125, 127}, {"/private/tool", unreachable, 126, 126},
    {"/payload", missing_source, 127, 127}, {"/payload", file_on_directory, 125, 127},
    {"/payload", bad_value, 125, 128},      {"/payload", failing_hook, 125, 128},
};

static void nothing_is_left(struct engine *engine, const struct result *result)
{
    (void)result;
    cr_assert_not(file_exists(expand(engine, "$B/pid")));
    assert_nothing_left();
}

Test(messages, engines_understand_why_create_failed, .description = "R043 R044")
{
    static const struct step step = {
        .words = "create --bundle $B --pid-file $B/pid $ID",
        .status = 1,
        .err = "",
        .check = nothing_is_left,
    };

    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        struct engine engine = {
            .bundle = bundle_new(),
            .globals = "--root $R --log $B/log --log-format json",
            .log = "$B/log",
            .setting = {.env = xdg_env, .no_root = true},
        };
        const char *message;

        bundle_args(engine.bundle, failures[i].program, NULL);
        if (failures[i].prepare != NULL)
            failures[i].prepare(engine.bundle);
        bundle_write(engine.bundle);
        make_call(&engine, &step);
        message = log_message(file_read(expand(&engine, "$B/log")));
        cr_assert_eq(podman_status(message), failures[i].podman, "%zu: Podman says %d of: %s", i,
                     podman_status(message), message);
        cr_assert_eq(docker_status(message), failures[i].docker, "%zu: Docker says %d of: %s", i,
                     docker_status(message), message);
    }
}

/* conmon hands Podman what exec said on stderr, and the shim hands Docker the log; both judge it as that of create. */
Test(messages, engines_understand_why_exec_failed)
{
    static const struct {
        const char *program;
        int status, podman, docker;
    } cases[] = {
        {"nonesuch", 127, 127, 127}, {"/no/such/program", 127, 127, 127}, {"/plain", 126, 126, 126},
        {"/dir", 126, 126, 126},     {"/private/tool", 126, 126, 126},
    };
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = "--root $R --log $B/log --log-format json",
        .log = "$B/log",
        .pid_file = "$B/pid",
        .setting = {.env = xdg_env, .no_root = true},
    };
    static const struct step create = {.words = "create --bundle $B --pid-file $B/pid $ID",
                                       .check = engine_has_init};
    static const struct step delete = {.words = "delete --force $ID", .check = engine_ends_by_kill};

    plain_file(engine.bundle);
    directory(engine.bundle);
    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    make_call(&engine, &create);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct step exec = {.words = "exec --process $B/process.json --detach $ID",
                                  .status = cases[i].status,
                                  .err = ""};
        const char *message;

        if (strcmp(cases[i].program, "/private/tool") == 0)
            unreachable(engine.bundle);
        bundle_args(engine.bundle, cases[i].program, NULL);
        file_write(expand(&engine, "$B/process.json"), "%s",
                   json_write(json_at(engine.bundle->config, "/process")));
        unlink(expand(&engine, "$B/log"));
        message = make_call(&engine, &exec)->err;
        cr_assert_eq(podman_status(message), cases[i].podman, "Podman says %d of: %s",
                     podman_status(message), message);
        message = log_message(file_read(expand(&engine, "$B/log")));
        cr_assert_eq(docker_status(message), cases[i].docker, "Docker says %d of: %s",
                     docker_status(message), message);
    }
    make_call(&engine, &delete);
}

/* ---- containers that are gone ---- */

/* containerd: of kill and delete. */
static const char *containerd_class(const char *message)
{
    if (has(message, "os: process already finished|container not running|no such process"))
        return "finished";
    return has(message, "does not exist") ? "not found" : "error";
}

/* CRI-O: of kill. */
static const char *crio_class(const char *message)
{
    return has(message, "no such process|container not running|invalid process") ? "finished"
                                                                                 : "error";
}

Test(messages, engines_understand_that_a_container_is_gone)
{
    static const struct {
        const char *words, *containerd, *crio;
    } ended[] =
        {
            {"kill $ID 15", "finished", "finished"},
            {"kill $ID 9", "finished", "finished"},
            {"kill $ID KILL", "finished", "finished"},
            {"kill $ID 0", "finished", "finished"},
            {"pause $ID", "finished", "finished"},
            {"resume $ID", "finished", "finished"},
            {"update --resources - $ID", "finished", "finished"},
        },
      unknown[] = {
          {"kill nobody 9", "not found", "error"},
          {"kill --all nobody 9", "not found", "error"},
          {"delete nobody", "not found", "error"},
          {"state nobody", "not found", "error"},
          {"start nobody", "not found", "error"},
          {"ps --format json nobody", "not found", "error"},
          {"pause nobody", "not found", "error"},
          {"update --resources - nobody", "not found", "error"},
      };
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pid $ID", .check = engine_has_init},
        {.words = "kill $ID 9", .check = engine_ends_by_kill, .leaves = "stopped"},
    };
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = "--root $R --log $B/log --log-format json",
        .log = "$B/log",
        .pid_file = "$B/pid",
        .setting = {.env = xdg_env, .no_root = true},
    };

    bundle_payload(engine.bundle, "pause");
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++) {
        const struct step step = {.words = ended[i].words, .status = 1, .err = "", .input = "{}"};
        const char *message = make_call(&engine, &step)->err;

        cr_assert_str_eq(containerd_class(message), ended[i].containerd, "%s: %s", step.words,
                         message);
        cr_assert_str_eq(crio_class(message), ended[i].crio, "%s: %s", step.words, message);
    }
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        const struct step step = {.words = unknown[i].words, .status = 1, .err = "", .input = "{}"};
        const char *message = make_call(&engine, &step)->err;

        cr_assert_str_eq(containerd_class(message), unknown[i].containerd, "%s: %s", step.words,
                         message);
        cr_assert_str_eq(crio_class(message), unknown[i].crio, "%s: %s", step.words, message);
    }
    make_call(&engine, &(struct step){.words = "delete $ID"});
    make_call(&engine, &(struct step){.words = "delete --force nobody"});
}

/* ---- the log ---- */

/* With a log file stderr has the message alone; without one, it has the line in the form that was asked for, or
 * what people read. An empty format is that of text. */
Test(messages, each_format_has_its_line)
{
    static const struct {
        const char *globals, *log, *err;
    } cases[] = {
        {"--log-format=text --log " WORK "/log",
         "^time=\"[0-9-]{10}T[0-9:]{8}Z\" level=error msg=\"nobody: container does not exist\"\n$",
         "^nobody: container does not exist\n$"},
        {"--log-format= --log=" WORK "/log",
         "^time=\"[0-9-]{10}T[0-9:]{8}Z\" level=error msg=\"nobody: container does not exist\"\n$",
         "^nobody: container does not exist\n$"},
        {"--log-format=json --log " WORK "/log",
         "^\\{\"level\":\"error\",\"msg\":\"nobody: container does not exist\","
         "\"time\":\"[0-9-]{10}T[0-9:]{8}Z\"\\}\n$",
         "^nobody: container does not exist\n$"},
        {"--log-format json", NULL,
         "^\\{\"level\":\"error\",\"msg\":\"nobody: container does not exist\","
         "\"time\":\"[0-9-]{10}T[0-9:]{8}Z\"\\}\n$"},
        {"--log-format text", NULL, "^tare state: nobody: container does not exist\n$"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct step step = {.words = "state nobody", .status = 1, .err = "does not exist"};
        struct engine engine = {.bundle = bundle_new(),
                                .globals = text_format("--root $R %s", cases[i].globals),
                                .setting = {.env = xdg_env, .no_root = true}};
        struct result *result = make_call(&engine, &step);

        cr_assert(has(result->err, cases[i].err), "%s: %s", cases[i].globals, result->err);
        if (cases[i].log == NULL)
            continue;
        cr_assert(has(file_read(WORK "/log"), cases[i].log), "%s: %s", cases[i].globals,
                  file_read(WORK "/log"));
        cr_assert_eq(unlink(WORK "/log"), 0);
    }
}

/* containerd reads all objects of a log and takes the last error; the earlier calls' are there. */
Test(messages, each_call_adds_one_object)
{
    static const char *const calls[] = {"state nobody", "create --bundle $B --teleport $ID", "list",
                                        "kill nobody 9", "create --bundle $B/none $ID"};
    struct engine engine = {.bundle = bundle_new(),
                            .globals = "--root $R --debug --log $B/log --log-format json",
                            .setting = {.env = xdg_env, .no_root = true}};
    const char *last = NULL;
    int n = 0;

    bundle_write(engine.bundle);
    directory_make(STATE);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const struct step step = {.words = calls[i],
                                  .status = strcmp(calls[i], "list") != 0,
                                  .out = "*",
                                  .err = strcmp(calls[i], "list") != 0 ? "" : NULL};

        make_call(&engine, &step);
    }
    for (char *line = strtok(file_read(expand(&engine, "$B/log")), "\n"); line != NULL;
         line = strtok(NULL, "\n"), n++)
        last = log_message(text_format("%s\n", line));
    cr_assert_eq(n, 4);
    assert_contains(last, "/none");
}

/* What is no format, and what is no file. */
Test(messages, a_log_that_cannot_be_is_an_error)
{
    static const struct step steps[] = {
        {.words = "--log-format=xml state nobody", .status = 1, .err = "invalid log-format: xml"},
        {.words = "--log $B/none/log state nobody", .status = 1, .err = "/none/log"},
        {.words = "--log $B state nobody", .status = 1, .err = "Is a directory"},
        {.words = "--log-level=loud state nobody", .status = 1, .err = "invalid log-level: loud"},
    };
    struct engine engine = {.bundle = bundle_new(),
                            .globals = "--root $R",
                            .setting = {.env = xdg_env, .no_root = true}};

    PLAY(&engine, steps);
}

/* ---- the logs of the system ---- */

static int service_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* One datagram that is there. */
static const char *service_receive(int fd, size_t *ret_length)
{
    char *text = calloc(1, 4096);
    ssize_t n = recv(fd, text, 4095, MSG_DONTWAIT);

    cr_assert_gt(n, 0, "nothing was logged");
    *ret_length = (size_t)n;
    return text;
}

/* conmon-rs names the journal to a runtime that is called crun. An entry has the message with its length. */
Test(messages, the_journal_is_a_log)
{
    static const char message[] = "nobody: container does not exist";
    static const char head[] =
        "PRIORITY=3\nSYSLOG_IDENTIFIER=tare\nID=c1\nMESSAGE\n\x20\0\0\0\0\0\0\0";
    static const struct step step = {.words = "state nobody", .status = 1, .err = message};
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = "--root=$R --log=journald:c1 --log-level=debug",
        .setting = {.env = xdg_env, .no_root = true, .binary = WORK "/crun"},
    };
    const char *entry;
    size_t length;
    int fd;

    engine_cover_run();
    cr_assert_eq(symlink(tare_binary(), WORK "/crun"), 0);
    /* Where there is no journal, stderr is all. */
    cr_assert_str_eq(make_call(&engine, &step)->err, text_format("%s\n", message));
    directory_make("/run/systemd/journal");
    fd = service_listen("/run/systemd/journal/socket");
    cr_assert_str_eq(make_call(&engine, &step)->err, text_format("%s\n", message));
    entry = service_receive(fd, &length);
    cr_assert_eq(length, sizeof(head) - 1 + strlen(message) + 1);
    cr_assert_eq(memcmp(entry, head, sizeof(head) - 1), 0, "%s", entry);
    cr_assert_str_eq(entry + sizeof(head) - 1, text_format("%s\n", message));
    make_call(&engine, &(struct step){.words = "list --root " WORK, .out = "*"});
    cr_assert_eq(recv(fd, &length, 1, MSG_DONTWAIT), -1);
    close(fd);
}

/* /dev with nothing in it but what tare and the test need. */
static void cover_dev(void)
{
    directory_make(WORK "/dev");
    cr_assert_eq(mount("tmpfs", WORK "/dev", "tmpfs", 0, "mode=755"), 0);
    cr_assert_eq(mknod(WORK "/dev/null", S_IFCHR | 0666, makedev(1, 3)), 0);
    cr_assert_eq(mount(WORK "/dev", "/dev", NULL, MS_MOVE, NULL), 0);
    host_snapshot();
}

Test(messages, syslog_is_a_log)
{
    static const struct step step = {
        .words = "state nobody", .status = 1, .err = "nobody: container does not exist"};
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = "--root=$R --log syslog:c1 --log-format json",
        .setting = {.env = xdg_env, .no_root = true},
    };
    const char *entry;
    size_t length;
    int fd;

    cover_dev();
    make_call(&engine, &step);
    fd = service_listen("/dev/log");
    make_call(&engine, &step);
    entry = service_receive(fd, &length);
    /* A user's error. */
    cr_assert(has(entry, "^<11>.* c1: nobody: container does not exist$"), "%s", entry);
    close(fd);
}

/* ---- what debugging says ---- */

/* containerd decodes the log as a stream, and knows these levels. */
Test(messages, debugging_writes_objects_of_known_levels)
{
    struct engine engine = {
        .bundle = bundle_new(),
        .globals = "--root $R --debug --log $B/log --log-format json",
        .setting = {.env = xdg_env, .no_root = true},
    };
    static const struct step step = {.words = "run --bundle $B $ID"};
    int n = 0;

    bundle_set(engine.bundle, "/process/shoeSize", "42");
    bundle_set(engine.bundle, "/linux/shoeSize", "42");
    bundle_write(engine.bundle);
    make_call(&engine, &step);
    for (char *line = strtok(file_read(expand(&engine, "$B/log")), "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        struct json *entry = json_try_parse(line);

        cr_assert_not_null(entry, "%s", line);
        cr_assert(has(json_text(entry, "/level"), "^(debug|info|warning)$"), "%s", line);
        cr_assert(has(json_text(entry, "/time"), "^[0-9]{4}-[0-9-]+T[0-9:]+Z$"), "%s", line);
        n++;
    }
    cr_assert_eq(n, 2);
}
