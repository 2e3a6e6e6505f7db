/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/directory.h"

Test(cgroup_path, is_the_plans_or_has_the_id)
{
    _cleanup_(error_release) struct error err = ERROR_INIT;
    struct plan_cgroup plan = {.path = "/docker/abc"};
    _cleanup_(free_ptr) char *given = NULL, *made = NULL;
    cr_assert(eq(int, cgroup_path(&plan, "web-1", &given, &err), 0));
    cr_expect(eq(str, given, (char *)"/docker/abc"));
    plan.path = NULL;
    cr_assert(eq(int, cgroup_path(&plan, "web-1", &made, &err), 0));
    cr_expect(eq(str, made, (char *)"/tare-web-1"));
}

Test(cgroup_path, disabled_manager_wants_none)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct plan_cgroup plan = {.manager = CGROUP_MANAGER_DISABLED, .path = "/x"};
    char *path;
    cr_expect(eq(int, cgroup_path(&plan, "x", &path, &err), 0));
    cr_expect(eq(ptr, path, NULL));
}

Test(cgroup_text, words)
{
    cr_expect(words_contain("cpuset cpu io memory pids\n", "cpu"));
    cr_expect(words_contain("cpuset cpu io memory pids\n", "pids"));
    cr_expect(not(words_contain("cpuset io memory\n", "cpu")));
    cr_expect(not(words_contain("cpuset\n", "cpuset.cpus")));
    cr_expect(not(words_contain("\n", "cpu")));
    cr_expect(not(words_contain("", "cpu")));
}

Test(cgroup_text, values)
{
    const char *events = "low 0\noom 3\noom_kill 17\noom_group_kill 2\n";
    uint64_t value = 99;
    cr_expect(eq(int, lines_value(events, "oom_kill", &value), 0));
    cr_expect(eq(u64, value, 17));
    cr_expect(eq(int, lines_value(events, "oom", &value), 0));
    cr_expect(eq(u64, value, 3));
    cr_expect(eq(int, lines_value(events, "kill", &value), -ENOENT));
    cr_expect(eq(int, lines_value("", "oom", &value), -ENOENT));
    cr_expect(lines_value("oom x\n", "oom", &value) < 0);
    cr_expect(eq(int, lines_value("populated 1", "populated", &value), 0));
    cr_expect(eq(u64, value, 1));
}
