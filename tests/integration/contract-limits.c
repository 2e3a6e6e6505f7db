/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/contract.h"

/* Limits that engines change, and statistics that they read. What needs controllers runs in the virtual machine. */

TestSuite(updates, TEST_SUITE);
TestSuite(statistics, TEST_SUITE);

/* ---- update ---- */

struct value {
    const char *file, *text; /* of a file of the container's cgroup */
};

/* Files that this kernel does not have are left out: memory.swap.max without accounting of swap. */
static void assert_values(const struct engine *engine, const char *what, const struct value *values)
{
    for (; values->file != NULL; values++) {
        const char *path = text_format("%s/%s", engine_cgroup(engine), values->file);

        if (file_exists(path) || strstr(path, ".swap.") == NULL)
            cr_assert_str_eq(file_read(path), text_format("%s\n", values->text), "%s: %s is %s",
                             what, values->file, file_read(path));
    }
}

/* One after the other, on the same container: what a call does not name is what the calls before made it. */
struct change {
    const char *words;
    const char *input;
    struct value values[8];
};

static void play_changes(struct engine *engine, const struct change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct step step = {
            .words = changes[i].words, .input = changes[i].input, .leaves = "running"};

        make_call(engine, &step);
        assert_values(engine, changes[i].input != NULL ? changes[i].input : changes[i].words,
                      changes[i].values);
    }
}

#define PLAY_CHANGES(engine, changes)                                                              \
    play_changes(engine, changes, sizeof(changes) / sizeof((changes)[0]))

static void need_controllers(void)
{
    need_controller("cpu");
    need_controller("cpuset");
    need_controller("memory");
    need_controller("pids");
}

/* The options of runc and crun together, in the units of cgroup v1 where those have them. */
Test(updates, options_become_values_of_the_cgroup)
{
    static const struct change changes[] = {
        {"update --memory 64m $ID", NULL, {{"memory.max", "67108864"}}},
        {"update --memory=65536K $ID", NULL, {{"memory.max", "67108864"}}},
        {"update --memory 67108864 $ID", NULL, {{"memory.max", "67108864"}}},
        {"update --memory 96MB $ID", NULL, {{"memory.max", "100663296"}}},
        {"update --memory 1.5g $ID", NULL, {{"memory.max", "1610612736"}}},
        {"update --memory 64MiB --memory-swap 96m $ID",
         NULL,
         {{"memory.max", "67108864"}, {"memory.swap.max", "33554432"}}},
        {"update --memory-swap -1 $ID",
         NULL,
         {{"memory.max", "67108864"}, {"memory.swap.max", "max"}}},
        {"update --memory 64m --memory-swap 64m $ID", NULL, {{"memory.swap.max", "0"}}},
        {"update --memory-reservation 32m $ID",
         NULL,
         {{"memory.low", "33554432"}, {"memory.max", "67108864"}}},
        /* Memory without a limit, and no word about swap: no limit for that either. */
        {"update --memory -1 $ID", NULL, {{"memory.max", "max"}, {"memory.swap.max", "max"}}},
        {"update --cpu-quota 20000 --cpu-period 50000 $ID", NULL, {{"cpu.max", "20000 50000"}}},
        {"update --cpu-burst 10000 $ID",
         NULL,
         {{"cpu.max.burst", "10000"}, {"cpu.max", "20000 50000"}}},
        {"update --cpu-burst 0 $ID", NULL, {{"cpu.max.burst", "0"}}},
        {"update --cpu-period 100000 $ID", NULL, {{"cpu.max", "20000 100000"}}},
        {"update --cpu-quota -1 $ID", NULL, {{"cpu.max", "max 100000"}}},
        {"update --cpu-share 2 $ID", NULL, {{"cpu.weight", "1"}}},
        {"update --cpu-share 262144 $ID", NULL, {{"cpu.weight", "10000"}}},
        {"update --cpu-share 1024 $ID", NULL, {{"cpu.weight", "100"}}},
        {"update --cpu-idle 1 $ID", NULL, {{"cpu.idle", "1"}}},
        {"update --cpu-idle 0 $ID", NULL, {{"cpu.idle", "0"}}},
        {"update --cpuset-cpus 0 --cpuset-mems 0 $ID",
         NULL,
         {{"cpuset.cpus", "0"}, {"cpuset.mems", "0"}, {"cpu.idle", "0"}}},
        {"update --pids-limit 9 $ID", NULL, {{"pids.max", "9"}}},
        {"update --pids-limit -1 $ID", NULL, {{"pids.max", "max"}, {"cpuset.cpus", "0"}}},
        /* Accepted and without an effect; crun's and runc's old ones. */
        {"update --kernel-memory 10m --kernel-memory-tcp 10m --cpu-rt-period 0 --cpu-rt-runtime 0 "
         "$ID",
         NULL,
         {{"memory.max", "max"}}},
        {"update $ID", NULL, {{"memory.max", "max"}}},
    };
    struct engine engine;

    need_controllers();
    engine = engine_running("--root $R", NULL, "pause");
    PLAY_CHANGES(&engine, changes);
    engine_delete(&engine);
}

