/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(cli, TEST_SUITE);

static const struct setting without_root = {.no_root = true};

/* ---- version, help, features ---- */

/* Docker takes the name and version from the line with the word "version", which may appear once. */
Test(cli, version_is_what_engines_parse)
{
    static const char *const forms[] = {"--version", "-v", "-V"};

    for (int i = 0; i < 3; i++) {
        struct result *result = tare_with(&without_root, forms[i], NULL);
        const char *second;

        assert_status(result, 0);
        cr_assert_eq(strncmp(result->out, "tare version ", 13), 0, "%s", result->out);
        second = strchr(result->out, '\n') + 1;
        cr_assert_eq(strncmp(second, "commit: ", 8), 0, "%s", result->out);
        assert_contains(second, "\nspec: 1.3.0\n");
        assert_lacks(second, "version");
        cr_assert_str_empty(result->err);
    }
}

/* `delete -fv ID` once said the version, deleted nothing and succeeded. */
Test(cli, the_version_is_no_matter_of_a_command)
{
    static const char *const forms[] = {"--version", "-version", "-v", "-V", "-fv"};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct result *result = tare("delete", "--force", "nobody", forms[i], NULL);

        assert_failed(result, 1, "has no option --version");
        cr_assert_str_empty(result->out);
    }
    assert_status(tare("--version", "delete", "--force", "nobody", NULL), 0);
}

Test(cli, help_is_there_for_every_command)
{
    static const char *const verbs[] = {"spec", "run",  "create", "start",   "state",
                                        "list", "kill", "delete", "features"};

    assert_status(tare_with(&without_root, "--help", NULL), 0);
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        struct result *result = tare_with(&without_root, verbs[i], "--help", NULL);

        assert_status(result, 0);
        assert_contains(result->out, verbs[i]);
        assert_contains(tare_with(&without_root, "--help", NULL)->out, verbs[i]);
    }
}

Test(cli, help_has_the_names_that_runc_and_crun_give_it)
{
    static const char *const names[] = {"-h", "-?", "--help", "-help", "--usage", "help", "h"};
    const char *overview = tare_with(&without_root, "--help", NULL)->out;
    const char *of_kill = tare_with(&without_root, "help", "kill", NULL)->out;

    assert_contains(overview, "Commands:");
    assert_contains(of_kill, "[SIGNAL]");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct result *result = tare_with(&without_root, names[i], NULL);

        assert_status(result, 0);
        cr_assert_str_eq(result->out, overview, "%s", names[i]);
        cr_assert_str_empty(result->err);
        result = *names[i] == '-' ? tare_with(&without_root, "kill", names[i], NULL)
                                  : tare_with(&without_root, names[i], "kill", NULL);
        assert_status(result, 0);
        cr_assert_str_eq(result->out, of_kill, "%s", names[i]);
    }
}

Test(cli, features_is_json_alone, .description = "R359")
{
    struct result *result = tare_with(&without_root, "features", NULL);
    struct json *features;

    assert_status(result, 0);
    cr_assert_str_empty(result->err);
    features = json_parse(result->out);
    cr_assert_str_eq(json_text(features, "/ociVersionMin"), "1.0.0");
    cr_assert_str_eq(json_text(features, "/ociVersionMax"), "1.3.0");
    cr_assert_eq(json_length(json_at(features, "/hooks")), 6);
    cr_assert_eq(json_length(json_at(features, "/linux/namespaces")), 8);
    cr_assert_str_eq(json_text(features, "/linux/seccomp/enabled"), "true");
    cr_assert_str_eq(json_text(features, "/linux/apparmor/enabled"), "true");
    cr_assert_str_eq(json_text(features, "/linux/selinux/enabled"), "true");
    cr_assert_str_eq(json_text(features, "/linux/intelRdt/monitoring"), "true");
    cr_assert_eq(json_length(json_at(features, "/linux/memoryPolicy/modes")), 7);
    cr_assert_eq(json_length(json_at(features, "/linux/memoryPolicy/flags")), 3);
    cr_assert_str_eq(json_text(features, "/linux/mountExtensions/idmap/enabled"), "true");
    assert_contains(result->out, "\"rro\"");
    assert_contains(result->out, "\"ridmap\"");
    assert_contains(result->out, "\"tmpcopyup\"");
}

