/* SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/contract.h"

/* How engines make exit statuses out of the message of a failed create. */

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
