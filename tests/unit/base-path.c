/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>

#include "base/fd.h"
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

static void expect_clean(const char *path, const char *expected)
{
    _cleanup_(free_ptr) char *clean = NULL;
    cr_assert_eq(path_clean(path, &clean), 0, "%s", path);
    cr_expect_str_eq(clean, expected);
}

Test(path, has_one_clean_form)
{
    expect_clean("/one", "/one");
    expect_clean("docker/abc", "/docker/abc");
    expect_clean("//a//b/", "/a/b");
    expect_clean("./a/./b/.", "/a/b");
    expect_clean("/a..b/.../..c/.d", "/a..b/.../..c/.d");
}

Test(path, without_one_it_is_refused)
{
    static const char *const paths[] = {"",     "/",       "//./",  "..",   "../x",
                                        "a/..", "/a/../b", "/a\nb", "/../x"};
    for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
        char *clean = NULL;
        cr_expect_eq(path_clean(paths[i], &clean), -EINVAL, "%s", paths[i]);
        cr_expect_null(clean);
    }
}
