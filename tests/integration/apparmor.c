/* SPDX-License-Identifier: Apache-2.0 */

/* process.apparmorProfile on a kernel that enforces it. Profiles are loaded with apparmor_parser and
 * removed again. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* The profiles are the kernel's: each test has its own, under names of its own. */
#define STRICT profile("strict") /* may do everything but read /secret */
#define OUTER  profile("outer")  /* may do everything, other profiles included */
#define LOCKED profile("locked") /* may do everything but change its profile */

static const char *profile(const char *name)
{
    return text_format("%s-%s", test_prefix(), name);
}

static void profile_add(struct text *text, const char *name, const char *rules)
{
    text_add(
        text,
        "profile %s flags=(attach_disconnected,mediate_deleted) {\n"
        "  file, capability, network, mount, remount, umount, pivot_root, signal, ptrace, unix,\n"
        "  %s\n"
        "}\n",
        name, rules);
}

static const char *parser(void)
{
    return file_exists("/usr/sbin/apparmor_parser") ? "/usr/sbin/apparmor_parser"
                                                    : "/sbin/apparmor_parser";
}

static struct result *profiles_change(const char *option)
{
    struct text text = {0};
    struct setting setting = {0};

    profile_add(&text, STRICT, "deny /secret r,");
    profile_add(&text, OUTER, "change_profile,");
    profile_add(&text, LOCKED, "");
    setting.input = text_string(&text);
    return program_run(&setting, (const char *const[]){parser(), option, "--skip-cache", NULL});
}

static void set_up(void)
{
    test_setup();
    if (!file_exists("/sys/kernel/security/apparmor/profiles"))
        SKIP("needs AppArmor in the kernel; runs in the virtual machine");
    if (!file_exists(parser()))
        SKIP("needs apparmor_parser");
    assert_status(profiles_change("--replace"), 0);
}

static void tear_down(void)
{
    if (file_exists("/sys/kernel/security/apparmor/profiles") && file_exists(parser()))
        profiles_change("--remove");
    test_teardown();
}

TestSuite(apparmor, .init = set_up, .fini = tear_down, .timeout = TEST_LIMIT);

static struct bundle *bundle_with(const char *name)
{
    struct bundle *bundle = bundle_new();

    file_write(bundle_path(bundle, "/secret"), "secret");
    file_write(bundle_path(bundle, "/public"), "public");
    bundle_payload(bundle, "cat /proc/self/attr/current ; cat /secret ; cat /public");
    if (name != NULL)
        bundle_set(bundle, "/process/apparmorProfile", "\"%s\"", name);
    return bundle;
}

/* In the child that becomes tare: the kernel confines it when it executes. */
static void confine(const void *data)
{
    const char *text = text_format("exec %s", (const char *)data);
    int fd = open("/proc/self/attr/exec", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        _exit(99);
    close(fd);
}

static struct result *run_confined(const struct bundle *bundle, const char *name)
{
    struct setting setting = {.prepare = confine, .data = name};

    return bundle_run_with(bundle, &setting);
}

Test(apparmor, the_profile_applies, .description = "R133: the program is confined by the profile")
{
    struct result *result = bundle_run_ok(bundle_with(STRICT));

    assert_fact(result, "cat./proc/self/attr/current", text_format("%s (enforce)\\n", STRICT));
    assert_fact(result, "cat./secret", "!EACCES");
    assert_fact(result, "cat./public", "public");
}

Test(apparmor, without_a_profile_nothing_is_denied, .description = "R133: the profile is optional")
{
    struct result *result = bundle_run_ok(bundle_with(NULL));

    assert_fact(result, "cat./proc/self/attr/current", "unconfined\\n");
    assert_fact(result, "cat./secret", "secret");
}

Test(apparmor, a_profile_that_is_not_loaded_is_an_error,
     .description = "R057 R133: a profile that cannot be applied makes no container")
{
    assert_run_fails(bundle_with("tare-test-unknown"), "/process/apparmorProfile",
                     "tare-test-unknown", "is it loaded?");
}

Test(apparmor, a_confined_runtime_may_change_to_the_profile, .description = "R133")
{
    struct bundle *bundle = bundle_with(STRICT);
    struct result *result;

    bundle_set(bundle, "/process/noNewPrivileges", "false");
    result = run_confined(bundle, OUTER);
    assert_status(result, 0);
    assert_fact(result, "cat./proc/self/attr/current", text_format("%s (enforce)\\n", STRICT));
    assert_fact(result, "cat./secret", "!EACCES");
}

/* The kernel lets a process without new privileges only be confined further. */
Test(apparmor, without_new_privileges_the_profile_is_stacked, .description = "R133 R137")
{
    struct bundle *bundle = bundle_with(STRICT);
    struct result *result;

    bundle_set(bundle, "/process/noNewPrivileges", "true");
    result = run_confined(bundle, OUTER);
    assert_status(result, 0);
    assert_fact(result, "cat./proc/self/attr/current",
                text_format("%s//&%s (enforce)\\n", OUTER, STRICT));
    assert_fact(result, "cat./secret", "!EACCES");
    assert_fact(result, "cat./public", "public");
}

Test(apparmor, a_change_that_the_runtimes_own_profile_forbids_is_an_error,
     .description = "R057 R133: a profile that cannot be applied makes no container")
{
    struct bundle *bundle = bundle_with(STRICT);

    bundle_set(bundle, "/process/noNewPrivileges", "false");
    assert_failed(run_confined(bundle, LOCKED), 125, "/process/apparmorProfile", STRICT,
                  "the profile that confines tare itself");
}

/* ---- checkpoints ---- */

static void assert_confined(const char *name)
{
    assert_contains(file_read(text_format("/proc/%d/attr/current", (int)bundle_pid())), name);
}

static struct result *restore(const struct bundle *bundle, const char *option, const char *value)
{
    return tare("restore", "-d", "--image-path", WORK "/images", "--bundle", bundle->path,
                "--pid-file", PID_FILE, option, value, bundle->id, NULL);
}

Test(apparmor, a_restored_program_has_its_profile_or_another_one)
{
    static const char *const check[] = {"/bin/sh", "-c", "exec criu check", NULL};
    struct setting setting = {.env = (const char *const[]){"PATH=/usr/sbin:/usr/bin", NULL}};

    if (program_run(&setting, check)->status != 0)
        SKIP("needs a criu that works with this kernel");
    struct bundle *bundle = bundle_with(STRICT);
    bundle_payload(bundle, "await /end");
    bundle_create(bundle);
    bundle_start(bundle);
    for (int i = 0; i < 2; i++) {
        assert_confined(STRICT);
        assert_status(tare("checkpoint", "--image-path", WORK "/images", bundle->id, NULL), 0);
        unlink(PID_FILE);
        assert_status(
            restore(bundle, "--lsm-profile", text_format("apparmor:%s", i == 0 ? STRICT : OUTER)),
            0);
    }
    assert_confined(OUTER);
    bundle_delete(bundle);
}
