/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* Wrong configurations: what is wrong, where, and nothing touched. */

TestSuite(config, TEST_SUITE);

static struct bundle *bundle_raw(const char *text)
{
    struct bundle *bundle = bundle_new();

    bundle->raw = strdup(text);
    return bundle;
}

/* ---- JSON ---- */

Test(config, broken_json_is_placed, .description = "R196")
{
    assert_run_fails(bundle_raw("{\n  \"ociVersion\": \"1.0.2\",\n  oops\n}\n"), "JSON", "line 3");
    assert_run_fails(bundle_raw(""), "empty document");
    assert_run_fails(bundle_raw("[]"), "line 1");
    assert_run_fails(bundle_raw("{}{}"), "line 1");
    assert_run_fails(bundle_raw("nonsense"), "JSON", "line 1");
}

Test(config, a_wrong_type_has_pointer_line_and_column, .description = "R043 R196")
{
    struct bundle *bundle = bundle_raw("{\n"
                                       "  \"ociVersion\": \"1.0.2\",\n"
                                       "  \"root\": {\n"
                                       "    \"path\": 7\n"
                                       "  }\n"
                                       "}\n");

    assert_run_fails(bundle, "/root/path", "line 4, column 13", "string");
}

Test(config, duplicate_keys_are_refused, .description = "R003")
{
    struct bundle *bundle = bundle_raw("{\n"
                                       "  \"ociVersion\": \"1.0.2\",\n"
                                       "  \"root\": {\"path\": \"rootfs\"},\n"
                                       "  \"root\": {\"path\": \"/\"}\n"
                                       "}\n");

    assert_run_fails(bundle, "/root", "line 4");
}

Test(config, the_order_of_names_means_nothing, .description = "R004")
{
    static const char *const texts[] = {
        "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
        "\"process\":{\"args\":[\"/payload\",\"stat\",\"/m\",\";\",\"pid\",\";\",\"mount\",\"/\"],"
        "\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}},\"hostname\":\"h\","
        "\"mounts\":[{\"destination\":\"/m\",\"type\":\"tmpfs\",\"source\":\"t\","
        "\"options\":[\"mode=711\"]}],\"linux\":{\"namespaces\":[{\"type\":\"mount\"},"
        "{\"type\":\"uts\"},{\"type\":\"pid\"}],\"rootfsPropagation\":\"private\"}}",
        "{\"linux\":{\"rootfsPropagation\":\"private\",\"namespaces\":[{\"type\":\"mount\"},"
        "{\"type\":\"uts\"},{\"type\":\"pid\"}]},\"mounts\":[{\"options\":[\"mode=711\"],"
        "\"source\":\"t\",\"type\":\"tmpfs\",\"destination\":\"/m\"}],\"hostname\":\"h\","
        "\"process\":{\"user\":{\"gid\":0,\"uid\":0},\"cwd\":\"/\",\"args\":[\"/payload\","
        "\"stat\",\"/m\",\";\",\"pid\",\";\",\"mount\",\"/\"]},"
        "\"root\":{\"readonly\":true,\"path\":\"rootfs\"},\"ociVersion\":\"1.0.2\"}"};
    struct result *results[2];

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_raw(texts[i]);

        directory_make(bundle_path(bundle, "/m"));
        directory_make(bundle_path(bundle, "/dev"));
        directory_make(bundle_path(bundle, "/proc"));
        results[i] = bundle_run_ok(bundle);
        assert_fact(results[i], "stat./m", "d 0711 0 0");
    }
    cr_assert_str_eq(results[0]->out, results[1]->out);
}

Test(config, several_problems_are_reported_together, .description = "R058")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/cwd", "5");
    bundle_set(bundle, "/root/readonly", "\"yes\"");
    bundle_set(bundle, "/linux/namespaces/0/type", "\"wrong\"");
    bundle_set(bundle, "/mounts/2/options", "{}");
    assert_run_fails(bundle, "/process/cwd", "/root/readonly", "/linux/namespaces/0/type",
                     "/mounts/2/options");
}

Test(config, problems_of_meaning_are_reported_together, .description = "R058")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/sysctl", "{\"vm.swappiness\":\"1\"}");
    bundle_set(bundle, "/linux/timeOffsets", "{\"monotonic\":{\"secs\":1}}");
    bundle_remove_namespace(bundle, "uts");
    result = bundle_run(bundle);
    assert_failed(result, 125, "vm.swappiness", "/linux/timeOffsets", "/hostname");
    /* Each with its place. */
    for (char *line; (line = strsep(&result->err, "\n")) != NULL && *line != '\0';)
        assert_contains(line, " (line ");
}

