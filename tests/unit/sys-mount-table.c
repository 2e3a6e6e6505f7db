/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mount_table.h"

#include <criterion/criterion.h>
#include <string.h>

/* /proc/PID/mountinfo. */

static struct arena arena;
static struct mount_table table;

static void tear_down(void)
{
    arena_release(&arena);
}

TestSuite(sys_mount_table, .fini = tear_down);

static void parse(const char *text)
{
    cr_assert_eq(mount_table_parse(&arena, arena_strdup(&arena, text), &table), 0);
}

Test(sys_mount_table, lines_have_tags_or_none)
{
    parse("36 35 98:0 /part /mnt rw,noatime - ext4 /dev/root rw,errors=continue\n"
          "37 36 0:41 / /mnt/a rw,idmapped shared:2 master:1 - tmpfs tmpfs rw\n");
    cr_assert_eq(table.n, 2);
    cr_assert_eq(table.items[0].major, 98);
    cr_assert_eq(table.items[0].minor, 0);
    cr_assert_str_eq(table.items[0].root, "/part");
    cr_assert_str_eq(table.items[0].place, "/mnt");
    cr_assert_str_eq(table.items[0].fstype, "ext4");
    cr_assert_not(table.items[0].is_idmapped);
    cr_assert_str_eq(table.items[1].fstype, "tmpfs");
    cr_assert(table.items[1].is_idmapped);
}

Test(sys_mount_table, escapes_of_the_kernel_are_taken_away)
{
    parse("1 2 0:1 /a\\040b /c\\134d\\012\\011e\\04 rw - tmpfs x rw");
    cr_assert_str_eq(table.items[0].root, "/a b");
    cr_assert_str_eq(table.items[0].place, "/c\\d\n\te\\04");
}

Test(sys_mount_table, what_is_no_line_is_left_out)
{
    parse("\n1 2 0:1 / /\n1 2 x / / rw - tmpfs t rw\n1 2 0:1 / / rw shared:1\n1 2 0:1 / / rw -\n");
    cr_assert_eq(table.n, 0);
}

Test(sys_mount_table, the_kernels_own_can_be_read)
{
    cr_assert_eq(mount_table_read(&arena, "/proc/self/mountinfo", &table), 0);
    cr_assert_gt(table.n, 0);
    cr_assert_lt(mount_table_read(&arena, "/proc/self/none", &table), 0);
}