Test(cli, unknown_words_fail)
{
    struct result *result = tare_with(&without_root, "dance", NULL);

    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "dance");
    cr_assert_eq(tare_with(&without_root, "help", "dance", NULL)->status, 3);
    result = tare_with(&without_root, "--colour", "list", NULL);
    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "colour");
    result = tare("list", "--colour", NULL);
    cr_assert_neq(result->status, 0);
    result = tare("state", NULL);
    cr_assert_neq(result->status, 0);
    result = tare("state", "a", "b", NULL);
    cr_assert_neq(result->status, 0);
}

/* Engines probe with these words. */
Test(cli, operations_need_an_id, .description = "R048 R051 R060 R064 R067")
{
    static const char *const operations[] = {"state", "create", "start", "kill", "delete"};
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        struct setting setting = {.cwd = bundle->path};
        struct result *result = tare_with(&setting, operations[i], NULL);

        cr_assert_neq(result->status, 0, "%s", operations[i]);
        cr_assert_str_empty(result->out);
        cr_assert_str_not_empty(result->err);
    }
    assert_nothing_left();
}

Test(cli, a_missing_value_is_called_so)
{
    struct result *result = tare_with(&without_root, "--root", NULL);

    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "requires an argument");
    result = tare("create", "--bundle", NULL);
    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "requires an argument");
}

/* ---- spec ---- */

Test(cli, spec_writes_a_configuration_that_runs, .description = "R082")
{
    struct bundle *bundle = bundle_new_busybox();
    struct setting setting = {.cwd = bundle->path};
    char *path = text_format("%s/config.json", bundle->path);
    struct result *result = tare_with(&setting, "spec", NULL);
    struct json *config;

    assert_status(result, 0);
    cr_assert_str_empty(result->out);
    config = json_parse(file_read(path));
    cr_assert_str_eq(json_text(config, "/root/path"), "rootfs");
    cr_assert_str_eq(json_text(config, "/process/args/0"), "sh");
    json_set(config, "/process/terminal", "false");
    json_set(config, "/process/args", "[\"sh\",\"-c\",\"echo say=hello\"]");
    json_set(config, "/root/readonly", "false");
    bundle->config = config;
    result = bundle_run_ok(bundle);
    assert_fact(result, "say", "hello");
}

/* The tests' own default configuration is that of `tare spec`. */
Test(cli, spec_is_the_default_of_the_tests)
{
    struct bundle *bundle = bundle_new();
    struct result *result = tare("spec", "--bundle", bundle->path, NULL);
    struct json *written;

    assert_status(result, 0);
    written = json_parse(file_read(text_format("%s/config.json", bundle->path)));
    cr_assert_str_eq(json_write(json_at(written, "/mounts")),
                     json_write(json_at(bundle->config, "/mounts")));
    cr_assert_str_eq(json_write(json_at(written, "/linux/namespaces")),
                     json_write(json_at(bundle->config, "/linux/namespaces")));
}

/* In front of a command --rootless is another option, and takes a value. */
Test(cli, spec_rootless_has_a_user_namespace)
{
    struct bundle *bundle = bundle_new();
    struct result *result = tare("spec", "--rootless", "--bundle", bundle->path, NULL);

    assert_status(result, 0);
    assert_contains(file_read(text_format("%s/config.json", bundle->path)), "\"uidMappings\"");
    assert_status(tare("--rootless", "true", "features", NULL), 0);
    assert_status(tare("features", "--rootless=false", NULL), 0);
    /* runc takes nothing for auto, and the words in any case. */
    assert_status(tare("--rootless=", "features", NULL), 0);
    assert_status(tare("--rootless", "Auto", "features", NULL), 0);
    assert_status(tare("--rootless=TRUE", "features", NULL), 0);
    assert_status(tare("--rootless=perhaps", "features", NULL), 1);
}

Test(cli, spec_refuses_to_overwrite)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(text_format("%s/config.json", bundle->path), "precious");
    result = tare("spec", "--bundle", bundle->path, NULL);
    assert_failed(result, 1, "config.json exists");
    cr_assert_str_eq(file_read(text_format("%s/config.json", bundle->path)), "precious");
    assert_failed(tare("spec", "-b", WORK "/nowhere", NULL), 1, WORK "/nowhere");
}

/* ---- option forms ---- */

