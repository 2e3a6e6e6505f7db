/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

/* An overlay is mounted from directories that are named in its options, as many as there are layers: their text is
 * longer than that of other file systems. */

TestSuite(mount_overlays, TEST_SUITE);

/* fsconfig(2) takes 255 bytes for an option, mount(2) a page for all of them. */
#define LAYERS 40

static char *layer(int i)
{
    return text_format(WORK "/layer%03d", i);
}

/* lowerdir= of `n` layers, of which the first has a file "top" and the last a file "bottom". */
static char *layers_make(int n)
{
    struct text option = {0};

    for (int i = 0; i < n; i++) {
        directory_make(layer(i));
        text_add(&option, "%s%s", i == 0 ? "lowerdir=" : ":", layer(i));
    }
    file_write(text_format("%s/top", layer(0)), "1");
    file_write(text_format("%s/bottom", layer(n - 1)), "2");
    return text_string(&option);
}

static struct bundle *bundle_with_layers(int n, const char *more)
{
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/upper");
    directory_make(WORK "/work");
    bundle_mount(bundle, "overlay", "overlay", "/mnt",
                 text_format("\"%s\",\"upperdir=" WORK "/upper\",\"workdir=" WORK "/work\"%s",
                             layers_make(n), more));
    return bundle;
}

Test(mount_overlays, one_of_many_layers, .description = "R086 R112")
{
    struct bundle *bundle = bundle_with_layers(LAYERS, ",\"nodev\",\"noatime\"");
    struct result *result;

    bundle_payload(bundle, "cat /mnt/top ; cat /mnt/bottom ; create /mnt/new 1 ; mount /mnt");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./mnt/top", "1");
    assert_fact(result, "cat./mnt/bottom", "2");
    assert_fact(result, "create./mnt/new", "ok");
    assert_fact(result, "fstype./mnt", "overlay");
    assert_fact(result, "mount./mnt", "rw,nodev,noatime");
    cr_assert(file_exists(WORK "/upper/new"));
}

Test(mount_overlays, one_of_many_layers_is_readonly)
{
    struct bundle *bundle = bundle_with_layers(LAYERS, ",\"ro\"");
    struct result *result;

    bundle_payload(bundle, "cat /mnt/bottom ; create /mnt/new 1 ; mount /mnt");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./mnt/bottom", "2");
    assert_fact(result, "create./mnt/new", "!EROFS");
    assert_fact(result, "mount./mnt", "ro,relatime");
}

Test(mount_overlays, one_of_many_layers_in_a_user_namespace)
{
    struct bundle *bundle = bundle_with_layers(LAYERS, "");

    cr_assert_eq(chown(WORK "/upper", 100000, 100000), 0);
    cr_assert_eq(chown(WORK "/work", 100000, 100000), 0);
    directory_make(bundle_path(bundle, "/mnt"));
    bundle_map_users(bundle);
    bundle_payload(bundle, "cat /mnt/bottom");
    assert_fact(bundle_run_ok(bundle), "cat./mnt/bottom", "2");
}

Test(mount_overlays, a_missing_layer_is_refused)
{
    struct bundle *bundle = bundle_with_layers(LAYERS, "");

    cr_assert_eq(rmdir(layer(1)), 0);
    assert_run_fails(bundle, "/mounts/7", "No such file or directory");
}

Test(mount_overlays, options_that_no_page_holds_are_refused)
{
    struct bundle *bundle = bundle_with_layers(3000, "");

    assert_run_fails(bundle, "/mounts/7/options/0", "longer than");
}

Test(mount_overlays, a_comma_in_the_name_of_a_layer)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    directory_make(WORK "/one,two");
    directory_make(WORK "/three");
    file_write(WORK "/one,two/a", "1");
    file_write(WORK "/three/b", "2");
    bundle_mount(bundle, "overlay", "overlay", "/mnt",
                 "\"lowerdir=" WORK "/one\\\\,two:" WORK "/three\"");
    bundle_payload(bundle, "cat /mnt/a ; cat /mnt/b");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./mnt/a", "1");
    assert_fact(result, "cat./mnt/b", "2");
}
