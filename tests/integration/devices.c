/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

TestSuite(devices, TEST_SUITE);

static const struct {
    const char *path, *node;
} defaults[] = {
    {"/dev/null", "c 0666 0 0 1:3"},    {"/dev/zero", "c 0666 0 0 1:5"},
    {"/dev/full", "c 0666 0 0 1:7"},    {"/dev/random", "c 0666 0 0 1:8"},
    {"/dev/urandom", "c 0666 0 0 1:9"}, {"/dev/tty", "c 0666 0 0 5:0"},
};

enum { DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

static const char stat_defaults[] = "stat /dev/null ; stat /dev/zero ; stat /dev/full ; "
                                    "stat /dev/random ; stat /dev/urandom ; stat /dev/tty ; ";

Test(devices, the_defaults_are_supplied, .description = "R222")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle,
                   "%s ls /dev ; open /dev/null rw ; open /dev/zero rw ; open /dev/full r ; "
                   "open /dev/random r ; open /dev/urandom r",
                   stat_defaults);
    result = bundle_run_ok(bundle);
    for (int i = 0; i < DEFAULTS; i++)
        assert_fact(result, text_format("stat.%s", defaults[i].path), defaults[i].node);
    assert_fact(result, "open./dev/null", "ok");
    assert_fact(result, "open./dev/zero", "ok");
    assert_fact(result, "open./dev/full", "ok");
    assert_fact(result, "open./dev/random", "ok");
    assert_fact(result, "open./dev/urandom", "ok");
    assert_lacks(fact(result, "ls./dev"), "console");
}

Test(devices, the_callers_umask_does_not_matter, .description = "R218")
{
    struct bundle *bundle = bundle_new();
    struct result *result;
    mode_t before = umask(0777);

    bundle_payload(bundle, "%s", stat_defaults);
    bundle_set(
        bundle, "/linux/devices",
        "[{\"type\":\"c\",\"path\":\"/dev/mine\",\"major\":1,\"minor\":3,\"fileMode\":438}]");
    bundle_payload(bundle, "%s stat /dev/mine", stat_defaults);
    umask(022);
    bundle_write(bundle);
    umask(0777);
    result = tare("run", "--bundle", bundle->path, bundle->id, NULL);
    umask(before);
    assert_status(result, 0);
    for (int i = 0; i < DEFAULTS; i++)
        assert_fact(result, text_format("stat.%s", defaults[i].path), defaults[i].node);
    assert_fact(result, "stat./dev/mine", "c 0666 0 0 1:3");
}

Test(devices, the_links_are_made, .description = "R076 R222")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_payload(bundle, "readlink /dev/fd ; readlink /dev/stdin ; readlink /dev/stdout ; "
                           "readlink /dev/stderr ; readlink /dev/ptmx ; readlink /dev/core");
    result = bundle_run_ok(bundle);
    assert_fact(result, "readlink./dev/fd", "/proc/self/fd");
    assert_fact(result, "readlink./dev/stdin", "/proc/self/fd/0");
    assert_fact(result, "readlink./dev/stdout", "/proc/self/fd/1");
    assert_fact(result, "readlink./dev/stderr", "/proc/self/fd/2");
    assert_fact(result, "readlink./dev/ptmx", "pts/ptmx");
}

/* A /dev bound from the host is the host's. */
Test(devices, a_bound_dev_is_left_alone)
{
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/dev");
    cr_assert_eq(mknod(WORK "/dev/null", S_IFCHR | 0666, makedev(1, 3)), 0);
    bundle_set(bundle, "/mounts",
               "[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
               "{\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"" WORK
               "/dev\",\"options\":[\"bind\"]}]");
    bundle_payload(bundle, "say hello");
    bundle_run_ok(bundle);
    cr_assert_not(file_exists(WORK "/dev/fd"));
}