Test(cli, options_take_every_form)
{
    struct bundle *bundle = bundle_new();
    const char *assigned = text_format("--bundle=%s", bundle->path);
    const char *single = text_format("-bundle=%s", bundle->path);
    const char *root = "--root=" STATE;

    bundle_write(bundle);
    assert_status(tare("run", "--bundle", bundle->path, bundle->id, NULL), 0);
    assert_status(tare("run", assigned, bundle->id, NULL), 0);
    assert_status(tare("run", "-b", bundle->path, bundle->id, NULL), 0);
    assert_status(tare("run", single, bundle->id, NULL), 0);
    assert_status(tare("run", "-bundle", bundle->path, bundle->id, NULL), 0);
    /* after the id */
    assert_status(tare("run", bundle->id, "--bundle", bundle->path, NULL), 0);
    assert_status(tare("run", assigned, "--", bundle->id, NULL), 0);
    /* globals in every place, repeated */
    assert_status(tare_with(&without_root, root, "run", assigned, bundle->id, NULL), 0);
    assert_status(tare_with(&without_root, root, root, "run", assigned, bundle->id, NULL), 0);
    assert_status(tare_with(&without_root, "run", root, assigned, bundle->id, NULL), 0);
    assert_status(tare("--rootless=auto", "run", assigned, bundle->id, NULL), 0);
    assert_status(tare("run", "--keep=false", assigned, bundle->id, NULL), 0);
    assert_status(tare("run", "--no-new-keyring", "--no-pivot", assigned, bundle->id, NULL), 0);
}

Test(cli, the_last_value_of_a_repeated_option_counts)
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    assert_status(tare("run", "--bundle", "/nowhere", "--bundle", bundle->path, bundle->id, NULL),
                  0);
}

Test(cli, the_bundle_is_shown_absolute, .description = "R017")
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.cwd = WORK};
    struct json *state;

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    assert_status(
        tare_with(&setting, "create", "--bundle", strrchr(bundle->path, '/') + 1, bundle->id, NULL),
        0);
    state = json_parse(tare("state", bundle->id, NULL)->out);
    cr_assert_str_eq(json_text(state, "/bundle"), bundle->path);
    cr_assert_str_eq(json_text(state, "/rootfs"), bundle->rootfs);
    bundle_delete(bundle);
}

/* A link may lead elsewhere before the container ends. */
Test(cli, the_bundle_is_shown_resolved, .description = "R017")
{
    struct bundle *bundle = bundle_new();
    const char *name = strrchr(bundle->path, '/') + 1;
    const char *const paths[] = {
        WORK "/link",
        WORK "/link/",
        text_format("%s//", bundle->path),
        text_format(WORK "/./%s/../%s", name, name),
    };

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    cr_assert_eq(symlink(name, WORK "/link"), 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct json *state;

        assert_status(tare("create", "--bundle", paths[i], bundle->id, NULL), 0);
        state = json_parse(tare("state", bundle->id, NULL)->out);
        cr_assert_str_eq(json_text(state, "/bundle"), bundle->path, "%s", paths[i]);
        cr_assert_str_eq(json_text(state, "/rootfs"), bundle->rootfs, "%s", paths[i]);
        assert_status(tare("delete", "--force", bundle->id, NULL), 0);
    }
    assert_nothing_left();
}

/* ---- root ---- */

Test(cli, the_root_is_made_private)
{
    struct bundle *bundle = bundle_new();
    struct stat st;

    bundle_payload(bundle, "pause");
    umask(0);
    bundle_write(bundle);
    assert_status(tare_with(&without_root, "--root", WORK "/deep/root", "create", "--bundle",
                            bundle->path, bundle->id, NULL),
                  0);
    umask(022);
    cr_assert_eq(stat(WORK "/deep/root", &st), 0);
    cr_assert_eq(st.st_mode & 0077, 0u, "%o", st.st_mode);
    assert_status(tare_with(&without_root, "--root", WORK "/deep/root", "delete", "--force",
                            bundle->id, NULL),
                  0);
}

Test(cli, a_relative_root_is_taken_from_the_working_directory)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.no_root = true, .cwd = WORK};

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    assert_status(tare_with(&setting, "--root", "state", "create", "--bundle", bundle->path,
                            bundle->id, NULL),
                  0);
    cr_assert_str_eq(bundle_status(bundle), "created");
    bundle_delete(bundle);
}

Test(cli, roots_are_separate)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    result = tare_with(&without_root, "--root", WORK "/other", "state", bundle->id, NULL);
    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "does not exist");
    bundle_delete(bundle);
}

Test(cli, an_empty_root_is_refused)
{
    struct result *result = tare_with(&without_root, "--root", "", "list", NULL);

    cr_assert_neq(result->status, 0);
    assert_contains(result->err, "root");
}

