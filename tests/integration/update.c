/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* tare update: what it changes, and what it leaves. Numbers need the controllers on cgroup v2, which
 * scripts/vm-test has; device rules need none. */

TestSuite(update, TEST_SUITE);

static char *cgroup_file(const struct bundle *bundle, const char *file)
{
    return file_read(text_format("/sys/fs/cgroup/%s/inner/%s", bundle->id, file));
}

#define assert_file(bundle, file, expected)                                                        \
    cr_assert_str_eq(cgroup_file(bundle, file), expected "\n", "%s is %s", file,                   \
                     cgroup_file(bundle, file))

/* A running container whose limits are of `controller`. */
static struct bundle *running(const char *controller, const char *resources)
{
    if (controller)
        need_controller(controller);
    struct bundle *bundle = bundle_new();
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s/inner\"", bundle->id);
    bundle_set(bundle, "/linux/resources", "%s", resources);
    bundle_payload(bundle, "say ready ; pause");
    struct result *created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "say=ready");
    return bundle;
}

static struct result *update_with(const struct bundle *bundle, const char *json)
{
    return tare_with(&(struct setting){.input = json}, "update", "--resources=-", bundle->id, NULL);
}

/* ---- by options ---- */

Test(update, memory_by_options)
{
    struct bundle *bundle = running("memory", "{\"memory\":{\"limit\":67108864}}");
    assert_file(bundle, "memory.max", "67108864");
    assert_status(tare("update", "--memory", "128m", "--memory-reservation", "1048576",
                       "--memory-swap=256M", bundle->id, NULL),
                  0);
    assert_file(bundle, "memory.max", "134217728");
    assert_file(bundle, "memory.low", "1048576");
    assert_status(tare("update", "--memory", "-1", bundle->id, NULL), 0);
    assert_file(bundle, "memory.max", "max");
    bundle_delete(bundle);
}

Test(update, swap_alone_goes_by_the_memory_of_now)
{
    struct bundle *bundle = running("memory", "{\"memory\":{\"limit\":67108864}}");
    if (!file_exists(text_format("/sys/fs/cgroup/%s/inner/memory.swap.max", bundle->id))) {
        bundle_delete(bundle);
        SKIP("this kernel does not account swap");
    }
    assert_status(tare("update", "--memory-swap", "96m", bundle->id, NULL), 0);
    assert_file(bundle, "memory.max", "67108864");
    assert_file(bundle, "memory.swap.max", "33554432");
    bundle_delete(bundle);
}

Test(update, a_quota_keeps_its_period_and_a_period_its_quota)
{
    struct bundle *bundle = running("cpu", "{\"cpu\":{\"quota\":20000,\"period\":50000}}");
    assert_file(bundle, "cpu.max", "20000 50000");
    assert_status(tare("update", "--cpu-quota", "30000", bundle->id, NULL), 0);
    assert_file(bundle, "cpu.max", "30000 50000");
    assert_status(tare("update", "--cpu-period=200000", bundle->id, NULL), 0);
    assert_file(bundle, "cpu.max", "30000 200000");
    assert_status(tare("update", "--cpu-quota=-1", bundle->id, NULL), 0);
    assert_file(bundle, "cpu.max", "max 200000");
    assert_status(tare("update", "--cpu-share=2048", bundle->id, NULL), 0);
    cr_assert_str_neq(cgroup_file(bundle, "cpu.weight"), "100\n");
    bundle_delete(bundle);
}

/* The controller was not on before: it has to be handed down to a cgroup in use. */
Test(update, a_limit_of_a_kind_that_there_was_not)
{
    need_controller("pids");
    struct bundle *bundle = running("memory", "{\"memory\":{\"limit\":67108864}}");
    assert_status(tare("update", "--pids-limit", "7", bundle->id, NULL), 0);
    assert_file(bundle, "pids.max", "7");
    assert_status(tare("update", "--pids-limit", "-1", bundle->id, NULL), 0);
    assert_file(bundle, "pids.max", "max");
    bundle_delete(bundle);
}

