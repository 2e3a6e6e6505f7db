/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/hostile.h"
#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/terminal.h"
#include "tests/support/text.h"

/* One test per published vulnerability of a container runtime that concerns run and create: the attack must
 * fail or stay inside. HOST is a directory of the host that no container is given. */

TestSuite(vulnerabilities, TEST_SUITE);

#define HOST   WORK "/host"
#define MARKER HOST "/marker"
#define SECRET "only the host may read this"

static struct bundle *bundle_hostile(void)
{
    file_write(MARKER, SECRET);
    return bundle_new();
}

/* Either the call failed cleanly, or what ran did not get at the host. */
static void assert_confined(const struct result *result)
{
    assert_lacks(result->out, SECRET);
    assert_lacks(result->out, "FOUND");
    cr_assert_str_eq(file_read(MARKER), SECRET);
    assert_nothing_left();
}

static void assert_host_untouched(const char *names)
{
    const char *const argv[] = {"/bin/ls", "-A", HOST, NULL};
    struct result *result = program_run(NULL, argv);

    cr_assert_str_eq(result->out, names, "on the host there is: %s", result->out);
}

/* ---- CVE-2015-3627, CVE-2019-18837: links as mount targets ---- */

Test(vulnerabilities, cve_2019_18837_links_do_not_lead_mounts_out)
{
    static const char *const links[] = {HOST, "../../../../../../../../../.." HOST};

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_hostile();
        struct result *result;

        directory_make(WORK "/source");
        cr_assert_eq(symlink(links[i], bundle_path(bundle, "/mnt")), 0);
        bundle_mount(bundle, "bind", WORK "/source", "/mnt", "\"bind\"");
        bundle_mount(bundle, "bind", WORK "/source", "/mnt/new/dir", "\"bind\"");
        bundle_payload(bundle, "cat /mnt/marker");
        result = bundle_run(bundle);
        assert_confined(result);
        assert_host_untouched("marker\n");
    }
}

Test(vulnerabilities, cve_2015_3629_links_do_not_lead_files_out)
{
    struct bundle *bundle = bundle_hostile();

    file_write(WORK "/hosts", "hosts");
    directory_make(bundle_path(bundle, "/etc"));
    cr_assert_eq(symlink(HOST "/created", bundle_path(bundle, "/etc/hosts")), 0);
    bundle_mount(bundle, "bind", WORK "/hosts", "/etc/hosts", "\"bind\"");
    assert_confined(bundle_run(bundle));
    assert_host_untouched("marker\n");
}

/* ---- CVE-2015-3630, CVE-2019-16884: mounts over /proc ---- */

Test(vulnerabilities, cve_2019_16884_nothing_else_goes_on_proc)
{
    struct bundle *bundle = bundle_hostile();

    bundle_set(bundle, "/mounts/0/type", "\"tmpfs\"");
    assert_run_fails(bundle, "/proc");

    bundle = bundle_hostile();
    bundle_set(bundle, "/mounts/0/type", "\"tmpfs\"");
    bundle_set(bundle, "/mounts/0/destination", "\"/proc/.\"");
    assert_run_fails(bundle, "/proc");

    bundle = bundle_hostile();
    directory_make(WORK "/fake");
    bundle_mount(bundle, "bind", WORK "/fake", "/proc", "\"bind\"");
    assert_run_fails(bundle, "/proc");
}

Test(vulnerabilities, cve_2015_3630_nothing_goes_into_proc)
{
    static const char *const targets[] = {"/proc/self/attr",   "/proc/sys",
                                          "/proc/1",           "/proc/self/fd",
                                          "/proc/../proc/sys", "/proc/sys/kernel"};

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct bundle *bundle = bundle_hostile();

        directory_make(WORK "/fake");
        bundle_mount(bundle, "bind", WORK "/fake", targets[i], "\"bind\"");
        assert_run_fails(bundle, "/mounts/7", "/proc");
    }
}

Test(vulnerabilities, files_of_lxcfs_may_go_into_proc)
{
    struct bundle *bundle = bundle_hostile();
    struct result *result;

    file_write(WORK "/uptime", "1.00 2.00\n");
    bundle_mount(bundle, "bind", WORK "/uptime", "/proc/uptime", "\"bind\",\"ro\"");
    bundle_payload(bundle, "cat /proc/uptime");
    result = bundle_run_ok(bundle);
    assert_fact(result, "cat./proc/uptime", "1.00 2.00\\n");
}

