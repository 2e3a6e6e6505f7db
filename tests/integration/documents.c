/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* What tare prints and hands to hooks, against the JSON schema of the runtime-spec. */

TestSuite(documents, TEST_SUITE);

#define VALIDATE TEST_SRCDIR "/tests/schema/validate.py"
#define SCHEMA   TEST_SRCDIR "/tests/data/schema/"

/* The exit status of validate.py, its words in *ret. */
static int validate(const char *schema, const char *path, const char **ret)
{
    static const char *const pythons[] = {"python3", "/usr/bin/python3"};
    static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    const struct setting setting = {.env = environment};
    struct result *result = NULL;

    if (!file_exists("/usr/bin/env"))
        SKIP("needs python3-jsonschema");
    for (size_t i = 0; i < sizeof(pythons) / sizeof(pythons[0]); i++) {
        const char *const argv[] = {
            "/usr/bin/env", pythons[i], "-B", VALIDATE, text_format(SCHEMA "%s", schema),
            path,           NULL};

        result = program_run(&setting, argv);
        if (result->status != 77 && result->status != 127)
            break;
    }
    if (result->status == 77 || result->status == 127)
        SKIP("needs python3-jsonschema");
    *ret = text_format("%s%s", result->out, result->err);
    return result->status;
}

static void assert_valid(const char *schema, const char *document)
{
    const char *said;
    int status;

    file_write(WORK "/document.json", "%s", document);
    status = validate(schema, WORK "/document.json", &said);
    cr_assert_eq(status, 0, "%d: %s: %s", status, said, document);
}

/* The oracle itself can say no. */
static void assert_invalid(const char *schema, const char *document)
{
    const char *said;
    int status;

    file_write(WORK "/document.json", "%s", document);
    status = validate(schema, WORK "/document.json", &said);
    cr_assert_eq(status, 1, "%d: %s: %s", status, said, document);
}

static char *output_of(const char *verb, const char *argument)
{
    struct result *result = tare(verb, argument, NULL);

    assert_status(result, 0);
    return result->out;
}

Test(documents, features_are_valid, .description = "R361 R362")
{
    assert_invalid("features-schema.json", "{\"ociVersionMin\":\"1.0.0\"}");
    assert_valid("features-schema.json", output_of("features", NULL));
}

Test(documents, states_are_valid, .description = "R020: in each state, and on stdin of a hook")
{
    struct bundle *bundle = bundle_new();

    assert_invalid("state-schema.json",
                   "{\"ociVersion\":\"1.0.0\",\"id\":\"a\",\"status\":\"starting\","
                   "\"pid\":1,\"bundle\":\"/\"}");
    bundle_set(bundle, "/annotations", "{\"org.example\":\"x\"}");
    bundle_set(bundle, "/hooks/createRuntime",
               "[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"cat >" WORK "/hook.json\"]}]");
    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    assert_valid("state-schema.json", output_of("state", bundle->id));
    assert_valid("state-schema.json", file_read(WORK "/hook.json"));
    bundle_start(bundle);
    assert_valid("state-schema.json", output_of("state", bundle->id));
    assert_status(tare("kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    assert_valid("state-schema.json", output_of("state", bundle->id));
    bundle_delete(bundle);
}

Test(documents, default_configurations_are_valid)
{
    static const char *const options[] = {NULL, "--rootless"};

    assert_invalid("config-schema.json", "{\"ociVersion\":7}");
    for (size_t i = 0; i < 2; i++) {
        char *directory = text_format(WORK "/spec%zu", i);
        struct result *result;

        directory_make(directory);
        result = tare("spec", "--bundle", directory, options[i], NULL);
        assert_status(result, 0);
        assert_valid("config-schema.json", file_read(text_format("%s/config.json", directory)));
    }
}