Test(config, wrong_types_and_ranges_are_refused, .description = "R156 R187 R188 R194 R196")
{
    static const struct {
        const char *pointer, *value, *where;
    } cases[] = {
        {"/ociVersion", "1", "/ociVersion"},
        {"/process", "[]", "/process"},
        {"/process/terminal", "\"false\"", "/process/terminal"},
        {"/process/args", "\"sh\"", "/process/args"},
        {"/process/args/0", "1", "/process/args/0"},
        {"/process/env", "{}", "/process/env"},
        {"/process/user/uid", "1e400", "/process/user/uid"},
        {"/process/user/umask", "4096", "/process/user/umask"},
        {"/process/user/additionalGids", "[-1]", "/process/user/additionalGids/0"},
        {"/process/noNewPrivileges", "1", "/process/noNewPrivileges"},
        {"/process/rlimits/0/soft", "-1", "/process/rlimits/0/soft"},
        {"/process/rlimits/0/soft", "18446744073709551616", "/process/rlimits/0/soft"},
        {"/process/oomScoreAdj", "\"0\"", "/process/oomScoreAdj"},
        {"/process/capabilities/bounding", "\"CAP_KILL\"", "/process/capabilities/bounding"},
        {"/root", "\"rootfs\"", "/root"},
        {"/hostname", "{}", "/hostname"},
        {"/mounts", "{}", "/mounts"},
        {"/mounts/0/options/-", "7", "/mounts/0/options"},
        {"/annotations", "[\"a\"]", "/annotations"},
        {"/annotations", "{\"a\":5}", "/annotations/a"},
        {"/annotations", "{\"\":\"x\"}", "/annotations"},
        {"/linux/resources/devices/0/allow", "\"no\"", "/linux/resources/devices/0/allow"},
        {"/linux/resources/memory", "{\"limit\":9223372036854775808}",
         "/linux/resources/memory/limit"},
        {"/linux/maskedPaths", "\"/proc/kcore\"", "/linux/maskedPaths"},
        {"/linux/sysctl", "{\"net.ipv4.ip_forward\":1}", "/linux/sysctl/net.ipv4.ip_forward"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();
        const char *at = cases[i].pointer;

        if (strcmp(at, "/mounts/0/options/-") == 0)
            bundle_set(bundle, "/mounts/0/options", "[]");
        bundle_set(bundle, at, "%s", cases[i].value);
        assert_run_fails(bundle, cases[i].where);
    }
}

Test(config, nul_and_bad_utf8_are_refused, .description = "R002")
{
    static const char *const pointers[] = {"/hostname",       "/process/cwd",
                                           "/process/args/0", "/process/env/0",
                                           "/root/path",      "/mounts/0/destination"};

    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
        struct bundle *bundle = bundle_new();
        char *text, *at;

        bundle_set(bundle, pointers[i], "\"/NULL=HERE\"");
        text = json_write(bundle->config);
        at = strstr(text, "/NULL=HERE");
        memcpy(at, "/\\u0000=HE", 10);
        bundle->raw = text;
        assert_run_fails(bundle, pointers[i]);
        bundle->raw = strdup(text);
        at = strstr(bundle->raw, "/\\u0000=HE");
        memcpy(at, "/\xff\xfe\xc0\xaf=HE1", 9);
        assert_run_fails(bundle, "UTF-8");
    }
}

Test(config, absurd_documents_are_refused)
{
    struct result *result;
    struct bundle *bundle = bundle_new();

    bundle->raw =
        text_format("{\"annotations\":%s%s}", text_repeat("[", 10000), text_repeat("]", 10000));
    result = bundle_run(bundle);
    assert_failed(result, 125, "nested");

    bundle = bundle_new();
    bundle_set(bundle, "/hostname", "\"%s\"", text_repeat("0123456789abcdef", 1 << 16));
    result = bundle_run(bundle);
    cr_assert_neq(result->status, 0);
    assert_nothing_left();
}

/* ---- version ---- */

Test(config, supported_versions_are_accepted, .description = "R078")
{
    static const char *const versions[] = {"1.0.0",     "1.0.2", "1.0.2-dev", "1.1.0",
                                           "1.1.0+dev", "1.2.1", "1.3.0",     "1.0.0-rc5"};

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/ociVersion", "\"%s\"", versions[i]);
        bundle_run_ok(bundle);
    }
}

Test(config, other_versions_are_refused, .description = "R077 R078")
{
    static const char *const versions[] = {"",        "1",     "1.0",    "2.0.0",  "0.9.0",
                                           "invalid", "1.0.x", "01.0.0", "1.0.0 ", "v1.0.0"};

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/ociVersion", "\"%s\"", versions[i]);
        assert_run_fails(bundle, "/ociVersion");
    }
    {
        struct bundle *bundle = bundle_new();

        bundle_remove(bundle, "/ociVersion");
        assert_run_fails(bundle, "ociVersion");
    }
}

/* Properties of other platforms, and of no platform, are ignored as the specification demands. */
Test(config, unknown_properties_are_ignored, .description = "R125 R160 R193 R195 R353")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/solaris", "{\"milestone\":\"x\"}");
    bundle_set(bundle, "/windows", "{}");
    bundle_set(bundle, "/zos", "{}");
    bundle_set(bundle, "/freebsd", "{}");
    bundle_set(bundle, "/x-own", "[1,{\"a\":null}]");
    bundle_set(bundle, "/vm", "{\"kernel\":{\"path\":\"/boot/vmlinuz\"}}");
    bundle_set(bundle, "/process/x", "1");
    bundle_set(bundle, "/process/commandLine", "\"cmd.exe\"");
    bundle_set(bundle, "/linux/x", "{}");
    bundle_set(bundle, "/mounts/0/x", "true");
    bundle_set(bundle, "/annotations", "{\"org.zz\":\"\"}");
    bundle_run_ok(bundle);
}
