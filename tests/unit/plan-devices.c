/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "plan-fixture.h"

PLAN_SUITE(plan_devices);

static void expect_device(size_t i, const char *path, mode_t type, unsigned major, unsigned minor,
                          mode_t mode, bool is_default)
{
    cr_assert_lt(i, f.plan->n_devices);
    const struct plan_device *device = &f.plan->devices[i];
    cr_expect_str_eq(device->path, path);
    cr_expect_eq(device->type, type, "%s", path);
    cr_expect_eq(device->number, makedev(major, minor), "%s", path);
    cr_expect_eq(device->mode, mode, "%s", path);
    cr_expect_eq(device->is_default, is_default, "%s", path);
}

static void expect_link(size_t i, const char *path, const char *target, const char *needs)
{
    cr_assert_lt(i, f.plan->n_links);
    cr_expect_str_eq(f.plan->links[i].path, path);
    cr_expect_str_eq(f.plan->links[i].target, target);
    if (needs)
        cr_expect_str_eq(f.plan->links[i].needs, needs);
    else
        cr_expect_null(f.plan->links[i].needs, "%s", path);
}

Test(plan_devices, defaults, .description = "R222")
{
    plan_well();
    cr_expect_eq(f.plan->n_devices, 6);
    expect_device(0, "/dev/null", S_IFCHR, 1, 3, 0666, true);
    expect_device(1, "/dev/zero", S_IFCHR, 1, 5, 0666, true);
    expect_device(2, "/dev/full", S_IFCHR, 1, 7, 0666, true);
    expect_device(3, "/dev/random", S_IFCHR, 1, 8, 0666, true);
    expect_device(4, "/dev/urandom", S_IFCHR, 1, 9, 0666, true);
    expect_device(5, "/dev/tty", S_IFCHR, 5, 0, 0666, true);
}

Test(plan_devices, default_links, .description = "R076")
{
    plan_well();
    cr_expect_eq(f.plan->n_links, 6);
    expect_link(0, "/dev/fd", "/proc/self/fd", "/proc/self/fd");
    expect_link(1, "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd");
    expect_link(2, "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd");
    expect_link(3, "/dev/stderr", "/proc/self/fd/2", "/proc/self/fd");
    expect_link(4, "/dev/core", "/proc/kcore", "/proc/kcore");
    expect_link(5, "/dev/ptmx", "pts/ptmx", NULL);
}

Test(plan_devices, links_need_no_look_below_a_procfs)
{
    SET_LIST(f.spec.mounts, {.destination = "/proc", .type = "proc"});
    plan_well();
    expect_link(0, "/dev/fd", "/proc/self/fd", NULL);
    expect_link(3, "/dev/stderr", "/proc/self/fd/2", NULL);
    expect_link(4, "/dev/core", "/proc/kcore", "/proc/kcore");
    SET_LIST(f.spec.mounts, {.destination = "/proc", .type = "proc"},
             {.destination = "/proc", .type = "tmpfs"});
    plan_well();
    expect_link(0, "/dev/fd", "/proc/self/fd", "/proc/self/fd");
}

Test(plan_devices, of_the_configuration_come_first)
{
    SET_LIST(f.section.devices, {'c', "/dev/fuse", SET(10), SET(229), SET(0640), SET(7), SET(8)},
             {'b', "/dev/sda", SET(8), SET(0), {0}, {0}, {0}},
             {'p', "/pipe", {0}, {0}, SET(0600), {0}, {0}},
             {'u', "/dev/u", SET(4095), SET(1048575), {0}, {0}, {0}});
    plan_well();
    cr_expect_eq(f.plan->n_devices, 10);
    expect_device(0, "/dev/fuse", S_IFCHR, 10, 229, 0640, false);
    cr_expect_eq(f.plan->devices[0].uid, 7);
    cr_expect_eq(f.plan->devices[0].gid, 8);
    cr_expect_str_eq(f.plan->devices[0].where, "/linux/devices/0");
    expect_device(1, "/dev/sda", S_IFBLK, 8, 0, 0666, false);
    expect_device(2, "/pipe", S_IFIFO, 0, 0, 0600, false);
    expect_device(3, "/dev/u", S_IFCHR, 4095, 1048575, 0666, false);
    expect_device(4, "/dev/null", S_IFCHR, 1, 3, 0666, true);
}

