/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

static struct resources resources;
static struct cpu_resources cpu;
static struct memory_resources memory;
static struct block_io_resources block_io;

static void set_up(void)
{
    fixture_set_up();
    f.options.cgroup_manager = CGROUP_MANAGER_SYSTEMD;
    f.options.id = "web";
    f.section.resources = &resources;
}

TestSuite(plan_scope, .init = set_up, .fini = fixture_tear_down);

static const struct plan_scope *scope_at(const char *path)
{
    f.section.cgroups_path = path;
    plan_well();
    cr_assert_not_null(f.plan->cgroup.scope);
    return f.plan->cgroup.scope;
}

/* The properties of that name, last to first, as text: "" when there is none. */
static const char *property(const char *name)
{
    const struct plan_scope *scope = f.plan->cgroup.scope;
    const char *text = "";
    for (size_t i = scope->n_properties; i-- > 0;) {
        const struct plan_property *p = &scope->properties[i];
        if (strcmp(p->name, name) == 0)
            text = arena_printf(&f.arena, "%s%s%s", text, *text ? "; " : "",
                                variant_print(&f.arena, &p->value));
    }
    return text;
}

#define EXPECT_PROPERTY(name, text)                                                                \
    cr_expect_str_eq(property(name), text, "%s is %s", name, property(name))

static void annotate(const char *key, const char *value)
{
    static struct string_pair pair;
    pair = (struct string_pair){key, value};
    f.spec.annotations = (struct string_map){true, 1, &pair};
}

/* ---- names ---- */

Test(plan_scope, name_and_slice_of_the_path)
{
    const struct plan_scope *scope = scope_at("machine.slice:libpod:abc");
    cr_expect_str_eq(scope->unit, "libpod-abc.scope");
    cr_expect_str_eq(scope->slice, "machine.slice");
    cr_expect(!scope->user);
    EXPECT_PROPERTY("Slice", "'machine.slice'");
    cr_expect_str_eq(scope_at("a-b-c.slice:p:n")->slice, "a-b-c.slice");
    cr_expect_str_eq(scope_at("-.slice:p:n")->slice, "-.slice");
}

Test(plan_scope, empty_parts)
{
    cr_expect_str_eq(scope_at(":p:n")->slice, "system.slice");
    cr_expect_str_eq(scope_at("a.slice::n")->unit, "n.scope");
    cr_expect_str_eq(scope_at("a.slice:p:")->unit, "p-web.scope");
    cr_expect_str_eq(scope_at("::")->unit, "web.scope");
}

Test(plan_scope, without_a_path)
{
    cr_expect_str_eq(scope_at(NULL)->unit, "tare-web.scope");
    cr_expect_str_eq(scope_at("")->unit, "tare-web.scope");
    cr_expect_str_eq(f.plan->cgroup.scope->slice, "system.slice");
    EXPECT_PROPERTY("Description", "'container web'");
    EXPECT_PROPERTY("Delegate", "true");
    EXPECT_PROPERTY("DefaultDependencies", "false");
    EXPECT_PROPERTY("CollectMode", "'inactive-or-failed'");
    EXPECT_PROPERTY("MemoryAccounting", "true");
    EXPECT_PROPERTY("MemoryMax", "");
}

Test(plan_scope, of_a_user)
{
    f.facts.in_user_namespace = true;
    cr_expect(scope_at(NULL)->user);
    cr_expect_str_eq(f.plan->cgroup.scope->slice, "user.slice");
    cr_expect_str_eq(scope_at("a.slice:p:n")->slice, "a.slice");
}

Test(plan_scope, strange_characters_are_escaped)
{
    cr_expect_str_eq(scope_at(":p:a+b c/d")->unit, "p-a\\x2bb\\x20c\\x2fd.scope");
    cr_expect_str_eq(scope_at(":p:\xc3\xa4")->unit, "p-\\xc3\\xa4.scope");
    cr_expect_str_eq(scope_at(":p:a_b.c@d\\x2b-e")->unit, "p-a_b.c@d\\x2b-e.scope");
    f.options.id = "a+b";
    cr_expect_str_eq(scope_at(NULL)->unit, "tare-a\\x2bb.scope");
}