Test(devices, all_kinds_are_made, .description = "R211 R213 R214 R216 R218 R219")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/c\",\"major\":10,\"minor\":229,\"fileMode\":416,"
               "  \"uid\":7,\"gid\":8},"
               " {\"type\":\"u\",\"path\":\"/dev/u\",\"major\":1,\"minor\":3},"
               " {\"type\":\"b\",\"path\":\"/dev/b\",\"major\":7,\"minor\":0,\"fileMode\":384},"
               " {\"type\":\"p\",\"path\":\"/run/deep/fifo\",\"fileMode\":420,\"uid\":1,\"gid\":2},"
               " {\"type\":\"c\",\"path\":\"/opt/zero\",\"major\":1,\"minor\":5}]");
    bundle_payload(bundle, "stat /dev/c ; stat /dev/u ; stat /dev/b ; stat /run/deep/fifo ; "
                           "stat /opt/zero");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./dev/c", "c 0640 7 8 10:229");
    cr_assert_str_eq(strrchr(fact(result, "stat./dev/u"), ' '), " 1:3");
    assert_fact(result, "stat./dev/b", "b 0600 0 0 7:0");
    assert_fact(result, "stat./run/deep/fifo", "p 0644 1 2");
    cr_assert_str_eq(strrchr(fact(result, "stat./opt/zero"), ' '), " 1:5");
}

/* The host's would look for the terminals of the host. */
Test(devices, ptmx_in_a_user_namespace_opens_the_containers_terminals)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_map_users(bundle);
    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/ptmx\",\"major\":5,\"minor\":2}]");
    bundle_payload(bundle, "readlink /dev/ptmx ; open /dev/ptmx r");
    result = bundle_run_ok(bundle);
    assert_fact(result, "readlink./dev/ptmx", "pts/ptmx");
    assert_fact(result, "open./dev/ptmx", "ok");
}

Test(devices, one_number_may_have_several_names, .description = "R220")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/a\",\"major\":1,\"minor\":3},"
               " {\"type\":\"c\",\"path\":\"/dev/b\",\"major\":1,\"minor\":3}]");
    bundle_payload(bundle, "open /dev/a w ; open /dev/b w");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/a", "ok");
    assert_fact(result, "open./dev/b", "ok");
}

Test(devices, a_default_can_be_given_another_owner)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/null\",\"major\":1,\"minor\":3,\"fileMode\":384,"
               "\"uid\":9,\"gid\":9}]");
    bundle_payload(bundle, "stat /dev/null");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./dev/null", "c 0600 9 9 1:3");
}

Test(devices, a_file_in_the_way_is_refused, .description = "R215")
{
    struct bundle *bundle = bundle_new();

    file_write(bundle_path(bundle, "/opt/zero"), "file");
    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/opt/zero\",\"major\":1,\"minor\":5}]");
    assert_run_fails(bundle, "/linux/devices/0", "/opt/zero");
    cr_assert_str_eq(file_read(bundle_path(bundle, "/opt/zero")), "file");
}

Test(devices, a_mount_of_the_config_goes_before_a_default_device, .description = "R222")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    file_write(WORK "/empty", "%s", "");
    bundle_mount(bundle, "bind", "/dev/urandom", "/dev/random", "\"bind\"");
    bundle_mount(bundle, "bind", WORK "/empty", "/dev/null", "\"bind\"");
    bundle_payload(bundle, "stat /dev/random ; stat /dev/null ; stat /dev/zero ; cat /proc/keys");
    bundle_set(bundle, "/linux/maskedPaths", "[\"/proc/keys\"]");
    result = bundle_run_ok(bundle);
    assert_fact(result, "stat./dev/random", "c 0666 0 0 1:9");
    assert_fact(result, "stat./dev/null", "- 0644 0 0");
    assert_fact(result, "stat./dev/zero", "c 0666 0 0 1:5");
    assert_fact(result, "cat./proc/keys", "");
    /* A device that is asked for is another matter. */
    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/random\",\"major\":1,\"minor\":8}]");
    assert_run_fails(bundle, "/linux/devices/0", "/dev/random");
}