Test(plan_devices, override_a_default)
{
    SET_LIST(f.section.devices, {'c', "/dev//null", SET(1), SET(5), SET(0600), {0}, {0}},
             {'c', "/dev/ptmx", SET(5), SET(2), {0}, {0}, {0}});
    plan_well();
    cr_expect_eq(f.plan->n_devices, 7);
    expect_device(0, "/dev//null", S_IFCHR, 1, 5, 0600, false);
    expect_device(2, "/dev/zero", S_IFCHR, 1, 5, 0666, true);
    cr_expect_eq(f.plan->n_links, 5);
}

Test(plan_devices, ptmx_in_a_user_namespace_is_the_link)
{
    f.facts.in_user_namespace = true;
    SET_LIST(f.section.devices, {'c', "/dev/ptmx", SET(5), SET(2), {0}, {0}, {0}});
    plan_well();
    cr_expect_eq(f.plan->n_devices, 6);
    expect_link(5, "/dev/ptmx", "pts/ptmx", NULL);
    SET_LIST(f.section.devices, {'c', "/dev/ptmx", SET(5), SET(3), {0}, {0}, {0}});
    plan_well();
    cr_expect_eq(f.plan->n_devices, 7);
    cr_expect_eq(f.plan->n_links, 5);
}

Test(plan_devices, same_path)
{
    SET_LIST(f.section.devices, {'c', "/dev/a", SET(1), SET(3), {0}, {0}, {0}},
             {'c', "/dev/a", SET(1), SET(3), {0}, {0}, {0}});
    plan_well();
    cr_expect_eq(f.plan->n_devices, 7);
    SET_LIST(f.section.devices, {'c', "/dev/a", SET(1), SET(3), {0}, {0}, {0}},
             {'b', "/dev/a", SET(1), SET(3), {0}, {0}, {0}});
    plan_badly("/linux/devices/1", "/dev/a is another device already, at /linux/devices/0");
}

Test(plan_devices, numbers)
{
    SET_LIST(f.section.devices, {'c', "/dev/a", SET(4096), SET(0), {0}, {0}, {0}});
    plan_badly("/linux/devices/0",
               "4096:0 is no device number: major is 0 to 4095, minor 0 to 1048575");
    SET_LIST(f.section.devices, {'c', "/dev/a", SET(0), SET(1048576), {0}, {0}, {0}});
    plan_badly("/linux/devices/0",
               "0:1048576 is no device number: major is 0 to 4095, minor 0 to 1048575");
    SET_LIST(f.section.devices, {'b', "/dev/a", SET(-1), SET(0), {0}, {0}, {0}});
    plan_badly("/linux/devices/0",
               "-1:0 is no device number: major is 0 to 4095, minor 0 to 1048575");
    SET_LIST(f.section.devices, {'c', "/dev/a", SET(1), {0}, {0}, {0}, {0}});
    plan_badly("/linux/devices/0", "the device /dev/a needs a major and a minor number");
    SET_LIST(f.section.devices, {'p', "/", {0}, {0}, {0}, {0}, {0}});
    plan_badly("/linux/devices/0", "a device cannot be the root directory");
}

Test(plan_devices, a_bound_dev_is_left_alone)
{
    static const char *options[] = {"rbind", NULL};
    SET_LIST(f.spec.mounts, {"/dev/", "bind", "/dev", {true, 1, options}, {0}, {0}});
    SET_LIST(f.section.devices, {'c', "/dev/fuse", SET(10), SET(229), {0}, {0}, {0}});
    plan_well();
    cr_expect_eq(f.plan->n_devices, 1);
    cr_expect_eq(f.plan->n_links, 0);
}

Test(plan_devices, are_bound_in_a_user_namespace)
{
    plan_well();
    cr_expect_not(f.plan->bind_devices);
    f.facts.in_user_namespace = true;
    plan_well();
    cr_expect(f.plan->bind_devices);
}
