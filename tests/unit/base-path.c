/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/path.h"

Test(path, slashes_and_dots_make_no_difference)
{
    cr_assert(paths_equal("/proc", "/proc"));
    cr_assert(paths_equal("/proc", "//proc/"));
    cr_assert(paths_equal("/proc", "/./proc/."));
    cr_assert(paths_equal("/", "//."));
}

Test(path, names_do)
{
    cr_assert(!paths_equal("/proc", "/proc2"));
    cr_assert(!paths_equal("/proc", "/proc/sys"));
    cr_assert(!paths_equal("/proc", "/"));
    cr_assert(!paths_equal("/proc", "/x/../proc"));
}
