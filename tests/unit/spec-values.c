/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/resource.h>

#include "spec-fixture.h"
#include "spec/names.h"

/* What documents that are fine become. */

Test(spec_values, numbers_are_exact)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = spec_accept(
        &arena,
        SECCOMP("\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0,"
                "\"args\":[{\"index\":5,\"value\":18446744073709551615,"
                "\"valueTwo\":9007199254740993,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},"
                "{\"names\":[\"b\",\"c\"],\"action\":\"SCMP_ACT_LOG\"}]"));
    const struct seccomp *seccomp = spec->linux_section->seccomp;
    cr_assert_eq(seccomp->syscalls.n, 2);
    const struct seccomp_rule *rule = &seccomp->syscalls.items[0];
    cr_expect(rule->errno_ret.set && rule->errno_ret.value == 0);
    cr_assert_eq(rule->args.n, 1);
    cr_expect_eq(rule->args.items[0].index, 5);
    cr_expect_eq(rule->args.items[0].value, UINT64_MAX);
    cr_expect_eq(rule->args.items[0].value_two, UINT64_C(9007199254740993));
    cr_expect_eq(rule->args.items[0].op, SECCOMP_OP_MASKED_EQ);
    rule++;
    cr_expect_not(rule->errno_ret.set);
    cr_expect_not(rule->args.set);
    cr_expect_eq(rule->action, SECCOMP_RET_LOG);
    cr_assert_eq(rule->names.n, 2);
    cr_expect_str_eq(rule->names.items[1], "c");
    cr_expect_null(rule->names.items[2]);
}

Test(spec_values, limits_of_each_width)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = spec_accept(
        &arena, RESOURCES("\"memory\":{\"limit\":-9223372036854775808,\"swap\":-1,"
                          "\"reservation\":9223372036854775807,\"kernel\":-0,"
                          "\"disableOOMKiller\":false},"
                          "\"cpu\":{\"shares\":18446744073709551615,\"quota\":-1},"
                          "\"blockIO\":{\"weight\":65535},\"network\":{\"classID\":4294967295},"
                          "\"pids\":{\"limit\":0}"));
    const struct resources *resources = spec->linux_section->resources;
    cr_expect_eq(resources->memory->limit.value, INT64_MIN);
    cr_expect_eq(resources->memory->swap.value, -1);
    cr_expect_eq(resources->memory->reservation.value, INT64_MAX);
    cr_expect(resources->memory->kernel.set && resources->memory->kernel.value == 0);
    cr_expect_not(resources->memory->kernel_tcp.set);
    cr_expect(resources->memory->disable_oom_killer.set);
    cr_expect_not(resources->memory->disable_oom_killer.value);
    cr_expect_not(resources->memory->use_hierarchy.set);
    cr_expect_eq(resources->cpu->shares.value, UINT64_MAX);
    cr_expect_eq(resources->cpu->quota.value, -1);
    cr_expect_eq(resources->block_io->weight.value, UINT16_MAX);
    cr_expect_eq(resources->network->class_id.value, UINT32_MAX);
    cr_expect(resources->pids_limit.set && resources->pids_limit.value == 0);
}

Test(spec_values, device_rules, .description = "R253 R254")
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = spec_accept(
        &arena, RESOURCES("\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"c\","
                          "\"major\":-1,\"minor\":7,\"access\":\"rm\"},"
                          "{\"allow\":true,\"type\":null}]"));
    cr_assert_eq(spec->linux_section->resources->devices.n, 3);
    const struct device_rule *rule = spec->linux_section->resources->devices.items;
    cr_expect_eq(rule->type, 'a');
    cr_expect_not(rule->major.set);
    cr_expect_null(rule->access);
    rule++;
    cr_expect(rule->allow);
    cr_expect_eq(rule->type, 'c');
    cr_expect(rule->major.set && rule->major.value == -1);
    cr_expect_eq(rule->minor.value, 7);
    cr_expect_str_eq(rule->access, "rm");
    rule++;
    cr_expect_eq(rule->type, 'a');
}