/* ---- CVE-2019-19921, CVE-2023-27561: /proc or /sys is a link ---- */

Test(vulnerabilities, cve_2019_19921_proc_and_sys_must_be_directories)
{
    static const struct {
        const char *link, *target;
    } cases[] = {{"/proc", "/tmp"},    {"/proc", "tmp"}, {"/proc", "/nowhere"},
                 {"/proc", HOST},      {"/sys", "/tmp"}, {"/sys", "../../tmp"},
                 {"/sys", "/nowhere"}, {"/proc", "/sys"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle *bundle = bundle_hostile();

        directory_make(bundle_path(bundle, "/tmp"));
        cr_assert_eq(symlink(cases[i].target, bundle_path(bundle, cases[i].link)), 0);
        assert_run_fails(bundle, cases[i].link);
        assert_host_untouched("marker\n");
    }
}

/* ---- CVE-2019-5736: the runtime's own binary ---- */

static char *checksum(const char *path)
{
    const char *const argv[] = {"/usr/bin/sha256sum", path, NULL};

    return program_run(NULL, argv)->out;
}

Test(vulnerabilities, cve_2019_5736_the_binary_is_not_overwritten)
{
    static const char *const programs[] = {"/proc/self/exe", "/script", "/link"};
    char *before = checksum(tare_binary());

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        struct bundle *bundle = bundle_hostile();
        struct result *result;

        file_write(bundle_path(bundle, "/script"), "#!/proc/self/exe\n");
        chmod(bundle_path(bundle, "/script"), 0755);
        cr_assert_eq(symlink("/proc/self/exe", bundle_path(bundle, "/link")), 0);
        bundle_set(bundle, "/process/args", "[\"%s\",\"--version\"]", programs[i]);
        result = bundle_run(bundle);
        cr_assert_lt(result->status, 1000, "tare was killed by signal %d", result->status - 1000);
        cr_assert_str_eq(checksum(tare_binary()), before);
        assert_nothing_left();
    }
}