Test(plan_scope, paths_that_are_none)
{
    static const char *const forms[] = {"/a/b", "a", "a.slice:n", "a.slice:b:c:d", "system.slice"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        char text[256];
        f.section.cgroups_path = forms[i];
        snprintf(text, sizeof(text),
                 "\"%s\" is not of the form SLICE:PREFIX:NAME that the cgroup manager systemd "
                 "wants; a path goes with cgroupfs",
                 forms[i]);
        plan_badly("/linux/cgroupsPath", text);
    }
}

Test(plan_scope, slices_that_are_none)
{
    static const char *const names[] = {"a",        "a.scope",  ".slice",
                                        "/a.slice", "-a.slice", "a--b.slice",
                                        "a-.slice", "a+.slice", "a.slice/b.slice"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char text[256], path[64];
        snprintf(path, sizeof(path), "%s:p:n", names[i]);
        f.section.cgroups_path = path;
        snprintf(text, sizeof(text), "\"%s\" is not the name of a slice, such as user-jane.slice",
                 names[i]);
        plan_badly("/linux/cgroupsPath", text);
    }
    f.section.cgroups_path = "a.slice:p:pod.slice";
    plan_badly("/linux/cgroupsPath",
               "a container lives in a scope, and \"pod.slice\" is the name of a slice");
}

Test(plan_scope, names_have_an_end)
{
    char path[300] = ":p:", text[400];
    memset(path + 3, 'x', 247);
    cr_expect_eq(strlen(scope_at(path)->unit), 255);
    path[250] = 'x';
    f.section.cgroups_path = path;
    snprintf(text, sizeof(text), "the name of the scope would be longer than 255 bytes: p-%s.scope",
             path + 3);
    plan_badly("/linux/cgroupsPath", text);
}

Test(plan_scope, only_with_the_manager_systemd)
{
    f.options.cgroup_manager = CGROUP_MANAGER_CGROUPFS;
    annotate("org.systemd.property.X", "nonsense");
    plan_well();
    cr_expect_null(f.plan->cgroup.scope);
}

/* ---- limits ---- */

Test(plan_scope, memory)
{
    resources.memory = &memory;
    memory =
        (struct memory_resources){.limit = SET(1000), .swap = SET(1500), .reservation = SET(700)};
    scope_at(NULL);
    EXPECT_PROPERTY("MemoryMax", "uint64 1000");
    EXPECT_PROPERTY("MemorySwapMax", "uint64 500");
    EXPECT_PROPERTY("MemoryLow", "uint64 700");
    cr_expect_str_eq(f.plan->cgroup.scope->properties[9].where, "/linux/resources/memory/limit");
    memory = (struct memory_resources){.limit = SET(-1)};
    scope_at(NULL);
    EXPECT_PROPERTY("MemoryMax", "uint64 18446744073709551615");
    EXPECT_PROPERTY("MemorySwapMax", "uint64 18446744073709551615");
}

Test(plan_scope, processors)
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.shares = SET(1024),
                                 .quota = SET(25000),
                                 .period = SET(100000),
                                 .cpus = "0-2,9",
                                 .mems = "0"};
    scope_at(NULL);
    EXPECT_PROPERTY("CPUWeight", "uint64 100");
    EXPECT_PROPERTY("CPUQuotaPerSecUSec", "uint64 250000");
    EXPECT_PROPERTY("CPUQuotaPeriodUSec", "uint64 100000");
    EXPECT_PROPERTY("AllowedCPUs", "[byte 7, 2]");
    EXPECT_PROPERTY("AllowedMemoryNodes", "[byte 1]");
    /* A part of a percent is a percent more. */
    cpu = (struct cpu_resources){.quota = SET(1001), .period = SET(100000)};
    scope_at(NULL);
    EXPECT_PROPERTY("CPUQuotaPerSecUSec", "uint64 20000");
    cpu = (struct cpu_resources){.quota = SET(-1)};
    scope_at(NULL);
    EXPECT_PROPERTY("CPUQuotaPerSecUSec", "uint64 18446744073709551615");
    EXPECT_PROPERTY("AllowedCPUs", "");
}

