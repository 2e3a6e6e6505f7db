/* SPDX-License-Identifier: Apache-2.0 */

/* The rules for groups of resctrl, on a directory in its place: what the kernel fills a new group
 * with, the test puts there. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "container/resctrl.h"

static struct resctrl resctrl;
static struct error err;
static char directory[] = "/tmp/tare-resctrl-XXXXXX";

static void put(int dirfd, const char *path, const char *text)
{
    cr_assert_eq(file_replace(dirfd, path, 0600, text, strlen(text)), 0);
}

static void expect_text(int dirfd, const char *path, const char *text)
{
    char *read = NULL;
    cr_assert_eq(file_read(dirfd, path, 4096, &read, NULL), 0);
    cr_expect_str_eq(read, text);
    free(read);
}

static bool exists(const char *path)
{
    return faccessat(resctrl.mount, path, F_OK, 0) == 0;
}

static void fill(int group)
{
    put(group, "schemata", "");
    put(group, "tasks", "");
    cr_assert_eq(mkdirat(group, "mon_groups", 0700), 0);
}

static void empty(int group)
{
    unlinkat(group, "schemata", 0);
    unlinkat(group, "tasks", 0);
    unlinkat(group, "mon_groups", AT_REMOVEDIR);
}

static void set_up(void)
{
    resctrl = RESCTRL_INIT;
    err = ERROR_INIT;
    cr_assert_not_null(mkdtemp(directory));
    resctrl.mount = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert_geq(resctrl.mount, 0);
}

static void tear_down(void)
{
    if (resctrl.group >= 0)
        empty(resctrl.group);
    unlinkat(resctrl.mount, "gold", AT_REMOVEDIR);
    unlinkat(resctrl.mount, "box", AT_REMOVEDIR);
    resctrl_release(&resctrl);
    error_release(&err);
    cr_expect_eq(rmdir(directory), 0, "something is left");
}

TestSuite(container_resctrl, .init = set_up, .fini = tear_down);

static struct plan_resctrl_line lines[] = {
    {"L3:0=f;1=f0", "/linux/intelRdt/l3CacheSchema"},
    {"MB:0=20", "/linux/intelRdt/memBwSchema"},
};

Test(container_resctrl, a_group_of_its_own_comes_and_goes,
     .description = "R285 R294 R297 R301 R303 R304")
{
    struct plan_resctrl plan = {.group = "box", .lines = lines, .n_lines = 1, .monitors = true};
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    cr_expect(resctrl.made);
    fill(resctrl.group);
    cr_assert_eq(resctrl_configure(&resctrl, &plan, &err), 0);
    expect_text(resctrl.group, "schemata", "L3:0=f;1=f0\n");
    cr_assert_eq(resctrl_monitor(&resctrl, &plan, "box", &err), 0);
    cr_expect(exists("box/mon_groups/box"));
    put(resctrl.mount, "box/mon_groups/box/tasks", "");
    cr_assert_eq(resctrl_assign(&resctrl, "box", 4711, &err), 0);
    expect_text(resctrl.mount, "box/tasks", "4711");
    expect_text(resctrl.mount, "box/mon_groups/box/tasks", "4711");

    /* The kernel removes the files with their directory. */
    unlinkat(resctrl.mount, "box/mon_groups/box/tasks", 0);
    unlinkat(resctrl.mount, "box/schemata", 0);
    unlinkat(resctrl.mount, "box/tasks", 0);
    resctrl.made = false;
    cr_expect_eq(resctrl_remove(&resctrl, "box", "box", &err), 0);
    cr_expect_not(exists("box/mon_groups/box"));
    cr_expect(exists("box"));
    unlinkat(resctrl.mount, "box/mon_groups", AT_REMOVEDIR);
    resctrl.made = true;
    cr_expect_eq(resctrl_remove(&resctrl, "box", "box", &err), 0);
    cr_expect_not(exists("box"));
    cr_expect_eq(resctrl_remove(&resctrl, "box", "box", &err), 0);
}

static void expect_note(const struct plan_resctrl *plan, bool made, bool monitored)
{
    struct state note = {.id = "box"};
    resctrl_announce(&resctrl, plan, &note);
    cr_expect_str_eq(note.resctrl_group, plan->group);
    cr_expect_eq(note.resctrl_made, made);
    cr_expect_eq(note.resctrl_monitored, monitored);
}