Test(spec_values, process, .description = "R126 R130 R131 R144")
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = spec_accept(
        &arena, PROCESS("\"user\":{\"uid\":4294967294,\"gid\":1,\"umask\":0,"
                        "\"additionalGids\":[5,0,4294967294]},\"oomScoreAdj\":-1000,"
                        "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,"
                        "\"hard\":18446744073709551615},{\"type\":\"RLIMIT_CPU\",\"soft\":0,"
                        "\"hard\":0}],\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-20,"
                        "\"flags\":[\"SCHED_FLAG_RECLAIM\",\"SCHED_FLAG_RESET_ON_FORK\"]},"
                        "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\",\"priority\":7},"
                        "\"execCPUAffinity\":{\"initial\":\"0-3, 7\",\"final\":\"\"}"));
    const struct process *process = spec->process;
    cr_expect_eq(process->user.uid, 4294967294U);
    cr_expect(process->user.umask.set && process->user.umask.value == 0);
    cr_assert_eq(process->user.additional_gids.n, 3);
    cr_expect_eq(process->user.additional_gids.items[2], 4294967294U);
    cr_expect_eq(process->oom_score_adj.value, -1000);
    cr_assert_eq(process->rlimits.n, 2);
    cr_expect_eq(process->rlimits.items[0].type, RLIMIT_NOFILE);
    cr_expect_eq(process->rlimits.items[0].hard, UINT64_MAX);
    cr_expect_eq(process->rlimits.items[1].type, RLIMIT_CPU);
    cr_expect_eq(process->scheduler->policy, SCHED_DEADLINE);
    cr_expect_eq(process->scheduler->nice, -20);
    cr_expect_eq(process->scheduler->flags.mask, SCHED_FLAG_RECLAIM | SCHED_FLAG_RESET_ON_FORK);
    cr_expect_eq(process->io_priority->class, 3);
    cr_expect_eq(process->io_priority->priority, 7);
    cr_expect_str_eq(process->exec_cpu_affinity->initial, "0-3, 7");
    cr_expect_str_eq(process->exec_cpu_affinity->final, "");
}

/* Each name between `before` and `after`, and the list in order. */
static void expect_names(const struct json_name *names, size_t n, const char *before,
                         const char *after)
{
    size_t i = 0;
    for (; names[i].name; i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        spec_accept(&arena, arena_printf(&arena, "%s%s%s", before, names[i].name, after));
        cr_expect(i == 0 || names == hook_names || strcmp(names[i - 1].name, names[i].name) < 0,
                  "%s is out of order", names[i].name);
    }
    cr_expect_eq(i, n, "%zu names like %s", i, names[0].name);
}

#define BEFORE_PROCESS                                                                             \
    "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"                                         \
    "\"process\":{\"args\":[\"a\"],\"cwd\":\"/\","
#define BEFORE_LINUX   "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"linux\":{"
#define BEFORE_SECCOMP BEFORE_LINUX "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","

/* features promises these. */
Test(spec_values, every_name_is_accepted,
     .description = "R127 R140 R143 R147 R162 R199 R313 R326 R332")
{
    expect_names(namespace_names, 8, BEFORE_LINUX "\"namespaces\":[{\"type\":\"", "\"}]}}");
    expect_names(rootfs_propagation_names, 8, BEFORE_LINUX "\"rootfsPropagation\":\"", "\"}}");
    expect_names(rlimit_names, 16, BEFORE_PROCESS "\"rlimits\":[{\"soft\":1,\"hard\":1,\"type\":\"",
                 "\"}]}}");
    expect_names(scheduler_policy_names, 6, BEFORE_PROCESS "\"scheduler\":{\"policy\":\"", "\"}}}");
    expect_names(scheduler_flag_names, 7,
                 BEFORE_PROCESS "\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"", "\"]}}}");
    expect_names(io_priority_class_names, 3,
                 BEFORE_PROCESS "\"ioPriority\":{\"priority\":0,\"class\":\"", "\"}}}");
    expect_names(personality_domain_names, 2, BEFORE_LINUX "\"personality\":{\"domain\":\"",
                 "\"}}}");
    expect_names(memory_policy_flag_names, 3,
                 BEFORE_LINUX "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
                              "\"flags\":[\"",
                 "\"]}}}");
    expect_names(seccomp_action_names, 9, BEFORE_LINUX "\"seccomp\":{\"defaultAction\":\"",
                 "\"}}}");
    expect_names(seccomp_operator_names, 7,
                 BEFORE_SECCOMP "\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\","
                                "\"args\":[{\"index\":0,\"value\":0,\"op\":\"",
                 "\"}]}]}}}");
    expect_names(seccomp_arch_names, 23, BEFORE_SECCOMP "\"architectures\":[\"", "\"]}}}");
    expect_names(seccomp_flag_names, 4, BEFORE_SECCOMP "\"flags\":[\"", "\"]}}}");
    expect_names(hook_names, 6, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"hooks\":{\"",
                 "\":[{\"path\":\"/a\"}]}}");
}

