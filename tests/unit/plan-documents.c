/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>

#include "base/fd.h"
#include "plan-fixture.h"
#include "spec/parse.h"
#include "spec/write.h"

PLAN_SUITE(plan_documents);

/* Whole configurations, as `tare spec` writes them and as engines do. */

static void plan_spec(const struct spec *spec)
{
    int r = plan_make(&f.arena, spec, &f.options, &f.facts, &f.plan, &f.err);
    cr_assert_eq(r, 0, "%s: %s\n%s", f.err.where, f.err.text, f.err.also ? f.err.also : "");
    cr_expect_eq(f.plan->warnings.n, 0);
}

static void plan_engine(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    struct spec *spec = NULL;
    cr_assert_eq(file_read(AT_FDCWD, path, SPEC_SIZE_LIMIT, &text, &size), 0, "%s", path);
    int r = spec_parse(&f.arena, text, size, &spec, NULL, &f.err);
    free(text);
    cr_assert_eq(r, 0, "%s: %s: %s", path, f.err.where, f.err.text);
    plan_spec(spec);
}

Test(plan_documents, default_configuration)
{
    struct spec *spec = NULL;
    cr_assert_eq(spec_default(&f.arena, false, 0, 0, &spec, &f.err), 0);
    plan_spec(spec);
    cr_expect(f.plan->process.terminal);
    cr_expect_eq(f.plan->namespaces.create & CLONE_NEWUSER, 0);
    cr_expect(f.plan->cgroup.restrict_devices);
    cr_expect_eq(f.plan->cgroup.n_writes, 0);
}

Test(plan_documents, rootless_default_configuration)
{
    struct spec *spec = NULL;
    f.facts.euid = f.facts.egid = 1000;
    f.facts.cap_effective = 0;
    cr_assert_eq(spec_default(&f.arena, true, 1000, 1000, &spec, &f.err), 0);
    plan_spec(spec);
    cr_expect_str_eq(f.plan->namespaces.uid_map, "0 1000 1\n");
    cr_expect_str_eq(f.plan->namespaces.gid_map, "0 1000 1\n");
    cr_expect(f.plan->namespaces.deny_setgroups);
    cr_expect(f.plan->bind_devices);
}

Test(plan_documents, podman)
{
    plan_engine(TEST_DATA "/bundles/podman.json");
    cr_expect_eq(f.plan->n_mounts, 10);
    cr_expect_eq(f.plan->mounts[9].kind, MOUNT_CGROUP);
    cr_expect_eq(f.plan->cgroup.delegate_uid, -1);
    cr_assert_eq(f.plan->cgroup.n_writes, 3);
    cr_expect_str_eq(f.plan->cgroup.writes[1].file, "memory.swap.max");
    cr_expect_str_eq(f.plan->cgroup.writes[1].value, "67108864");
    cr_expect_eq(f.plan->cgroup.controllers, CONTROLLER_MEMORY | CONTROLLER_PIDS);
    cr_expect_eq(f.plan->n_sysctls, 1);
}

Test(plan_documents, docker)
{
    plan_engine(TEST_DATA "/bundles/docker.json");
    cr_expect_eq(f.plan->n_sysctls, 2);
    cr_expect_eq(f.plan->cgroup.n_writes, 0);
    /* Of its sixteen rules the second half is what matters: a deny-all starts it. */
    cr_expect_eq(f.plan->cgroup.n_device_rules, 8 + 12);
    cr_expect_eq(f.plan->mounts[7].kind, MOUNT_BIND);
    cr_expect(f.plan->mounts[7].recursive);
}

Test(plan_documents, containerd)
{
    plan_engine(TEST_DATA "/bundles/containerd.json");
    cr_assert_eq(f.plan->cgroup.n_writes, 1);
    cr_expect_str_eq(f.plan->cgroup.writes[0].file, "cpu.weight");
    cr_expect_str_eq(f.plan->cgroup.writes[0].value, "100");
    cr_expect(f.plan->process.no_new_privileges);
    cr_expect_eq(f.plan->mounts[5].attr_set,
                 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
}
