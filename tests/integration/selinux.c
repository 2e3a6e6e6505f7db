/* SPDX-License-Identifier: Apache-2.0 */

/* SELinux labels on a kernel that enforces them, under the policy of the test machine
 * (tests/vm/selinux.cil): everybody may do everything, but tare_container_t does not read
 * tare_secret_t. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

#define CONTAINER "system_u:system_r:tare_container_t:s0:c0,c1"
#define HOST      "system_u:system_r:host_t:s0-s0:c0,c1"
#define SECRET    "system_u:object_r:tare_secret_t:s0"
#define FILES     "system_u:object_r:tare_file_t:s0"
#define CURRENT   "/proc/self/attr/current"

/* Does the loaded policy know it? */
static bool is_label(const char *label)
{
    int fd = open("/sys/fs/selinux/context", O_RDWR | O_CLOEXEC);
    bool known = fd >= 0 && write(fd, label, strlen(label) + 1) > 0;

    if (fd >= 0)
        close(fd);
    return known;
}

static void set_up(void)
{
    test_setup();
    if (!is_label(SECRET))
        SKIP("needs SELinux with the policy of the tests; runs in the virtual machine");
}

TestSuite(selinux, .init = set_up, .fini = test_teardown, .timeout = TEST_LIMIT);

static struct bundle *bundle_with(const char *label)
{
    struct bundle *bundle = bundle_new();
    char *secret = bundle_path(bundle, "/secret");

    file_write(secret, "secret");
    file_write(bundle_path(bundle, "/public"), "public");
    cr_assert_eq(setxattr(secret, "security.selinux", SECRET, sizeof(SECRET), 0), 0, "%s",
                 strerror(errno));
    bundle_payload(bundle, "cat " CURRENT " ; cat /secret ; cat /public");
    if (label != NULL)
        bundle_set(bundle, "/process/selinuxLabel", "\"%s\"", label);
    return bundle;
}

Test(selinux, the_label_applies, .description = "R145: the program runs under the label")
{
    struct result *result = bundle_run_ok(bundle_with(CONTAINER));

    cr_assert_eq(strncmp(fact(result, "cat." CURRENT), CONTAINER, strlen(CONTAINER)), 0, "%s",
                 result->out);
    assert_fact(result, "cat./secret", "!EACCES");
    assert_fact(result, "cat./public", "public");
}

Test(selinux, without_a_label_nothing_changes, .description = "R145: the label is optional")
{
    struct result *result = bundle_run_ok(bundle_with(NULL));

    cr_assert_eq(strncmp(fact(result, "cat." CURRENT), HOST, strlen(HOST)), 0, "%s", result->out);
    assert_fact(result, "cat./secret", "secret");
}

Test(selinux, a_label_that_the_policy_does_not_know_is_an_error,
     .description = "R057 R145: a label that cannot be applied makes no container")
{
    assert_run_fails(bundle_with("system_u:system_r:nobody_t:s0"), "/process/selinuxLabel",
                     "nobody_t", "the loaded policy does not know it");
}

/* A container with a tmpfs of its own at /mnt, in which it makes a file. */
static struct bundle *bundle_with_mount_label(const char *label)
{
    struct bundle *bundle = bundle_with(CONTAINER);

    bundle_mount(bundle, "tmpfs", "tmpfs", "/mnt", NULL);
    bundle_set(bundle, "/linux/mountLabel", "\"%s\"", label);
    bundle_payload(bundle, "create /mnt/file x ; label /mnt ; label /mnt/file ; label /dev");
    return bundle;
}

Test(selinux, the_mount_label_is_that_of_every_file, .description = "R350: context= on the mounts")
{
    struct result *result = bundle_run_ok(bundle_with_mount_label(FILES));

    assert_fact(result, "label./mnt", FILES);
    assert_fact(result, "label./mnt/file", FILES);
    assert_fact(result, "label./dev", FILES);
}

Test(selinux, files_below_the_mount_label_are_as_confined,
     .description = "R350: the policy judges by the mount's label")
{
    struct bundle *bundle = bundle_with_mount_label(SECRET);
    struct result *result;

    bundle_payload(bundle, "create /mnt/file x ; cat /mnt/file");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./mnt/file", "!EACCES");
}

Test(selinux, the_annotation_chooses_the_kind_of_context,
     .description = "R350: run.oci.mount_context_type=rootcontext labels the root directory only")
{
    struct bundle *bundle = bundle_with_mount_label(FILES);
    struct result *result;

    bundle_set(bundle, "/annotations", "{\"run.oci.mount_context_type\":\"rootcontext\"}");
    result = bundle_run_ok(bundle);
    assert_fact(result, "label./mnt", FILES);
    cr_assert_str_neq(fact(result, "label./mnt/file"), FILES);
}

Test(selinux, a_mount_label_that_the_policy_does_not_know_is_an_error,
     .description = "R057 R350: a label that cannot be applied makes no container")
{
    assert_run_fails(bundle_with_mount_label("system_u:object_r:nothing_t:s0"), "nothing_t");
}