Test(spec_values, memory_policies)
{
    static const char *const policies[] = {
        "\"mode\":\"MPOL_DEFAULT\"",
        "\"mode\":\"MPOL_LOCAL\",\"nodes\":\"\"",
        "\"mode\":\"MPOL_PREFERRED\"",
        "\"mode\":\"MPOL_PREFERRED\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\"]",
        "\"mode\":\"MPOL_PREFERRED_MANY\",\"nodes\":\"0-1\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]",
        "\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\",\"nodes\":\"0,1\"",
    };
    for (size_t i = 0; i < ELEMENTSOF(policies); i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        spec_accept(&arena, arena_printf(&arena, LINUX("\"memoryPolicy\":{%s}"), policies[i]));
    }
}

Test(spec_values, devices, .description = "R218")
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec =
        spec_accept(&arena, LINUX("\"devices\":[{\"path\":\"/dev/a\",\"type\":\"u\",\"major\":10,"
                                  "\"minor\":200,\"fileMode\":511,\"uid\":0},"
                                  "{\"path\":\"/fifo\",\"type\":\"p\",\"fileMode\":4516},"
                                  /* 020666, which is st_mode */
                                  "{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,\"minor\":3,"
                                  "\"fileMode\":8630}],"
                                  "\"netDevices\":{\"eth0\":{\"name\":\"a%d\"},\"eth1\":{}},"
                                  "\"intelRdt\":{\"closID\":\"/\",\"memBwSchema\":\"MB:0=20\"}"));
    const struct linux_section *section = spec->linux_section;
    cr_assert_eq(section->devices.n, 3);
    cr_expect_eq(section->devices.items[0].type, 'u');
    cr_expect_eq(section->devices.items[0].file_mode.value, 0777);
    cr_expect(section->devices.items[0].uid.set);
    cr_expect_not(section->devices.items[0].gid.set);
    cr_expect_not(section->devices.items[1].major.set);
    cr_expect_eq(section->devices.items[1].file_mode.value, 0644);
    cr_expect_eq(section->devices.items[2].file_mode.value, 0666);
    cr_assert_eq(section->net_devices.n, 2);
    cr_expect_str_eq(section->net_devices.items[0].host_name, "eth0");
    cr_expect_str_eq(section->net_devices.items[0].name, "a%d");
    cr_expect_str_eq(section->net_devices.items[1].host_name, "eth1");
    cr_expect_null(section->net_devices.items[1].name);
}

Test(spec_values, virtual_machines, .description = "R353 R356 R358")
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec =
        spec_accept(&arena, CONFIG("\"vm\":{\"kernel\":{\"path\":\"/k\"},\"hwconfig\":{\"vcpus\":2,"
                                   "\"irqs\":[1,2],\"iomems\":[{\"firstMFN\":1,\"nrMFNs\":2}]}}"));
    cr_expect_eq(spec->vm->hw_config->vcpus.value, 2);
    cr_expect_eq(spec->vm->hw_config->irqs.n, 2);
    cr_expect_eq(spec->vm->hw_config->iomems.items[0].nr_mfns, 2);
}

Test(spec_values, other_documents)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    static const char process_json[] = "{\"args\":[\"ls\"],\"cwd\":\"/tmp\",\"terminal\":true}";
    struct process *process = NULL;
    cr_assert_eq(process_parse(&arena, process_json, strlen(process_json), &process, NULL, &err), 0,
                 "%s", err.text);
    cr_expect(process->terminal);
    cr_expect_str_eq(process->cwd, "/tmp");

    static const char resources_json[] = "{\"pids\":{\"limit\":7},\"unified\":{\"a\":\"b\"}}";
    struct resources *resources = NULL;
    cr_assert_eq(
        resources_parse(&arena, resources_json, strlen(resources_json), &resources, NULL, &err), 0,
        "%s", err.text);
    cr_expect_eq(resources->pids_limit.value, 7);
    cr_expect_str_eq(resources->unified.items[0].value, "b");

    cr_expect_lt(resources_parse(&arena, "{\"pids\":1}", 10, &resources, NULL, &err), 0);
    cr_expect_str_eq(err.where, "/pids");
}
