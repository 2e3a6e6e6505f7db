/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/exec.h"
#include "tests/support/hostile.h"
#include "tests/support/text.h"

/* Published vulnerabilities that concern exec: a container that attacks what is put into it. */

TestSuite(exec_security, TEST_SUITE);

#define HOST   WORK "/host"
#define MARKER HOST "/marker"
#define SECRET "only the host may read this"

static void assert_confined(const struct result *result)
{
    assert_lacks(result->out, SECRET);
    assert_lacks(result->out, "FOUND");
    cr_assert_str_eq(file_read(MARKER), SECRET);
}

Test(exec_security, cve_2024_21626_no_descriptor_leads_out)
{
    struct bundle *bundle = bundle_running();
    struct setting leaky = {.prepare = hostile_leak, .data = HOST};

    file_write(MARKER, SECRET);
    assert_confined(exec_payload_with(&leaky, bundle, NULL, "fds ; escape " MARKER));
    for (int fd = 3; fd < 40; fd++) {
        struct result *result = exec_payload_with(
            &leaky, bundle, text_format("--cwd /proc/self/fd/%d", fd), "cwd ; escape " MARKER);

        assert_status(result, 255);
        assert_confined(result);
    }
    cr_assert_eq(symlink("/proc/self/fd/7", bundle_path(bundle, "/link")), 0);
    assert_status(exec_payload_with(&leaky, bundle, "--cwd /link", "escape " MARKER), 255);
    bundle_delete(bundle);
}

Test(exec_security, cve_2024_21626_no_program_of_the_host_is_run)
{
    struct bundle *bundle = bundle_running();
    struct setting leaky = {.prepare = hostile_leak, .data = "/bin"};

    file_write(MARKER, SECRET);
    for (int fd = 3; fd < 40; fd++) {
        char *program = text_format("/proc/self/fd/%d/true", fd);
        struct result *result = tare_with(&leaky, "exec", bundle->id, program, NULL);

        cr_assert(result->status == 126 || result->status == 127, "%s ended with %d", program,
                  result->status);
    }
    bundle_delete(bundle);
}

/* A root directory inside of the mount namespace's: what the container is to leave behind is more
 * than what the caller can see. */
#define JAIL   WORK "/jail"
#define BEYOND "/mnt/beyond"

static void enter_jail(const void *data)
{
    cr_assert_eq(chroot(data), 0);
}

static const struct setting jailed = {.prepare = enter_jail, .data = JAIL};

static void make_jail(void)
{
    cr_assert_eq(mkdir(JAIL, 0755), 0);
    cr_assert_eq(mount("/", JAIL, NULL, MS_BIND | MS_REC, NULL), 0);
    cr_assert_eq(mount("beyond", "/mnt", "tmpfs", 0, NULL), 0);
    file_write(BEYOND, SECRET);
    host_snapshot();
}

static void check_jailed(struct bundle *bundle, const char *option)
{
    bundle_payload(bundle, "escape " BEYOND " ; pause");
    bundle_write(bundle);
    struct result *made =
        option ? tare_with(&jailed, "create", "--bundle", bundle->path, option, bundle->id, NULL)
               : tare_with(&jailed, "create", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(made, 0);
    bundle_start(bundle);

    struct result *result = exec_payload_with(&jailed, bundle, NULL, "escape " BEYOND " ; ls /");
    assert_status(result, 0);
    assert_lacks(result->out, "FOUND");
    assert_contains(result->out, "payload");
    cr_assert_str_eq(file_read(BEYOND), SECRET, "the host lost it");
    bundle_delete(bundle);
}

Test(exec_security, a_caller_in_a_chroot_leaves_the_host_behind)
{
    make_jail();
    check_jailed(bundle_new(), NULL);
}

Test(exec_security, a_caller_in_a_chroot_leaves_the_host_behind_without_a_pivot)
{
    make_jail();
    check_jailed(bundle_new(), "--no-pivot");
}

Test(exec_security, a_caller_in_a_chroot_leaves_the_hosts_mounts_alone)
{
    struct bundle *bundle = bundle_new();
    bundle_set(bundle, "/linux/rootfsPropagation", "\"rshared\"");
    make_jail();
    cr_assert_eq(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL), 0);
    host_snapshot();
    check_jailed(bundle, NULL);
}