/* ---- the log ---- */

#define LOG WORK "/log.json"

Test(cli, a_failure_is_one_object_in_the_log_and_a_text_on_stderr, .description = "R043")
{
    struct bundle *bundle = bundle_new();
    struct result *result;
    struct json *entry;
    const char *message;

    /* A warning before the error must not become a second object. */
    bundle_set(bundle, "/process/capabilities/bounding/-", "\"CAP_TELEPORT\"");
    bundle_args(bundle, "/no/such/program", NULL);
    bundle_write(bundle);
    result = tare("--log", LOG, "--log-format", "json", "create", "--bundle", bundle->path,
                  bundle->id, NULL);
    assert_status(result, 1);
    entry = json_try_parse(file_read(LOG));
    cr_assert_not_null(entry, "not one object: %s", file_read(LOG));
    cr_assert_str_eq(json_text(entry, "/level"), "error");
    message = json_text(entry, "/msg");
    assert_contains(message, "/no/such/program");
    assert_contains(message, "no such file or directory");
    cr_assert_eq(strlen(json_text(entry, "/time")), strlen("2026-11-22T00:58:06Z"));
    assert_contains(result->err, message);
    assert_nothing_left();
}

Test(cli, a_usage_error_is_logged_too)
{
    struct result *result = tare("--log", LOG, "--log-format=json", "state", "nobody", NULL);
    struct json *entry = json_try_parse(file_read(LOG));

    assert_status(result, 1);
    cr_assert_not_null(entry, "not one object: %s", file_read(LOG));
    assert_contains(json_text(entry, "/msg"), "does not exist");
}

Test(cli, success_logs_nothing_and_says_nothing)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_write(bundle);
    result = tare("--log", LOG, "--log-format", "json", "run", "--bundle", bundle->path, bundle->id,
                  NULL);
    assert_status(result, 0);
    cr_assert_str_empty(file_read(LOG));
    cr_assert_str_empty(result->err);
    cr_assert_str_empty(result->out);
}

Test(cli, the_log_is_appended_to)
{
    file_write(LOG, "before\n");
    tare("--log", LOG, "state", "nobody", NULL);
    cr_assert_eq(strncmp(file_read(LOG), "before\n", 7), 0);
    assert_contains(file_read(LOG), "level=error msg=");
}

static void close_stderr(const void *data)
{
    (void)data;
    close(STDERR_FILENO);
}

Test(cli, a_closed_stderr_does_not_become_the_log)
{
    static const struct setting setting = {.prepare = close_stderr};
    struct result *result =
        tare_with(&setting, "--log", LOG, "--log-format=json", "state", "nobody", NULL);

    assert_status(result, 1);
    cr_assert_str_eq(json_text(json_parse(file_read(LOG)), "/level"), "error");
}

Test(cli, json_without_a_log_goes_to_stderr)
{
    struct result *result = tare("--log-format=json", "state", "nobody", NULL);

    assert_status(result, 1);
    cr_assert_str_eq(json_text(json_parse(result->err), "/msg"),
                     "nobody: container does not exist");
}

Test(cli, a_log_that_cannot_be_opened_is_an_error)
{
    struct bundle *bundle = bundle_new();

    bundle_write(bundle);
    assert_failed(
        tare("--log", "/no/such/dir/log", "run", "--bundle", bundle->path, bundle->id, NULL), 125,
        "/no/such/dir/log");
    assert_failed(tare("--log-format", "xml", "run", "--bundle", bundle->path, bundle->id, NULL),
                  125, "xml");
}

Test(cli, unknown_properties_are_shown_by_debug, .description = "R195")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/process/shoeSize", "42");
    bundle_set(bundle, "/windows", "{\"layerFolders\":[\"c\"]}");
    result = bundle_run_ok(bundle);
    cr_assert_str_empty(result->err);
    bundle_write(bundle);
    result = tare("--debug", "run", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    assert_contains(result->err, "/process/shoeSize");
}

/* ---- what is around ---- */

Test(cli, no_environment_is_needed)
{
    struct bundle *bundle = bundle_new();
    struct setting setting = {.env = (const char *const[]){"XDG_RUNTIME_DIR=/run/user/0", NULL}};

    assert_status(bundle_run_with(bundle, &setting), 0);
    cr_assert_not(file_exists("/run/user/0/tare"));
}