/* Whoever is killed after the note leaves only what it says: what was there before is not in it. */
Test(container_resctrl, a_note_has_what_is_about_to_be_made)
{
    struct plan_resctrl plan = {.group = "box", .monitors = true};
    struct plan_resctrl named = {.group = "gold", .is_named = true, .n_lines = 1, .lines = lines};
    expect_note(&plan, true, true);
    expect_note(&named, false, false);
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    fill(resctrl.group);
    expect_note(&plan, false, true);
    cr_assert_eq(resctrl_monitor(&resctrl, &plan, "box", &err), 0);
    expect_note(&plan, false, false);
    unlinkat(resctrl.mount, "box/mon_groups/box", AT_REMOVEDIR);
}

Test(container_resctrl, every_line_is_a_write_of_its_own, .description = "R293")
{
    struct plan_resctrl plan = {.group = "box", .lines = lines, .n_lines = 2};
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    fill(resctrl.group);
    cr_assert_eq(resctrl_configure(&resctrl, &plan, &err), 0);
    /* On a plain file the second write covers the first, which was longer. */
    expect_text(resctrl.group, "schemata", "MB:0=20\n=f0\n");
}

Test(container_resctrl, without_schemata_nothing_is_written, .description = "R292 R296")
{
    struct plan_resctrl plan = {.group = "box"};
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    cr_expect(resctrl.made);
    cr_assert_eq(resctrl_configure(&resctrl, &plan, &err), 0);
    cr_expect_not(exists("box/schemata"));
    cr_assert_eq(resctrl_monitor(&resctrl, &plan, "box", &err), 0);
    cr_expect_not(exists("box/mon_groups"));
}

Test(container_resctrl, a_closid_alone_must_be_there, .description = "R300 R302")
{
    struct plan_resctrl plan = {.group = "gold", .is_named = true};
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), -ENOENT);
    cr_expect_str_eq(err.where, "/linux/intelRdt/closID");
    cr_expect_not(exists("gold"));
    error_release(&err);
    cr_assert_eq(mkdirat(resctrl.mount, "gold", 0700), 0);
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    cr_expect_not(resctrl.made);
    cr_assert_eq(resctrl_remove(&resctrl, "gold", "box", &err), 0);
    cr_expect(exists("gold"));
}

Test(container_resctrl, a_closid_with_schemata_is_made_or_compared, .description = "R298 R299")
{
    struct plan_resctrl plan = {.group = "gold", .is_named = true, .lines = lines, .n_lines = 2};
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    cr_expect(resctrl.made);
    close_fd(&resctrl.group);
    resctrl.made = false;
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    cr_expect_not(resctrl.made);
    fill(resctrl.group);
    put(resctrl.group, "schemata", "    MB:0= 20;1=100\n    L3:0=00f;1=0f0\n");
    cr_expect_eq(resctrl_configure(&resctrl, &plan, &err), 0);
    put(resctrl.group, "schemata", "    MB:0= 30;1=100\n    L3:0=00f;1=0f0\n");
    cr_expect_eq(resctrl_configure(&resctrl, &plan, &err), -EINVAL);
    cr_expect_str_eq(err.where, "/linux/intelRdt/memBwSchema");
}

Test(container_resctrl, no_monitoring_is_an_error, .description = "R304")
{
    struct plan_resctrl plan = {.group = "box", .monitors = true};
    cr_assert_eq(resctrl_make_group(&resctrl, &plan, &err), 0);
    cr_expect_eq(resctrl_monitor(&resctrl, &plan, "box", &err), -ENOENT);
    cr_expect_str_eq(err.where, "/linux/intelRdt/enableMonitoring");
}

Test(container_resctrl, schemata_are_compared_by_value)
{
    const char *have = "    MB:0=100;1= 20\n L3:0=00fF;1=0\nL2:0=1\n";
    cr_expect(resctrl_has_line(have, "L3:0=ff"));
    cr_expect(resctrl_has_line(have, "L3:1=0;0=FF"));
    cr_expect(resctrl_has_line(have, "MB:1=20"));
    cr_expect(resctrl_has_line(have, "L2:0=1;"));
    cr_expect_not(resctrl_has_line(have, "L3:0=f"));
    cr_expect_not(resctrl_has_line(have, "L3:0=fff"));
    cr_expect_not(resctrl_has_line(have, "L3:2=1"));
    cr_expect_not(resctrl_has_line(have, "L:0=1"));
    cr_expect_not(resctrl_has_line(have, "L3CODE:0=ff"));
    cr_expect_not(resctrl_has_line(have, "L3:0"));
    cr_expect_not(resctrl_has_line(have, "L3"));
    cr_expect_not(resctrl_has_line("", "L3:0=1"));
}