Test(update, a_wrong_value_is_named)
{
    static const struct {
        const char *option, *says;
    } cases[] = {
        {"--memory=lots", "--memory: \"lots\" is not a size"},
        {"--memory=1x", "--memory: \"1x\" is not a size"},
        {"--memory=.5g", "--memory: \".5g\" is not a size"},
        {"--memory=1.g", "--memory: \"1.g\" is not a size"},
        {"--memory=1.5.5g", "--memory: \"1.5.5g\" is not a size"},
        {"--memory=99999999999g", "--memory: \"99999999999g\" is not a size"},
        {"--pids-limit=many", "--pids-limit: \"many\" is not a number"},
        {"--cpu-share=-3", "--cpu-share: \"-3\" is not a number from 0"},
        {"--blkio-weight=70000", "--blkio-weight: \"70000\" is not a number from 0 to 1000"},
        {"--blkio-weight=5", "/blockIO/weight"},
        {"--cpu-idle=2", "--cpu-idle: \"2\" is not 0 or 1"},
        {"--cpu-idle=", "--cpu-idle: \"\" is not 0 or 1"},
        {"--cpuset-cpus=3-1", "--cpuset-cpus: \"3-1\" is not a list of numbers such as 0-3,7"},
        {"--cpuset-mems=all", "--cpuset-mems: \"all\" is not a list of numbers such as 0-3,7"},
        {"--resources=/nonexistent", "read /nonexistent"},
        {"--kernel-memory-of-mine=3", "unknown option"},
    };
    struct bundle *bundle = running(NULL, "{}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct result *result = tare("update", cases[i].option, bundle->id, NULL);
        assert_status(result, 1);
        assert_contains(result->err, cases[i].says);
    }
    bundle_delete(bundle);
}

/* ---- by a document ---- */

Test(update, the_document_of_an_engine)
{
    need_controller("pids");
    struct bundle *bundle = running("memory", "{\"memory\":{\"limit\":67108864}}");
    /* As dockerd sends it: 0 for everything it was not asked for. */
    struct result *result = update_with(
        bundle, "{\"memory\":{\"limit\":33554432,\"reservation\":0,\"swap\":0},"
                "\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"realtimeRuntime\":0,"
                "\"realtimePeriod\":0},\"pids\":{\"limit\":9},\"blockIO\":{\"weight\":0}}\n");
    assert_status(result, 0);
    cr_assert_str_empty(result->out);
    assert_file(bundle, "memory.max", "33554432");
    assert_file(bundle, "pids.max", "9");
    bundle_delete(bundle);
}

Test(update, a_document_that_is_none_is_named)
{
    struct bundle *bundle = running(NULL, "{}");
    struct result *result = update_with(bundle, "{");
    assert_status(result, 1);
    assert_contains(result->err, "document of resources");
    assert_contains(result->err, "ends too early");
    bundle_delete(bundle);
}

Test(update, a_document_with_an_error_changes_nothing)
{
    struct bundle *bundle = running("memory", "{\"memory\":{\"limit\":67108864}}");
    struct result *result = update_with(bundle, "{\"memory\":{\"limit\":\"much\"}}");
    assert_status(result, 1);
    assert_contains(result->err, "/memory/limit");
    result = update_with(bundle, "{\"memory\":{\"limit\":33554432},\"cpu\":{\"cpus\":\"0-\"}}");
    assert_status(result, 1);
    assert_contains(result->err, "/cpu/cpus");
    /* The limit that could be written was taken back. */
    assert_file(bundle, "memory.max", "67108864");
    bundle_delete(bundle);
}