/* A parked init and a hook are seen through /proc by a container that shares the pid namespace. */
Test(vulnerabilities, cve_2019_5736_the_binary_cannot_be_opened_for_writing)
{
    const char *copy = WORK "/bin/tare-copy";
    struct setting setting = {.binary = copy};
    struct bundle *bundle = bundle_hostile();
    char *before;
    char *exe, *fd_path;
    struct result *result;
    pid_t pid;
    int fd, writer;

    file_copy(tare_binary(), copy);
    before = checksum(copy);
    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    result = tare_with(&setting, "create", "--bundle", bundle->path, "--pid-file", PID_FILE,
                       bundle->id, NULL);
    assert_status(result, 0);
    pid = bundle_pid();
    exe = text_format("/proc/%d/exe", pid);
    fd = open(exe, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    fd_path = text_format("/proc/self/fd/%d", fd);
    /* The text is not busy when nobody executes it: as after the init's exec. */
    bundle_start(bundle);
    usleep(20000);
    writer = open(fd_path, O_WRONLY | O_CLOEXEC);
    cr_assert_lt(writer, 0, "the runtime's binary was opened for writing");
    cr_assert(errno == EROFS || errno == ETXTBSY || errno == EPERM || errno == EACCES, "%s",
              strerror(errno));
    close(fd);
    bundle_delete(bundle);
    cr_assert_str_eq(checksum(copy), before);
}

/* ---- CVE-2021-30465, CVE-2024-45310: a directory that turns into a link ---- */

static void check_race(const char *type, const char *source, const char *target,
                       const char *options)
{
    struct bundle *bundle = bundle_hostile();
    pid_t swapper;

    directory_make(WORK "/volume/a");
    cr_assert_eq(symlink(HOST, WORK "/volume/b"), 0);
    bundle_mount(bundle, "bind", WORK "/volume", "/volume", "\"rbind\"");
    bundle_mount(bundle, type, source, target, options);
    bundle_payload(bundle, "cat /volume/a/marker ; cat /volume/b/marker ; cat /marker");
    swapper = swapper_start(WORK "/volume/a", WORK "/volume/b");
    for (int i = 0; i < 150; i++) {
        struct result *result = bundle_run(bundle);

        assert_lacks(result->out, SECRET);
        cr_assert_str_eq(file_read(MARKER), SECRET);
        unlink(result->out_path);
        unlink(result->err_path);
    }
    swapper_end(swapper);
    assert_host_untouched("marker\n");
    assert_nothing_left();
}

Test(vulnerabilities, cve_2021_30465_a_swapped_directory_does_not_lead_mounts_out)
{
    check_race("tmpfs", "tmpfs", "/volume/a/x", NULL);
}

Test(vulnerabilities, cve_2024_45310_a_swapped_directory_does_not_lead_new_files_out)
{
    file_write(WORK "/file", "x");
    check_race("bind", WORK "/file", "/volume/a/new1/new2/file", "\"bind\"");
}

/* ---- CVE-2021-43784: long lists ---- */

Test(vulnerabilities, cve_2021_43784_long_lists_are_whole_or_refused, .description = "R208")
{
    struct bundle *bundle = bundle_hostile();
    struct text mappings = {0};
    struct result *result;

    bundle_map_users(bundle);
    for (int i = 0; i < 3000; i++)
        text_add(&mappings, "%s{\"containerID\":%d,\"hostID\":%d,\"size\":1}", i == 0 ? "" : ",", i,
                 100000 + 2 * i);
    bundle_set(bundle, "/linux/uidMappings", "[%s]", text_string(&mappings));
    result = bundle_run(bundle);
    assert_failed(result, 125, "uid");

    bundle = bundle_hostile();
    bundle_mount(bundle, "bind", text_format("/%s", text_repeat("x", 70000)), "/mnt", "\"bind\"");
    assert_run_fails(bundle, "/mounts/7", "file name too long");
}

Test(vulnerabilities, some_hundred_mappings_work, .description = "R206")
{
    struct bundle *bundle = bundle_hostile();
    struct text mappings = {0};
    struct result *result;

    bundle_map_users(bundle);
    for (int i = 0; i < 300; i++)
        text_add(&mappings, "%s{\"containerID\":%d,\"hostID\":%d,\"size\":1}", i == 0 ? "" : ",", i,
                 100000 + 2 * i);
    bundle_set(bundle, "/linux/uidMappings", "[%s]", text_string(&mappings));
    bundle_payload(bundle, "id");
    result = bundle_run_ok(bundle);
    assert_fact(result, "uid", "0");
}

/* ---- CVE-2016-8867, CVE-2022-24769: capabilities that nobody asked for ---- */

Test(vulnerabilities, cve_2016_8867_a_user_has_no_capabilities)
{
    struct bundle *bundle = bundle_hostile();
    struct result *result;

    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "caps");
    result = bundle_run_ok(bundle);
    assert_fact(result, "status.CapEff", "0000000000000000");
    assert_fact(result, "status.CapPrm", "0000000000000000");
    assert_fact(result, "status.CapAmb", "0000000000000000");
    assert_fact(result, "status.CapInh", "0000000000000000");
}

Test(vulnerabilities, cve_2022_24769_nothing_is_inheritable_unless_asked_for)
{
    struct bundle *bundle = bundle_hostile();
    struct result *result;

    bundle_payload(bundle, "caps");
    result = bundle_run_ok(bundle);
    assert_fact(result, "status.CapInh", "0000000000000000");
    assert_fact(result, "status.CapAmb", "0000000000000000");
}

/* ---- CVE-2016-3697: numbers that are names ---- */

Test(vulnerabilities, cve_2016_3697_numbers_are_numbers)
{
    struct bundle *bundle = bundle_hostile();
    struct result *result;

    file_write(bundle_path(bundle, "/etc/passwd"), "1000:x:0:0::/:/bin/sh\n");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "id");
    result = bundle_run_ok(bundle);
    assert_fact(result, "uids", "1000 1000 1000");
}

/* ---- CVE-2024-21626: descriptors of the host ---- */

static void leak_directories(const void *data)
{
    int fd = open(data, O_RDONLY | O_DIRECTORY);

    for (int i = 3; i < 12; i++)
        dup2(fd, i);
}

