/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* Configurations that Podman, Docker and containerd wrote (tests/data/bundles), with a busybox and with a
 * whole Debian as root file system. Limits whose controllers are not on cgroup v2 here are taken out. */

TestSuite(engines_configs, TEST_SUITE);

static const char *const engines[] = {"podman", "docker", "containerd"};
enum { ENGINES = 3 };

#define DATA TEST_SRCDIR "/tests/data/bundles"

static void copy_files(const struct bundle *bundle, const char *engine)
{
    static const char *const names[] = {"hostname", "hosts", "resolv.conf", ".containerenv"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *from = text_format(DATA "/%s/files/%s", engine, names[i]);

        if (file_exists(from))
            file_copy(from, text_format("%s/files/%s", bundle->path, names[i]));
    }
    directory_make(text_format("%s/files/shm", bundle->path));
}

/* What the caller has not got itself, it cannot give. */
static void fit_rlimits(struct bundle *bundle)
{
    struct rlimit files, processes;
    size_t n = json_length(json_at(bundle->config, "/process/rlimits"));

    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NPROC, &processes);
    while (n-- > 0) {
        char *at = text_format("/process/rlimits/%zu", n);
        const char *type = json_text(bundle->config, text_format("%s/type", at));
        const char *hard = json_text(bundle->config, text_format("%s/hard", at));
        rlim_t own = strcmp(type, "RLIMIT_NPROC") == 0 ? processes.rlim_max : files.rlim_max;

        if (strtoull(hard, NULL, 10) > own)
            bundle_remove(bundle, at);
    }
}

static void fit_limits(struct bundle *bundle)
{
    static const char *const controllers[] = {"memory", "pids", "cpu"};

    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        if (!host_has_controller(controllers[i]))
            bundle_remove(bundle, text_format("/linux/resources/%s", controllers[i]));
    }
}

static void load_config(struct bundle *bundle, const char *engine)
{
    bundle->config = json_parse(file_read(text_format(DATA "/%s/config.json", engine)));
    bundle_set(bundle, "/linux/cgroupsPath", "\"/%s\"", bundle->id);
    fit_limits(bundle);
    fit_rlimits(bundle);
    copy_files(bundle, engine);
}

Test(engines_configs, they_run_with_busybox)
{
    for (int i = 0; i < ENGINES; i++) {
        struct bundle *bundle = bundle_new_busybox();
        struct result *result;

        load_config(bundle, engines[i]);
        bundle_args(bundle, "/bin/busybox", "sh", "-c",
                    "echo uid=$(/bin/busybox id -u); "
                    "echo pid=$$; /bin/busybox ls -l /dev/null >/dev/null && echo null=ok",
                    NULL);
        result = bundle_run_ok(bundle);
        assert_fact(result, "uid", "0");
        assert_fact(result, "pid", "1");
        assert_fact(result, "null", "ok");
        cr_assert_str_empty(result->err);
    }
}

Test(engines_configs, files_of_the_engine_are_mounted)
{
    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;
        char *hosts = file_read(text_format(DATA "/%s/files/hosts", engines[i]));

        load_config(bundle, engines[i]);
        bundle_payload(bundle, "cat /etc/hosts ; status Seccomp");
        result = bundle_run_ok(bundle);
        hosts[strcspn(hosts, "\n")] = 0;
        assert_contains(fact(result, "cat./etc/hosts"), hosts);
        assert_fact(result, "status.Seccomp", "2");
    }
}

Test(engines_configs, they_run_as_the_engine_wrote_them)
{
    for (int i = 0; i < ENGINES; i++) {
        struct bundle *bundle = bundle_new_busybox();

        load_config(bundle, engines[i]);
        if (strcmp(engines[i], "containerd") == 0)
            bundle_args(bundle, "/bin/sleep", "0", NULL);
        bundle_run_ok(bundle);
    }
}

Test(engines_configs, they_go_through_create_start_kill_and_delete)
{
    for (int i = 0; i < ENGINES; i++) {
        struct bundle *bundle = bundle_new_busybox();

        load_config(bundle, engines[i]);
        bundle_args(bundle, "/bin/sleep", "100", NULL);
        bundle_create(bundle);
        bundle_start(bundle);
        cr_assert_str_eq(bundle_status(bundle), "running");
        assert_status(tare("kill", bundle->id, "9", NULL), 0);
        bundle_await(bundle, "stopped");
        bundle_delete(bundle);
        assert_nothing_left();
    }
}

/* Untouched, where the host has what they ask for; else the error says which controller is missing. */
Test(engines_configs, a_limit_that_cannot_be_set_is_named)
{
    for (int i = 0; i < ENGINES; i++) {
        struct bundle *bundle = bundle_new_busybox();
        struct result *result;

        if (strcmp(engines[i], "docker") == 0)
            continue;
        bundle->config = json_parse(file_read(text_format(DATA "/%s/config.json", engines[i])));
        bundle_set(bundle, "/linux/cgroupsPath", "\"/%s\"", bundle->id);
        bundle_args(bundle, "/bin/busybox", "true", NULL);
        copy_files(bundle, engines[i]);
        fit_rlimits(bundle);
        result = bundle_run(bundle);
        if (host_has_controller("memory") && host_has_controller("pids") &&
            host_has_controller("cpu"))
            assert_status(result, 0);
        else
            assert_failed(result, 125, "/linux/resources/", "controller");
    }
}

/* ---- Debian ---- */

static const char *debian(void)
{
    const char *directory = getenv("TARE_TEST_DEBIAN");

    if (directory == NULL)
        directory = "/var/cache/tare-test/debian-rootfs";
    if (!file_exists(text_format("%s/usr/bin/python3", directory)))
        SKIP("needs a Debian root file system: run tests/support/debian-rootfs");
    return directory;
}

/* The cached tree below, what the container writes above. */
static struct bundle *bundle_debian(const char *engine)
{
    const char *lower = debian();
    struct bundle *bundle = bundle_new();

    directory_make(WORK "/upper");
    directory_make(WORK "/work");
    cr_assert_eq(
        mount("overlay", bundle->rootfs, "overlay", 0,
              text_format("lowerdir=%s,upperdir=" WORK "/upper,workdir=" WORK "/work", lower)),
        0);
    host_snapshot();
    load_config(bundle, engine);
    bundle_set(bundle, "/process/env", "[\"PATH=/usr/bin:/bin\",\"LANG=C.UTF-8\"]");
    return bundle;
}

static void check_debian(const char *engine)
{
    struct bundle *bundle = bundle_debian(engine);
    struct result *result;

    bundle_args(bundle, "bash", "-c", "for i in a b; do echo \"said=$i$((6 * 7))\"; done; exit 3",
                NULL);
    result = bundle_run(bundle);
    assert_status(result, 3);
    assert_fact(result, "said", "a42");

    bundle_args(bundle, "python3", "-c",
                "import os, sys; print('sum=%d' % sum(range(10))); print('pid=%d' % os.getpid())",
                NULL);
    result = bundle_run_ok(bundle);
    assert_fact(result, "sum", "45");
    assert_fact(result, "pid", "1");

    bundle_args(bundle, "apt-get", "--version", NULL);
    result = bundle_run_ok(bundle);
    cr_assert_eq(strncmp(result->out, "apt ", 4), 0, "%s", result->out);
    cr_assert_eq(umount(bundle->rootfs), 0);
    host_snapshot();
}

Test(engines_configs, debian_by_podman)
{
    check_debian("podman");
}

Test(engines_configs, debian_by_docker)
{
    check_debian("docker");
}

Test(engines_configs, debian_by_containerd)
{
    check_debian("containerd");
}