Test(plan_scope, idle)
{
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.idle = SET(1)};
    const struct plan_scope *scope = scope_at(NULL);
    EXPECT_PROPERTY("CPUWeight", "uint64 0");
    cr_expect_eq(scope->properties[scope->n_properties - 1].since, 252);
    cpu = (struct cpu_resources){.idle = SET(0)};
    scope_at(NULL);
    EXPECT_PROPERTY("CPUWeight", "uint64 100");
    cpu = (struct cpu_resources){.idle = SET(0), .shares = SET(2048)};
    scope_at(NULL);
    cr_expect_null(strchr(property("CPUWeight"), ';'), "%s", property("CPUWeight"));
}

Test(plan_scope, processors_beyond_any_machine)
{
    resources.cpu = &cpu;
    static const char *const lists[] = {"8192", "3-1", "a", "1,", "0-7:1/2"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        cpu = (struct cpu_resources){.cpus = lists[i]};
        scope_at(NULL);
        EXPECT_PROPERTY("AllowedCPUs", "");
    }
}

Test(plan_scope, tasks)
{
    resources.pids_limit = (struct opt_i64)SET(5);
    scope_at(NULL);
    EXPECT_PROPERTY("TasksMax", "uint64 5");
    resources.pids_limit = (struct opt_i64)SET(1);
    scope_at(NULL);
    EXPECT_PROPERTY("TasksMax", "uint64 2");
    resources.pids_limit = (struct opt_i64)SET(0);
    scope_at(NULL);
    EXPECT_PROPERTY("TasksMax", "");
    resources.pids_limit = (struct opt_i64)SET(-1);
    scope_at(NULL);
    EXPECT_PROPERTY("TasksMax", "uint64 18446744073709551615");
}

Test(plan_scope, block_devices)
{
    resources.block_io = &block_io;
    block_io.weight = (struct opt_u16)SET(1000);
    SET_LIST(block_io.weight_device, {8, 0, SET(10)});
    SET_LIST(block_io.throttle_read_bps, {8, 16, 4096}, {8, 0, 0});
    SET_LIST(block_io.throttle_write_iops, {8, 16, 7});
    scope_at(NULL);
    EXPECT_PROPERTY("IOWeight", "uint64 10000");
    EXPECT_PROPERTY("IODeviceWeight", "[('/dev/block/8:0', uint64 1)]");
    EXPECT_PROPERTY("IOReadBandwidthMax", "[('/dev/block/8:0', uint64 18446744073709551615)]; "
                                          "[('/dev/block/8:16', uint64 4096)]");
    EXPECT_PROPERTY("IOWriteIOPSMax", "[('/dev/block/8:16', uint64 7)]");
    EXPECT_PROPERTY("IOWriteBandwidthMax", "");
}

Test(plan_scope, unified)
{
    SET_LIST(resources.unified, {"memory.high", "4096"}, {"memory.min", "0"}, {"cpu.weight", "33"},
             {"io.weight", "default 44\n8:0 55"}, {"memory.max", "1G"}, {"cpu.max", "max"},
             {"hugetlb.2MB.max", "0"}, {"memory.zswap.max", "0"},
             {"io.max", "8:0 rbps=max wiops=120"});
    scope_at(NULL);
    EXPECT_PROPERTY("MemoryHigh", "uint64 4096");
    EXPECT_PROPERTY("MemoryMin", "uint64 0");
    EXPECT_PROPERTY("CPUWeight", "uint64 33");
    EXPECT_PROPERTY("IOWeight", "uint64 44");
    EXPECT_PROPERTY("IODeviceWeight", "[('/dev/block/8:0', uint64 55)]");
    EXPECT_PROPERTY("IOWriteIOPSMax", "[('/dev/block/8:0', uint64 120)]");
    EXPECT_PROPERTY("CPUQuotaPerSecUSec", "uint64 18446744073709551615");
    EXPECT_PROPERTY("CPUQuotaPeriodUSec", "uint64 100000");
    EXPECT_PROPERTY("MemoryZSwapMax", "uint64 0");
    /* The kernel knows more forms of numbers than are worth repeating here: the file has it. */
    EXPECT_PROPERTY("MemoryMax", "");
}

/* ---- annotations ---- */