Test(vulnerabilities, cve_2024_21626_a_working_directory_is_not_a_descriptor)
{
    for (int fd = 3; fd <= 64; fd++) {
        struct bundle *bundle = bundle_hostile();
        struct setting setting = {.prepare = leak_directories, .data = HOST};

        bundle_set(bundle, "/process/cwd", "\"/proc/self/fd/%d\"", fd);
        bundle_payload(bundle, "escape " MARKER " ; cat marker ; cat ../host/marker");
        assert_confined(bundle_run_with(bundle, &setting));
    }
}

Test(vulnerabilities, cve_2024_21626_neither_through_links_nor_as_program)
{
    struct setting setting = {.prepare = leak_directories, .data = "/"};

    for (int fd = 3; fd <= 16; fd++) {
        struct bundle *bundle = bundle_hostile();
        struct result *result;

        cr_assert_eq(symlink(text_format("/proc/self/fd/%d", fd), bundle_path(bundle, "/link")), 0);
        bundle_set(bundle, "/process/cwd", "\"/link\"");
        bundle_payload(bundle, "escape " MARKER);
        assert_confined(bundle_run_with(bundle, &setting));

        bundle = bundle_hostile();
        bundle_args(bundle, text_format("/proc/self/fd/%d/bin/cat", fd), MARKER, NULL);
        result = bundle_run_with(bundle, &setting);
        cr_assert_neq(result->status, 0);
        assert_confined(result);
    }
}

/* ---- CVE-2025-31133: masks by a /dev/null that is none ---- */

Test(vulnerabilities, cve_2025_31133_masks_do_not_trust_the_containers_null)
{
    for (int i = 0; i < 4; i++) {
        struct bundle *bundle = bundle_hostile();
        const char *null = WORK "/device/null";
        struct result *result;

        directory_make(WORK "/device");
        unlink(null);
        if (i == 0)
            cr_assert_eq(symlink("/proc/sys/kernel/core_pattern", null), 0);
        else if (i == 1)
            file_write(null, "not masked");
        else if (i == 2)
            cr_assert_eq(mknod(null, S_IFIFO | 0666, 0), 0);
        file_write(bundle_path(bundle, "/etc/secret"), "hidden");
        bundle_set(bundle, "/mounts/1",
                   "{\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"%s\","
                   "\"options\":[\"bind\"]}",
                   WORK "/device");
        for (int n = 0; n < 3; n++)
            bundle_remove(bundle, "/mounts/2");
        bundle_set(bundle, "/linux/maskedPaths", "[\"/etc/secret\"]");
        bundle_payload(bundle, "cat /etc/secret ; stat /etc/secret ; write /etc/secret x");
        result = bundle_run(bundle);
        if (result->status == 0) {
            assert_fact(result, "cat./etc/secret", "");
            cr_assert_str_eq(strrchr(fact(result, "stat./etc/secret"), ' '), " 1:3");
        }
        assert_nothing_left();
    }
}

/* ---- CVE-2025-52565, CVE-2026-88264: the console ---- */

Test(vulnerabilities, cve_2025_52565_the_console_goes_nowhere_else)
{
    static const char *const names[] = {"console", "ptmx", "pts"};
    char *before = file_read("/proc/sys/kernel/core_pattern");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bundle *bundle = bundle_hostile();
        int listener = console_socket_listen(text_format(WORK "/console%zu", i));
        char *device = text_format(WORK "/device%zu", i);
        struct result *result;

        directory_make(device);
        cr_assert_eq(symlink(i == 2 ? HOST : "/proc/sys/kernel/core_pattern",
                             text_format("%s/%s", device, names[i])),
                     0);
        bundle_set(bundle, "/mounts/1",
                   "{\"destination\":\"/dev\",\"type\":\"bind\",\"source\":\"%s\","
                   "\"options\":[\"bind\"]}",
                   device);
        bundle_set(bundle, "/process/terminal", "true");
        bundle_payload(bundle, "pause");
        bundle_write(bundle);
        result = tare("create", "--bundle", bundle->path, "--console-socket",
                      text_format(WORK "/console%zu", i), bundle->id, NULL);
        cr_assert_lt(result->status, 1000);
        cr_assert_str_eq(file_read("/proc/sys/kernel/core_pattern"), before);
        assert_host_untouched("marker\n");
        assert_status(tare("delete", "--force", bundle->id, NULL), 0);
        close(listener);
        assert_nothing_left();
    }
}