Test(update, what_has_no_controller_is_an_error_that_names_it)
{
    if (host_has_controller("memory"))
        SKIP("this host has the memory controller on cgroup v2");
    struct bundle *bundle = running(NULL, "{}");
    struct result *result = tare("update", "--memory=1g", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "/memory/limit");
    assert_contains(result->err, "the memory controller is not available");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(update, a_limit_below_the_present_use_is_refused_when_asked_to_check,
     .description = "R261: checkBeforeUpdate refuses a limit below the present use")
{
    struct bundle *bundle = running("memory", "{\"memory\":{\"limit\":67108864}}");
    struct result *result =
        update_with(bundle, "{\"memory\":{\"limit\":4096,\"checkBeforeUpdate\":true}}");
    assert_status(result, 1);
    assert_contains(result->err, "/memory/limit");
    assert_contains(result->err, "more than the limit of 4096");
    assert_file(bundle, "memory.max", "67108864");
    cr_assert_str_eq(bundle_status(bundle), "running");
    bundle_delete(bundle);
}

Test(update, a_document_may_come_through_a_pipe)
{
    struct bundle *bundle = running(NULL, "{}");
    struct setting setting = {.input = "{\"memory\":{\"limit\":\"much\"}}"};
    const char *const names[] = {"-", "/proc/self/fd/0", WORK "/fifo"};
    struct result *result;

    cr_assert_eq(mkfifo(WORK "/fifo", 0600), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        pid_t pid = tare_start(&setting, &result, "update", "-r", names[i], bundle->id, NULL);

        if (i == 2)
            file_write(WORK "/fifo", "%s", setting.input);
        tare_wait(pid, result);
        assert_status(result, 1);
        assert_contains(result->err, "/memory/limit");
    }
    bundle_delete(bundle);
}

/* ---- devices ---- */

#define NO_DEVICES "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}"
#define LOOP_WANTED                                                                                \
    "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"                                          \
    "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":237,\"access\":\"rw\"}]}"
#define ALL_DEVICES "{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}"

/* One open of a device before the update, one after it. */
static void check_devices(const char *before, const char *update, const char *first,
                          const char *second)
{
    struct bundle *bundle = bundle_new();
    bundle_set(bundle, "/linux/resources", "%s", before);
    cr_assert_eq(mknod(bundle_path(bundle, "/control"), S_IFCHR | 0666, makedev(10, 237)), 0);
    bundle_payload(bundle, "open /control r ; await /go ; open /control r");
    struct result *created = bundle_create(bundle);
    bundle_start(bundle);
    result_await(created, "open./control=");
    assert_status(update_with(bundle, update), 0);
    file_write(bundle_path(bundle, "/go"), "now");
    bundle_await(bundle, "stopped");
    result_read(created);
    cr_assert_str_eq(fact_nth(created, "open./control", 0), first, "%s", created->out);
    cr_assert_str_eq(fact_nth(created, "open./control", 1), second, "%s", created->out);
    bundle_delete(bundle);
}

Test(update, device_rules_are_replaced)
{
    if (access("/dev/loop-control", R_OK) < 0)
        SKIP("this host has no /dev/loop-control");
    check_devices(NO_DEVICES, LOOP_WANTED, "!EPERM", "ok");
    check_devices(LOOP_WANTED, NO_DEVICES, "ok", "!EPERM");
    check_devices(NO_DEVICES, ALL_DEVICES, "!EPERM", "ok");
    check_devices(ALL_DEVICES, NO_DEVICES, "ok", "!EPERM");
    /* No word about devices leaves them. */
    check_devices(LOOP_WANTED, "{}", "ok", "ok");
}

/* ---- when ---- */

Test(update, a_created_and_a_paused_container_are_updated_and_a_stopped_one_is_not)
{
    struct bundle *bundle = bundle_new();
    bundle_payload(bundle, "exit 0");
    bundle_create(bundle);
    assert_status(update_with(bundle, NO_DEVICES), 0);
    assert_status(tare("pause", bundle->id, NULL), 0);
    assert_status(update_with(bundle, NO_DEVICES), 0);
    assert_status(tare("resume", bundle->id, NULL), 0);
    bundle_start(bundle);
    bundle_await(bundle, "stopped");
    struct result *result = update_with(bundle, NO_DEVICES);
    assert_status(result, 1);
    assert_contains(result->err, "container not running");
    bundle_delete(bundle);
    result = tare("update", "--memory=1g", "no-such-container", NULL);
    assert_status(result, 1);
    assert_contains(result->err, "container does not exist");
}

Test(update, a_schema_needs_a_resctrl_group)
{
    struct bundle *bundle = running(NULL, "{}");
    struct result *result = tare("update", "--l3-cache-schema=L3:0=f", bundle->id, NULL);
    assert_status(result, 1);
    assert_contains(result->err, "/intelRdt/l3CacheSchema");
    assert_contains(result->err, "the container has no resctrl group");
    bundle_delete(bundle);
}
