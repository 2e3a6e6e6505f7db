/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/directory.h"

static char *path_of(const char *written)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct plan_cgroup plan = {.path = written};
    char *path;
    cr_assert(eq(int, cgroup_path(&plan, "web-1", &path, &err), 0), "%s: %s", written, err.text);
    return path;
}

#define EXPECT_PATH(written, expected)                                                             \
    do {                                                                                           \
        _cleanup_(free_ptr) char *_path = path_of(written);                                        \
        cr_expect(eq(str, _path, (char *)(expected)));                                             \
    } while (0)

Test(cgroup_path, absolute_and_relative_start_at_the_mount)
{
    EXPECT_PATH("/docker/abc", "/docker/abc");
    EXPECT_PATH("docker/abc", "/docker/abc");
    EXPECT_PATH("/one", "/one");
}

Test(cgroup_path, default_has_the_id)
{
    EXPECT_PATH(NULL, "/tare-web-1");
    EXPECT_PATH("", "/tare-web-1");
}

Test(cgroup_path, is_cleaned)
{
    EXPECT_PATH("//a//b/", "/a/b");
    EXPECT_PATH("./a/./b/.", "/a/b");
    EXPECT_PATH("/a..b/.../..c", "/a..b/.../..c");
    EXPECT_PATH("/system.slice:tare:x", "/system.slice:tare:x");
}

Test(cgroup_path, never_escapes)
{
    const char *const refused[] = {"/../../etc", "..", "a/..", "/a/../b", "/", "//./", "/a\nb"};
    for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
        struct error err _cleanup_(error_release) = ERROR_INIT;
        struct plan_cgroup plan = {.path = refused[i]};
        char *path;
        cr_expect(eq(int, cgroup_path(&plan, "x", &path, &err), -EINVAL), "%s", refused[i]);
        cr_expect(eq(int, (int)err.kind, (int)ERROR_CONFIG));
        cr_expect(eq(str, err.where, (char *)"/linux/cgroupsPath"));
        cr_expect(eq(ptr, path, NULL));
    }
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