Test(plan_scope, annotations)
{
    SET_LIST(f.spec.annotations, {"org.systemd.property.KillSignal", "15"},
             {"org.systemd.property.TimeoutStopUSec", "uint64 10000000"},
             {"org.systemd.property.RuntimeMaxSec", "uint32 90"},
             {"org.systemd.property.WatchdogSec", "1.5"},
             {"org.systemd.property.After", "['a.service', 'b.service']"},
             {"org.systemd.property.Delegate", "false"}, {"other", "['"});
    const struct plan_scope *scope = scope_at(NULL);
    EXPECT_PROPERTY("KillSignal", "15");
    EXPECT_PROPERTY("TimeoutStopUSec", "uint64 10000000");
    EXPECT_PROPERTY("RuntimeMaxUSec", "uint64 90000000");
    EXPECT_PROPERTY("WatchdogUSec", "uint64 1500000");
    EXPECT_PROPERTY("After", "['a.service', 'b.service']");
    /* The last one counts. */
    EXPECT_PROPERTY("Delegate", "false; true");
    cr_expect_str_eq(scope->properties[scope->n_properties - 1].where,
                     "/annotations/org.systemd.property.Delegate");
}

Test(plan_scope, wrong_annotations)
{
    annotate("org.systemd.property.KillMode", "mixed");
    plan_badly("/annotations/org.systemd.property.KillMode",
               "value of the property KillMode: a value (text stands in quotes) expected at "
               "character 1 of \"mixed\"");
    annotate("org.systemd.property.TimeoutStopSec", "'5 s'");
    plan_badly("/annotations/org.systemd.property.TimeoutStopSec",
               "\"'5 s'\" is not a number of seconds");
    annotate("org.systemd.property.TimeoutStopSec", "-1");
    plan_badly("/annotations/org.systemd.property.TimeoutStopSec",
               "\"-1\" is not a number of seconds");
    annotate("org.systemd.property.TimeoutStopSec", "uint64 18446744073709551615");
    plan_badly("/annotations/org.systemd.property.TimeoutStopSec",
               "\"uint64 18446744073709551615\" is not a number of seconds");
    annotate("org.systemd.property.Ab", "1");
    plan_badly("/annotations/org.systemd.property.Ab",
               "\"Ab\" is not the name of a property: 3 letters or more");
    annotate("org.systemd.property.a/b.c", "1");
    plan_badly("/annotations/org.systemd.property.a~1b.c",
               "\"a/b.c\" is not the name of a property: 3 letters or more");
    annotate("org.systemd.property.PIDs", "[uint32 1]");
    plan_badly("/annotations/org.systemd.property.PIDs",
               "PIDs would move other processes into the container");
}

Test(plan_scope, subgroup)
{
    cr_expect_str_eq(scope_at(NULL)->subgroup, "container");
    annotate("run.oci.systemd.subgroup", "inner");
    cr_expect_str_eq(scope_at(NULL)->subgroup, "inner");
    annotate("run.oci.systemd.subgroup", "");
    cr_expect_null(scope_at(NULL)->subgroup);
    annotate("run.oci.systemd.subgroup", "a/b");
    plan_badly("/annotations/run.oci.systemd.subgroup", "\"a/b\" is not the name of a cgroup");
    annotate("run.oci.systemd.subgroup", "..");
    plan_badly("/annotations/run.oci.systemd.subgroup", "\"..\" is not the name of a cgroup");
}

Test(plan_scope, is_printed)
{
    const char *text;
    resources.pids_limit = (struct opt_i64)SET(5);
    resources.cpu = &cpu;
    cpu = (struct cpu_resources){.idle = SET(1)};
    scope_at("a.slice:p:n");
    cr_assert_eq(plan_print(&f.arena, f.plan, &text, &f.err), 0);
    cr_expect(strstr(text, "cgroup manager systemd\nscope \"p-n.scope\"\n"
                           "scope subgroup \"container\"\n"
                           "scope property Description \"'container web'\"\n"
                           "scope property Slice \"'a.slice'\"\n"),
              "%s", text);
    cr_expect(strstr(text, "scope property CPUWeight \"uint64 0\" with systemd 252\n"
                           "scope property TasksMax \"uint64 5\"\n"),
              "%s", text);
}