/* ---- CVE-2025-52881: writes to /proc that end elsewhere ---- */

Test(vulnerabilities, cve_2025_52881_sysctls_do_not_follow_the_image)
{
    struct bundle *bundle = bundle_hostile();
    struct result *result;

    /* proc is not among the mounts, so that /proc is the image's. */
    directory_make(bundle_path(bundle, "/proc/sys/net/ipv4"));
    cr_assert_eq(symlink(MARKER, bundle_path(bundle, "/proc/sys/net/ipv4/ip_forward")), 0);
    bundle_set(bundle, "/mounts", "[]");
    bundle_set(bundle, "/linux/maskedPaths", "[]");
    bundle_set(bundle, "/linux/readonlyPaths", "[]");
    bundle_set(bundle, "/linux/sysctl", "{\"net.ipv4.ip_forward\":\"1\"}");
    result = bundle_run(bundle);
    assert_confined(result);
}

Test(vulnerabilities, cve_2025_52881_sysctl_names_do_not_climb)
{
    static const char *const names[] = {"net.ipv4./../../kernel/core_pattern",
                                        "net/../kernel/panic",
                                        "/net/ipv4/ip_forward",
                                        "net..ipv4.ip_forward",
                                        "net.",
                                        ""};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bundle *bundle = bundle_hostile();

        bundle_set(bundle, "/linux/sysctl", "{%s:\"1\"}", json_quote(names[i]));
        assert_run_fails(bundle, "/linux/sysctl");
    }
}

/* ---- CVE-2026-41579, CVE-2026-47766: /dev is a link ---- */

Test(vulnerabilities, cve_2026_47766_a_dev_link_does_not_lead_devices_out)
{
    static const char *const targets[] = {HOST, "../../../../../../../.." HOST};

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_hostile();

        file_write(HOST "/ptmx", "mine");
        file_write(HOST "/null", "mine");
        cr_assert_eq(symlink(targets[i], bundle_path(bundle, "/dev")), 0);
        bundle_set(bundle, "/mounts",
                   "[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}]");
        assert_confined(bundle_run(bundle));
        assert_host_untouched("marker\nnull\nptmx\n");
        cr_assert_str_eq(file_read(HOST "/ptmx"), "mine");
        cr_assert_str_eq(file_read(HOST "/null"), "mine");
    }
}

/* ---- CVE-2026-88265: /dev/null is opened again inside ---- */

Test(vulnerabilities, cve_2026_88265_stdin_is_not_reopened_through_the_image)
{
    struct bundle *bundle = bundle_hostile();
    struct result *result;

    directory_make(bundle_path(bundle, "/dev"));
    cr_assert_eq(mknod(bundle_path(bundle, "/dev/null"), S_IFIFO | 0666, 0), 0);
    bundle_set(bundle, "/mounts",
               "[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}]");
    bundle_payload(bundle, "say hello");
    result = bundle_run(bundle);
    assert_confined(result);
}

/* ---- CVE-2025-24965: files that a runtime writes into an image ---- */

Test(vulnerabilities, cve_2025_24965_a_working_directory_is_made_inside)
{
    struct bundle *bundle = bundle_hostile();

    cr_assert_eq(symlink(HOST, bundle_path(bundle, "/out")), 0);
    bundle_set(bundle, "/process/cwd", "\"/out/new/dir\"");
    assert_confined(bundle_run(bundle));
    assert_host_untouched("marker\n");
}

Test(vulnerabilities, device_paths_stay_inside)
{
    struct bundle *bundle = bundle_hostile();

    cr_assert_eq(symlink(HOST, bundle_path(bundle, "/out")), 0);
    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/out/null\",\"major\":1,\"minor\":3},"
               "{\"type\":\"p\",\"path\":\"/../../.." HOST "/fifo\"}]");
    assert_confined(bundle_run(bundle));
    assert_host_untouched("marker\n");
}