/* What kubelet's and dockerd's documents look like; the other options are not looked at. */
Test(updates, documents_become_values_of_the_cgroup)
{
    static const struct change changes[] = {
        {"update --resources=- $ID",
         "{\"memory\":{\"limit\":67108864},\"cpu\":{\"shares\":1024,\"quota\":50000,"
         "\"period\":100000,\"cpus\":\"0\",\"mems\":\"0\"},\"pids\":{\"limit\":9},"
         "\"unified\":{\"memory.high\":\"50331648\"},\"hugepageLimits\":[]}\n",
         {{"memory.max", "67108864"},
          {"memory.high", "50331648"},
          {"cpu.weight", "100"},
          {"cpu.max", "50000 100000"},
          {"cpuset.cpus", "0"},
          {"pids.max", "9"}}},
        {"update --resources - $ID",
         "{\"cpu\":{\"quota\":25000}}",
         {{"cpu.max", "25000 100000"}, {"memory.max", "67108864"}, {"pids.max", "9"}}},
        {"update -r - --memory 1g --pids-limit 3 $ID",
         "{\"memory\":{\"limit\":33554432,\"swap\":33554432}}",
         {{"memory.max", "33554432"}, {"memory.swap.max", "0"}, {"pids.max", "9"}}},
        {"update -r=- $ID", "{\"unified\":{\"pids.max\":\"11\"}}", {{"pids.max", "11"}}},
        {"update --resources=- $ID",
         "{\"memory\":{\"limit\":0,\"swap\":0},\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,"
         "\"cpus\":\"\",\"mems\":\"\"},\"blockIO\":{\"weight\":0}}",
         {{"memory.max", "33554432"}, {"cpu.max", "25000 100000"}, {"cpuset.cpus", "0"}}},
    };
    static const struct step file = {.words = "update --resources=$B/resources $ID",
                                     .leaves = "running"};
    static const struct value written[] = {{"pids.max", "12"}, {"memory.max", "33554432"}, {0}};
    struct engine engine;

    need_controllers();
    engine = engine_running("--root $R", NULL, "pause");
    PLAY_CHANGES(&engine, changes);
    /* Podman's way. */
    file_write(expand(&engine, "$B/resources"), "{\"pids\":{\"limit\":12}}");
    make_call(&engine, &file);
    assert_values(&engine, file.words, written);
    engine_delete(&engine);
}