Test(exec_security, cve_2022_29162_nothing_is_inheritable)
{
    struct bundle *bundle = bundle_running();
    struct result *result = exec_payload(bundle, "--cap CAP_NET_ADMIN", "caps");

    assert_status(result, 0);
    assert_fact(result, "status.CapInh", "0000000000000000");
    assert_fact(result, "status.CapAmb", "0000000000000000");
    bundle_delete(bundle);
}

Test(exec_security, cve_2016_8867_a_user_has_no_capabilities)
{
    struct bundle *bundle = bundle_running();
    struct result *result = exec_document(
        bundle, NULL, ",\"user\":{\"uid\":1000,\"gid\":1000},\"capabilities\":{}", "caps");

    assert_status(result, 0);
    assert_fact(result, "status.CapPrm", "0000000000000000");
    assert_fact(result, "status.CapEff", "0000000000000000");
    assert_fact(result, "status.CapAmb", "0000000000000000");
    bundle_delete(bundle);
}

/* ---- the container attacks whatever appears in its pid namespace ---- */

/* As long as exec is seen, its root, its working directory and its descriptors are looked through. */
Test(exec_security, cve_2016_9962_what_is_born_into_the_container_holds_nothing)
{
    struct bundle *bundle = bundle_new_busybox();
    struct result *result;

    file_write(MARKER, SECRET);
    hostile_script_run(bundle, "while :; do for p in /proc/[0-9]*; do"
                               " for at in $p/root $p/cwd $p/fd/* $p/fd/*/../../.. ; do"
                               " [ -e $at" MARKER " ] && echo x >/found;"
                               " [ -e $at/marker ] && echo x >/found; done; done; done");
    for (int i = 0; i < 60; i++) {
        result = tare("exec", bundle->id, "/bin/true", NULL);
        assert_status(result, 0);
    }
    cr_assert_not(file_exists(bundle_path(bundle, "/found")), "the host was reached");
    bundle_delete(bundle);
}

static char *contents(const char *path)
{
    const char *const argv[] = {"/usr/bin/sha256sum", path, NULL};

    return program_run(NULL, argv)->out;
}

Test(exec_security, cve_2019_5736_the_binary_cannot_be_written)
{
    struct bundle *bundle = bundle_new_busybox();
    char *before = contents(tare_binary());

    hostile_script_run(bundle, "while :; do for p in /proc/[0-9]*; do"
                               " ( exec 9<$p/exe && case $(readlink $p/exe) in"
                               " *busybox*) ;; *) echo broken >/proc/self/fd/9 && echo x >/wrote;;"
                               " esac ); done; done 2>/dev/null");
    for (int i = 0; i < 60; i++)
        assert_status(tare("exec", bundle->id, "/bin/true", NULL), 0);
    cr_assert_not(file_exists(bundle_path(bundle, "/wrote")), "the binary was written to");
    cr_assert_str_eq(contents(tare_binary()), before);
    /* The way to it from within leads through the read-only mount, too. */
    cr_assert_eq(symlink("/proc/self/exe", bundle_path(bundle, "/self")), 0);
    tare("exec", bundle->id, "/self", "--version", NULL);
    cr_assert_str_eq(contents(tare_binary()), before);
    bundle_delete(bundle);
}

Test(exec_security, a_passwd_that_never_ends_does_not_hold_it)
{
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, "/etc"));
    cr_assert_eq(mkfifo(bundle_path(bundle, "/etc/passwd"), 0644), 0);
    bundle_run_paused(bundle);
    assert_fact(exec_payload(bundle, "--user 5", "env HOME"), "env.HOME", "/");
    bundle_delete(bundle);
}