Test(devices, wrong_entries_are_refused, .description = "R213 R214 R217")
{
    static const struct {
        const char *device, *where;
    } cases[] = {
        {"{\"type\":\"z\",\"path\":\"/dev/x\",\"major\":1,\"minor\":1}", "/linux/devices/0/type"},
        {"{\"type\":\"c\",\"path\":\"/dev/x\"}", "/linux/devices/0"},
        {"{\"type\":\"c\",\"path\":\"dev/x\",\"major\":1,\"minor\":3}", "/linux/devices/0/path"},
        {"{\"type\":\"c\",\"major\":1,\"minor\":3}", "/linux/devices/0"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/linux/devices", "[%s]", cases[i].device);
        assert_run_fails(bundle, cases[i].where);
    }
}

/* ---- access ---- */

static void allow_mknod(struct bundle *bundle)
{
    bundle_set(bundle, "/process/capabilities/effective/-", "\"CAP_MKNOD\"");
    bundle_set(bundle, "/process/capabilities/permitted/-", "\"CAP_MKNOD\"");
    bundle_set(bundle, "/process/capabilities/bounding/-", "\"CAP_MKNOD\"");
}

/* Two devices that work without hardware and that no default rule allows. */
static void add_nodes(struct bundle *bundle)
{
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        SKIP("needs /dev/fuse");
    close(fd);
    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/fuse\",\"major\":10,\"minor\":229},"
               "{\"type\":\"c\",\"path\":\"/dev/screen\",\"major\":4,\"minor\":0}]");
    allow_mknod(bundle);
}

Test(devices, what_is_not_allowed_is_denied, .description = "R221")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    add_nodes(bundle);
    bundle_payload(bundle,
                   "open /dev/fuse r ; open /dev/null rw ; mknod /x c 10 229 ; open /dev/screen r");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/fuse", "!EPERM");
    assert_fact(result, "open./dev/screen", "!EPERM");
    assert_fact(result, "open./dev/null", "ok");
}

Test(devices, rules_allow_by_number_and_access, .description = "R255")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    add_nodes(bundle);
    bundle_set(bundle, "/linux/resources/devices/-",
               "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"r\"}");
    bundle_payload(bundle, "open /dev/fuse r ; open /dev/fuse w");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/fuse", "ok");
    cr_assert_str_eq(fact_nth(result, "open./dev/fuse", 1), "!EPERM");
}

Test(devices, the_last_rule_wins, .description = "R251 R253")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    add_nodes(bundle);
    bundle_set(bundle, "/linux/resources/devices",
               "[{\"allow\":true,\"access\":\"rwm\"},"
               "{\"allow\":false,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"}]");
    bundle_payload(bundle, "open /dev/fuse r ; mknod /x c 10 200 ; mknod /y c 10 229");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/fuse", "!EPERM");
    assert_fact(result, "mknod./x", "ok");
    assert_fact(result, "mknod./y", "ok");
}

/* As runc and crun have it: programs of VPNs make it themselves. */
Test(devices, net_tun_is_no_device_that_is_denied)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    allow_mknod(bundle);
    bundle_set(bundle, "/linux/resources/devices", "[{\"allow\":false,\"access\":\"rwm\"}]");
    bundle_payload(
        bundle, "mknod /dev/t c 10 200 ; open /dev/t rw ; mknod /dev/u c 10 199 ; open /dev/u rw");
    result = bundle_run_ok(bundle);
    assert_fact(result, "mknod./dev/t", "ok");
    cr_assert_str_neq(fact(result, "open./dev/t"), "!EPERM");
    assert_fact(result, "mknod./dev/u", "ok");
    assert_fact(result, "open./dev/u", "!EPERM");
}

Test(devices, without_rules_everything_is_allowed)
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    add_nodes(bundle);
    bundle_remove(bundle, "/linux/resources");
    bundle_payload(bundle, "open /dev/fuse r");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/fuse", "ok");
}

Test(devices, wildcards_allow_a_whole_major_number, .description = "R254")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    add_nodes(bundle);
    bundle_set(bundle, "/linux/resources/devices/-",
               "{\"allow\":true,\"type\":\"c\",\"major\":10,\"access\":\"rw\"}");
    bundle_payload(bundle, "open /dev/fuse r ; open /dev/screen r");
    result = bundle_run_ok(bundle);
    assert_fact(result, "open./dev/fuse", "ok");
    assert_fact(result, "open./dev/screen", "!EPERM");
}

Test(devices, a_wrong_rule_is_refused, .description = "R255")
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/resources/devices/-", "{\"allow\":true,\"access\":\"x\"}");
    assert_run_fails(bundle, "/linux/resources/devices/1/access");
}
