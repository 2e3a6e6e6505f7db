/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/contract.h"
#include "tests/support/exec.h"

/* What options of runc and crun mean, where no other program of tests shows it. */

TestSuite(meanings, TEST_SUITE);

Test(meanings, config_names_another_configuration)
{
    struct bundle *bundle = bundle_new();
    const char *config = text_format("%s/config.json", bundle->path);
    const char *const forms[] = {"--config", "-f"};

    bundle_payload(bundle, "say other");
    bundle_write(bundle);
    cr_assert_eq(rename(config, WORK "/other.json"), 0);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct result *result =
            tare("run", "--bundle", bundle->path, forms[i], WORK "/other.json", bundle->id, NULL);

        assert_status(result, 0);
        assert_fact(result, "say", "other");
        assert_status(tare("create", "-b", bundle->path, forms[i], WORK "/other.json", "--pid-file",
                           PID_FILE, bundle->id, NULL),
                      0);
        bundle_delete(bundle);
    }
    assert_failed(tare("run", "--bundle", bundle->path, bundle->id, NULL), 125, "config.json");
}

/* Whole ids of an extended regular expression; what it does not match is left alone. */
Test(meanings, regex_stands_for_all_containers_that_match)
{
    const char *ids[3];
    struct result *result;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_payload(bundle, "pause");
        bundle_write(bundle);
        ids[i] = text_format("%s-%c", test_prefix(), "abx"[i]);
        assert_status(tare("create", "--bundle", bundle->path, ids[i], NULL), 0);
    }
    result = tare("kill", "--regex", text_format("%s-[ab]", test_prefix()), "KILL", NULL);
    assert_status(result, 0);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct bundle bundle = {.id = strdup(ids[i])};

        bundle_await(&bundle, i < 2 ? "stopped" : "created");
    }
    /* One that cannot be signalled does not keep the others from it. */
    assert_status(tare("kill", "-r", text_format("%s-[ax]", test_prefix()), "KILL", NULL), 1);
    bundle_await(&(struct bundle){.id = strdup(ids[2])}, "stopped");
    assert_status(tare("kill", "-r", "-a", text_format("%s-.", test_prefix()), "KILL", NULL), 0);

    assert_status(tare("delete", "--regex", text_format("%s-", test_prefix()), NULL), 0);
    assert_status(
        tare("delete", "--regex", text_format("%s-a|%s-b", test_prefix(), test_prefix()), NULL), 0);
    cr_assert_str_eq(tare("list", "-q", NULL)->out, text_format("%s\n", ids[2]));
    result = tare("delete", "-r", "x(", NULL);
    assert_status(result, 1);
    assert_contains(result->err, "regular expression \"x(\"");
    assert_status(tare("delete", "-rf", ".*", NULL), 0);
    cr_assert_str_empty(tare("list", "-q", NULL)->out);
    assert_nothing_left();
}

/* Lists are made by saying an option again; a comma belongs to the value. */
Test(meanings, commas_do_not_part_values)
{
    struct bundle *bundle = bundle_running();
    struct result *result =
        exec_payload(bundle, "-e A=1,B=2 --env=C=3 -e C=4 -g 7 -g 8", "env A ; env B ; env C ; id");

    assert_status(result, 0);
    assert_fact(result, "env.A", "1,B=2");
    assert_fact(result, "env.B", "(unset)");
    assert_fact(result, "env.C", "4");
    assert_contains(result->out, "7,8");
    assert_exec_fails(255, bundle, "-g 7,8", "say x", "7,8");
    bundle_delete(bundle);
}

/* Unlike config.json, a file that was named may be written over. */
Test(meanings, spec_writes_to_a_named_file)
{
    struct setting setting = {.cwd = WORK};
    struct stat st;

    file_write(WORK "/named.json", "%s", text_repeat("x", 100000));
    assert_status(tare_with(&setting, "spec", "--file", "named.json", NULL), 0);
    cr_assert_str_eq(json_text(json_parse(file_read(WORK "/named.json")), "/root/path"), "rootfs");
    cr_assert_neq(stat(WORK "/config.json", &st), 0);
    directory_make(WORK "/b");
    assert_status(tare_with(&setting, "spec", "-b", "b", "-f=named.json", NULL), 0);
    cr_assert_str_eq(file_read(WORK "/b/named.json"), file_read(WORK "/named.json"));
    cr_assert_str_eq(tare("spec", "-f", "-", NULL)->out, file_read(WORK "/named.json"));
}

/* The quiet list has ids alone, whatever the format. */
Test(meanings, list_is_quiet_in_every_format)
{
    struct bundle *bundle = bundle_new();
    const char *line;

    bundle_payload(bundle, "pause");
    bundle_create(bundle);
    line = text_format("%s\n", bundle->id);
    cr_assert_str_eq(tare("list", "-q", NULL)->out, line);
    cr_assert_str_eq(tare("list", "--quiet", "--format=json", NULL)->out, line);
    cr_assert_str_eq(tare("list", "-qf", "table", NULL)->out, line);
    cr_assert_eq(strncmp(tare("list", NULL)->out, "ID          ", 12), 0);
    bundle_delete(bundle);
}
