/* SPDX-License-Identifier: Apache-2.0 */
#include "container/settings.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "container/home.h"

static int read_root(const char *root, struct settings *settings)
{
    static struct arena arena;
    const struct tare_settings given = {.size = sizeof(given), .root = root};
    return settings_read(settings, &arena, &given, NULL);
}

Test(settings, the_root_is_not_the_root_directory)
{
    static const char *const refused[] = {"", "/", "//", "/.", "/..", "/../.", "/./../"};
    static const char *const taken[] = {"/a", "//a", "/../a", "/...", "a", "./a", "/a/.."};
    struct settings settings;
    for (size_t i = 0; i < ELEMENTSOF(refused); i++)
        cr_assert_eq(read_root(refused[i], &settings), -EINVAL, "%s", refused[i]);
    for (size_t i = 0; i < ELEMENTSOF(taken); i++) {
        cr_assert_eq(read_root(taken[i], &settings), 0, "%s", taken[i]);
        cr_assert_str_eq(settings.root, taken[i]);
        cr_assert(settings.root_chosen);
    }
}

/* A program that was built with an older tare.h passes smaller structs. */
Test(settings, older_structs_are_read_as_far_as_they_go)
{
    struct tare_create_options to;
    struct tare_create_options from = {.bundle = "b", .config = "c", .keep = true};
    from.size = offsetof(struct tare_create_options, config);
    options_copy(&to, sizeof(to), &from);
    cr_assert_str_eq(to.bundle, "b");
    cr_assert_null(to.config);
    cr_assert(!to.keep);
    options_copy(&to, sizeof(to), NULL);
    cr_assert_null(to.bundle);
}

Test(settings, ids_are_checked)
{
    static const char *const taken[] = {"a", "0", "a.b", "..a", "A_b-c+d.9", "-a"};
    static const char *const refused[] = {"",    ".",   "..",       "a/b", "../a",
                                          "a b", "a\n", "\xc3\xa9", "a:b"};
    for (size_t i = 0; i < ELEMENTSOF(taken); i++)
        cr_assert_eq(id_check(taken[i], NULL), 0, "%s", taken[i]);
    for (size_t i = 0; i < ELEMENTSOF(refused); i++)
        cr_assert_eq(id_check(refused[i], NULL), -EINVAL, "%s", refused[i]);
    char name[257];
    memset(name, 'a', sizeof(name) - 1);
    name[256] = '\0';
    cr_assert_eq(id_check(name, NULL), -EINVAL);
    name[255] = '\0';
    cr_assert_eq(id_check(name, NULL), 0);
}