/* What cannot be is refused as a whole: nothing of it was done. */
Test(updates, a_refused_update_changes_nothing)
{
    static const struct {
        const char *input, *says;
    } cases[] = {
        {"{\"pids\":{\"limit\":5},\"memory\":{\"limit\":67108864,\"swap\":1}}", "/memory/swap"},
        {"{\"pids\":{\"limit\":5},\"cpu\":{\"cpus\":\"4096\"}}", "/cpu/cpus"},
        {"{\"pids\":{\"limit\":5},\"unified\":{\"no.such\":\"1\"}}", "no.such"},
        {"{\"pids\":{\"limit\":5}", ""},
    };
    static const struct change before = {"update --pids-limit 9 --memory 128m $ID",
                                         NULL,
                                         {{"pids.max", "9"}, {"memory.max", "134217728"}}};
    struct engine engine;

    need_controllers();
    engine = engine_running("--root $R", NULL, "pause");
    play_changes(&engine, &before, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct step step = {.words = "update --resources - $ID",
                                  .input = cases[i].input,
                                  .status = 1,
                                  .err = cases[i].says,
                                  .leaves = "running"};

        make_call(&engine, &step);
        assert_values(&engine, cases[i].input, before.values);
    }
    engine_delete(&engine);
}

/* ---- events ---- */

/* The object has these members in this order, and no others; those in brackets may be absent. */
static void assert_members(const struct json *root, const char *pointer, const char *names)
{
    const struct json *object = json_at(root, pointer);
    char *text, *at;
    size_t n = 0;

    cr_assert_not_null(object, "there is no %s", pointer);
    text = at = json_write(object);
    for (char *name = strtok(strdup(names), " "); name != NULL; name = strtok(NULL, " ")) {
        bool optional = *name == '[';
        const char *bare = optional ? strndup(name + 1, strlen(name) - 2) : name;
        char *found;

        if (json_at(object, text_format("/%s", bare)) == NULL) {
            cr_assert(optional, "%s has no %s: %s", pointer, bare, text);
            continue;
        }
        found = strstr(at, text_format("\"%s\":", bare));
        cr_assert_not_null(found, "%s of %s comes too late: %s", bare, pointer, text);
        at = found + 1;
        n++;
    }
    cr_assert_eq(n, json_length(object), "%s has other members: %s", pointer, text);
}

/* Members that a Go program leaves out when they are zero are in brackets. */
static void assert_statistics(const struct engine *engine, const char *line)
{
    static const char *const page_sizes[] = {"1GB", "2MB", "32MB", "512MB", "64KB"};
    struct json *event = json_parse(line);

    cr_assert_str_eq(json_text(event, "/type"), "stats");
    cr_assert_str_eq(json_text(event, "/id"), engine->bundle->id);
    assert_members(event, "", "type id data");
    assert_members(event, "/data",
                   "cpu cpuset memory pids blkio hugetlb intel_rdt network_interfaces");
    assert_members(event, "/data/cpu", "[usage] [throttling] [psi]");
    if (json_at(event, "/data/cpu/usage") != NULL)
        assert_members(event, "/data/cpu/usage", "[total] kernel user");
    assert_members(event, "/data/cpuset",
                   "[cpus] cpu_exclusive [mems] mem_hardwall mem_exclusive memory_migrate "
                   "memory_spread_page memory_spread_slab memory_pressure sched_load_balance "
                   "sched_relax_domain_level");
    assert_members(event, "/data/memory", "[cache] [usage] [swap] [raw] [psi]");
    if (json_at(event, "/data/memory/usage") != NULL)
        assert_members(event, "/data/memory/usage", "limit usage [max] failcnt");
    assert_members(event, "/data/pids", "[current] [limit]");
    for (size_t i = 0; i < sizeof(page_sizes) / sizeof(page_sizes[0]); i++)
        if (json_at(event, text_format("/data/hugetlb/%s", page_sizes[i])) != NULL)
            assert_members(event, text_format("/data/hugetlb/%s", page_sizes[i]),
                           "[usage] failcnt");
    assert_members(event, "/data/hugetlb", "[1GB] [2MB] [32MB] [512MB] [64KB]");
    assert_members(event, "/data/blkio", "[ioServiceBytesRecursive] [ioServicedRecursive] [psi]");
    for (size_t i = 0; i < json_length(json_at(event, "/data/blkio/ioServicedRecursive")); i++)
        assert_members(event, text_format("/data/blkio/ioServicedRecursive/%zu", i),
                       "[major] [minor] op [value]");
    assert_members(event, "/data/intel_rdt", "");
    cr_assert_str_eq(json_text(event, "/data/network_interfaces"), "null");
}

