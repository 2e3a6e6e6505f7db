/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/macros.h"
#include "spec/parse.h"
#include "spec/tables.h"
#include "tests/fuzz/fuzz.h"

/* config.json → spec → plan → what is printed, loaded and attached. */

static struct plan_options choose_options(uint64_t choice)
{
    return (struct plan_options){
        .id = "fuzz",
        .bundle = "/bundle",
        .cgroup_manager = choice & 1 ? CGROUP_MANAGER_CGROUPFS : CGROUP_MANAGER_DISABLED,
        .no_pivot = choice & 2,
        .no_new_keyring = choice & 4,
        .preserve_fds = choice & 8 ? 3 : 0,
        .listen_fds = choice & 16 ? 2 : 0,
        .foreground = choice & 32,
        .has_console_socket = (choice & 96) == 64,
    };
}

static struct host_facts choose_facts(uint64_t choice)
{
    return (struct host_facts){
        .euid = choice & 1 ? 0 : 1000,
        .egid = choice & 1 ? 0 : 1000,
        .in_user_namespace = choice & 2,
        .cap_effective = choice & 4 ? 0 : UINT64_C(0x1ffffffffff),
        .cap_bounding = choice & 8 ? UINT64_C(0xffff) : UINT64_C(0x1ffffffffff),
        .last_cap = choice & 16 ? 37 : 40,
        .umask = 022,
        .apparmor = choice & 32,
        .selinux = choice & 64,
    };
}

static void use_plan(struct arena *arena, const struct plan *plan)
{
    _cleanup_(error_release) struct error err = ERROR_INIT;
    const char *text = NULL;
    int r = plan_print(arena, plan, &text, &err);
    FUZZ_CHECK(r == 0 && text, "a plan cannot be printed: %s", err.text);
    /* What a terminal would act on is escaped. */
    for (const char *c = text; *c; c++)
        FUZZ_CHECK((unsigned char)*c >= 0x20 || *c == '\n', "%#x is printed", *c);

    struct bpf_insn *code;
    size_t n;
    r = device_program_make(arena, plan->cgroup.device_rules, plan->cgroup.n_device_rules, &code,
                            &n);
    FUZZ_CHECK(r == 0, "no device program: %d", r);
    if (plan->cgroup.restrict_devices)
        fuzz_check_device_program(plan->cgroup.device_rules, plan->cgroup.n_device_rules, code, n);

    struct seccomp_program program = {0};
    if (!plan->seccomp)
        return;
    r = seccomp_compile(arena, plan->seccomp, "/linux/seccomp", &program, NULL, &err);
    if (r < 0)
        fuzz_check_error(r, &err);
    else
        fuzz_check_filter(&program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct strings unknown = {0};
    struct spec *spec = NULL;
    const char *json = (const char *)data;
    unsigned line, column;
    int r = spec_parse(&arena, json, size, &spec, &unknown, &err);
    if (r < 0) {
        fuzz_check_error(r, &err);
        FUZZ_CHECK(!spec, "a refused document has a result");
        (void)json_locate(json, size, err.where, &line, &column);
        return 0;
    }
    /* A '?' may stand for a character that no terminal should see. */
    for (size_t i = 0; i < unknown.n; i++)
        FUZZ_CHECK(strchr(unknown.items[i], '?') ||
                       json_locate(json, size, unknown.items[i], &line, &column) == 0,
                   "%s is nowhere", unknown.items[i]);
    fuzz_round_trip(&arena, &config_type, spec);

    uint64_t choice = fuzz_hash(data, size);
    const struct plan_options options = choose_options(choice);
    const struct host_facts facts = choose_facts(choice >> 8);
    struct plan *plan = NULL;
    r = plan_make(&arena, spec, &options, &facts, &plan, &err);
    if (r < 0)
        fuzz_check_error(r, &err);
    else
        use_plan(&arena, plan);
    return 0;
}
