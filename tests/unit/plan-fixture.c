/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"

#include <string.h>

struct plan_fixture f;

void fixture_namespaces(size_t n, const enum namespace_type *types)
{
    static struct namespace_entry entries[NAMESPACE_TYPES + 1];
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct namespace_entry){.type = types[i]};
    f.section.namespaces.items = entries;
    f.section.namespaces.n = n;
    f.section.namespaces.set = true;
}

void fixture_set_up(void)
{
    static const char *args[] = {"/bin/true", NULL};
    memset(&f, 0, sizeof(f));
    f.root.path = "rootfs";
    f.process.args = (struct strings){true, 1, args};
    f.process.cwd = "/";
    f.spec = (struct spec){.oci_version = "1.3.0",
                           .root = &f.root,
                           .process = &f.process,
                           .linux_section = &f.section};
    f.options = (struct plan_options){.id = "c1", .bundle = "/bundle", .foreground = true};
    f.facts = (struct host_facts){.cap_effective = UINT64_C(0x1ffffffffff),
                                  .cap_bounding = UINT64_C(0x1ffffffffff),
                                  .last_cap = 40,
                                  .umask = 0027};
    NAMESPACES(NAMESPACE_MOUNT, NAMESPACE_PID, NAMESPACE_NETWORK, NAMESPACE_UTS, NAMESPACE_IPC,
               NAMESPACE_CGROUP);
}

void fixture_tear_down(void)
{
    error_release(&f.err);
    arena_release(&f.arena);
}

static int plan_again(void)
{
    error_release(&f.err);
    f.plan = NULL;
    return plan_make(&f.arena, &f.spec, &f.options, &f.facts, &f.plan, &f.err);
}

void plan_well(void)
{
    int r = plan_again();
    cr_assert_eq(r, 0, "%s: %s", f.err.where, f.err.text);
    cr_assert_not_null(f.plan);
}

static void expect_problem(int r, int code, enum error_kind kind, const char *where,
                           const char *text)
{
    cr_assert_eq(r, -code, "returned %d: %s: %s", r, f.err.where, f.err.text);
    cr_assert_null(f.plan);
    cr_expect_eq(f.err.kind, kind);
    cr_expect_str_eq(f.err.where, where);
    cr_expect_str_eq(f.err.text, text);
    cr_expect_null(f.err.also, "also: %s", f.err.also ? f.err.also : "");
}

void plan_badly(const char *where, const char *text)
{
    expect_problem(plan_again(), EINVAL, ERROR_CONFIG, where, text);
}

void plan_unsupported(const char *where, const char *text)
{
    expect_problem(plan_again(), ENOTSUP, ERROR_UNSUPPORTED, where, text);
}

void expect_warning(const char *text)
{
    cr_assert_eq(f.plan->warnings.n, 1);
    cr_expect_str_eq(f.plan->warnings.items[0], text);
    cr_expect_null(f.plan->warnings.items[1]);
}
