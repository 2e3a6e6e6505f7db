/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "cgroup/controllers.h"

static const char hybrid[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
                             "cpuset\t3\t1\t1\n"
                             "cpu\t1\t1\t1\n"
                             "cpuacct\t2\t1\t1\n"
                             "blkio\t7\t1\t1\n"
                             "memory\t4\t15\t1\n"
                             "hugetlb\t0\t1\t1\n"
                             "rdma\t0\t1\t0\n";

Test(cgroup_controllers, where_each_one_is)
{
    cr_expect(eq(int, (int)controller_state(hybrid, "cpu"), (int)CONTROLLER_ON_V1));
    cr_expect(eq(int, (int)controller_state(hybrid, "memory"), (int)CONTROLLER_ON_V1));
    cr_expect(eq(int, (int)controller_state(hybrid, "hugetlb"), (int)CONTROLLER_FREE));
    cr_expect(eq(int, (int)controller_state(hybrid, "rdma"), (int)CONTROLLER_DISABLED));
    cr_expect(eq(int, (int)controller_state(hybrid, "misc"), (int)CONTROLLER_UNKNOWN));
    cr_expect(eq(int, (int)controller_state("", "cpu"), (int)CONTROLLER_UNKNOWN));
}

Test(cgroup_controllers, io_is_blkio_on_v1)
{
    cr_expect(eq(int, (int)controller_state(hybrid, "io"), (int)CONTROLLER_ON_V1));
}
