/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(events, TEST_SUITE);

Test(events, statistics_are_one_line_of_json)
{
    struct bundle *bundle = bundle_ready("say ready ; pause");
    struct result *result = tare("events", "--stats", bundle->id, NULL);
    assert_status(result, 0);
    cr_assert_str_eq(strchr(result->out, '\n'), "\n");
    struct json *event = json_parse(result->out);
    cr_assert_str_eq(json_text(event, "/type"), "stats");
    cr_assert_str_eq(json_text(event, "/id"), bundle->id);
    /* These need no controller. */
    cr_assert_not_null(json_text(event, "/data/cpu/usage/user"));
    cr_assert_str_eq(json_text(event, "/data/cpuset/mem_hardwall"), "0");
    cr_assert_not_null(json_at(event, "/data/memory"));
    cr_assert_not_null(json_at(event, "/data/blkio"));
    cr_assert_str_eq(json_text(event, "/data/network_interfaces"), "null");
    bundle_delete(bundle);
}

Test(events, what_controllers_count)
{
    need_controller("memory");
    need_controller("pids");
    struct bundle *bundle = bundle_new();
    bundle_set(bundle, "/linux/resources",
               "{\"memory\":{\"limit\":67108864},\"pids\":{\"limit\":7}}");
    bundle_payload(bundle, "say ready ; pause");
    struct result *created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    struct json *event = json_parse(tare("events", "--stats", bundle->id, NULL)->out);
    cr_assert_str_eq(json_text(event, "/data/pids/current"), "1");
    cr_assert_str_eq(json_text(event, "/data/pids/limit"), "7");
    cr_assert_str_eq(json_text(event, "/data/memory/usage/limit"), "67108864");
    cr_assert_gt(atol(json_text(event, "/data/memory/usage/usage")), 0);
    cr_assert_gt(json_length(json_at(event, "/data/memory/raw")), 10);
    bundle_delete(bundle);
}

Test(events, the_stream_ends_with_the_container)
{
    /* A tenth of a second, as Go and people write it. */
    static const char *const intervals[] = {"100ms", "0.1s", "50ms50000us", "100000\u00b5s"};

    for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
        struct bundle *bundle = bundle_ready("say ready ; await /go");
        struct result *result;
        pid_t pid =
            tare_start(NULL, &result, "events", "--interval", intervals[i], bundle->id, NULL);
        result_await(result, "}}\n{");
        file_write(bundle_path(bundle, "/go"), "now");
        tare_wait(pid, result);
        assert_status(result, 0);
        bundle_await(bundle, "stopped");
        bundle_delete(bundle);
    }
}

Test(events, a_process_killed_for_want_of_memory_is_an_event)
{
    need_controller("memory");
    struct bundle *bundle = bundle_new_busybox();
    bundle_set(bundle, "/linux/resources", "{\"memory\":{\"limit\":16777216}}");
    bundle_args(bundle, "/bin/sh", "-c",
                "echo say=ready; while ! [ -e /go ]; do usleep 20000; done; "
                "sh -c 'exec dd if=/dev/zero of=/dev/null bs=64M count=1'; sleep 1",
                NULL);
    struct result *created = bundle_create(bundle), *result;
    bundle_start(bundle);
    result_await(created, "say=ready");
    pid_t pid = tare_start(NULL, &result, "events", "--interval=100ms", bundle->id, NULL);
    /* It looks at the container now. */
    result_await(result, "}}\n");
    file_write(bundle_path(bundle, "/go"), "now");
    tare_wait(pid, result);
    assert_status(result, 0);
    assert_contains(result->out, text_format("{\"type\":\"oom\",\"id\":\"%s\"}\n", bundle->id));
    bundle_await(bundle, "stopped");
    bundle_delete(bundle);
}

Test(events, a_stopped_container_and_a_wrong_interval_are_errors)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    struct result *result = tare("events", "--stats", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, text_format("container with id %s is not running", bundle->id));
    const char *const wrong[] = {
        "--interval=",          "--interval=0",    "--interval=0.0s",  "--interval=5x",
        "--interval=-1s",       "--interval=1s,",  "--interval=1..5s", "--interval=.s",
        "--interval=1.s",       "--interval=600h", "--interval=1e3s",  "--interval=99999999999s",
        "--interval=99999999h", "--interval=1s ",  "--interval=s"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        result = tare("events", wrong[i], bundle->id, NULL);
        assert_status(result, 1);
        assert_contains(result->err, "is no time");
    }
    bundle_delete(bundle);
}