Test(statistics, they_are_one_object_of_known_members)
{
    static const struct step step = {.words = "events --stats $ID", .out = "*"};
    struct engine engine = engine_running("--root $R", NULL, "pause");
    struct result *result = make_call(&engine, &step);

    cr_assert_str_eq(strchr(result->out, '\n'), "\n");
    assert_statistics(&engine, result->out);
    /* Counted by hand where there is no controller that does. */
    cr_assert_str_eq(json_text(json_parse(result->out), "/data/pids/current"), "1");
    engine_delete(&engine);
}

/* The largest number stands for no limit. */
Test(statistics, limits_are_told)
{
    static const struct step step = {.words = "events --stats $ID", .out = "*"};
    static const struct step limit = {.words = "update --memory 64m --pids-limit 9 $ID"};
    struct engine engine;
    struct json *event;

    need_controllers();
    engine = engine_running("--root $R", NULL, "pause");
    make_call(&engine, &limit);
    event = json_parse(make_call(&engine, &step)->out);
    cr_assert_str_eq(json_text(event, "/data/memory/usage/limit"), "67108864");
    cr_assert_str_eq(json_text(event, "/data/pids/limit"), "9");
    cr_assert_str_eq(json_text(event, "/data/pids/current"), "1");
    make_call(&engine, &(struct step){.words = "update --memory -1 --pids-limit -1 $ID"});
    event = json_parse(make_call(&engine, &step)->out);
    cr_assert_str_eq(json_text(event, "/data/memory/usage/limit"), "18446744073709551615");
    cr_assert_null(json_text(event, "/data/pids/limit"));
    engine_delete(&engine);
}

/* go-runc reads a stream of them until the container has ended. */
Test(statistics, the_stream_ends_when_the_container_does)
{
    struct engine engine = engine_running("--root $R", NULL, "pause");
    struct result *result;
    pid_t pid = start_call(&engine, "events --interval=1s $ID", &result);

    result_await(result, "\"network_interfaces\":null}}\n");
    make_call(&engine, &(struct step){.words = "kill $ID 9", .check = engine_ends_by_kill});
    tare_wait(pid, result);
    assert_status(result, 0);
    cr_assert_str_empty(result->err);
    for (char *line = strtok(result->out, "\n"); line != NULL; line = strtok(NULL, "\n"))
        assert_statistics(&engine, line);
    make_call(&engine, &(struct step){.words = "delete $ID"});
    assert_nothing_left();
}

/* A line of its own, without data, and the stream goes on. */
Test(statistics, a_process_killed_for_want_of_memory_is_told_of)
{
    static const struct step steps[] = {
        {.words = "create --bundle $B --pid-file $B/pidfile $ID", .check = engine_has_init},
        {.words = "start $ID", .leaves = "running"},
    };
    struct engine engine = {
        .bundle = bundle_new_busybox(),
        .globals = "--root $R",
        .pid_file = "$B/pidfile",
        .setting = {.env = xdg_env, .no_root = true, .cwd = "/"},
    };
    struct result *result;
    pid_t pid;

    need_controller("memory");
    bundle_set(engine.bundle, "/linux/resources", "{\"memory\":{\"limit\":16777216}}");
    bundle_args(engine.bundle, "/bin/sh", "-c",
                "while ! [ -e /go ]; do usleep 20000; done; "
                "dd if=/dev/zero of=/dev/null bs=64M count=1; exec sleep 1000",
                NULL);
    bundle_write(engine.bundle);
    PLAY(&engine, steps);
    pid = start_call(&engine, "events --interval=1s $ID", &result);
    result_await(result, "}}\n");
    file_write(bundle_path(engine.bundle, "/go"), "now");
    result_await(result,
                 expand(&engine, "\n{\"type\":\"oom\",\"id\":\"$ID\"}\n{\"type\":\"stats\""));
    make_call(&engine, &(struct step){.words = "delete --force $ID"});
    tare_wait(pid, result);
    assert_status(result, 0);
    cr_assert_str_empty(result->err);
    engine_ends_by_kill(&engine, NULL);
    assert_nothing_left();
}
