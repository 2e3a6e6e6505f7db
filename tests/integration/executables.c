/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tests/support/text.h"

/* Exit codes of `run`, and the phrases that engines look for in the message. */

TestSuite(executables, TEST_SUITE);

Test(executables, the_exit_status_is_the_programs, .description = "R038")
{
    static const int statuses[] = {0, 1, 42, 125, 126, 127, 128, 255};

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct bundle *bundle = bundle_new();
        struct result *result;

        bundle_payload(bundle, "exit %d", statuses[i]);
        result = bundle_run(bundle);
        assert_status(result, statuses[i]);
        cr_assert_str_empty(result->err);
    }
}

Test(executables, a_signal_gives_128_and_its_number, .description = "R038")
{
    static const int signals[] = {9, 15, 11, 6};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct bundle *bundle = bundle_new();

        /* An init is not killed by its own signals, unless nothing was inherited from the kernel's
         * protection: use a container that shares the pid namespace. */
        bundle_remove_namespace(bundle, "pid");
        bundle_payload(bundle, "kill %d", signals[i]);
        assert_status(bundle_run(bundle), 128 + signals[i]);
    }
}

Test(executables, a_missing_program_is_127)
{
    struct bundle *bundle = bundle_new();

    bundle_args(bundle, "/no/such/program", NULL);
    assert_run_fails_with(127, bundle, "/no/such/program", "no such file or directory");
}

Test(executables, a_name_that_is_not_in_path_is_127)
{
    struct bundle *bundle = bundle_new();

    bundle_args(bundle, "nonesuch", NULL);
    assert_run_fails_with(127, bundle, "nonesuch", "executable file not found in");
}

Test(executables, a_file_without_permission_is_126)
{
    struct bundle *bundle = bundle_new();

    file_write(bundle_path(bundle, "/plain"), "x");
    bundle_args(bundle, "/plain", NULL);
    assert_run_fails_with(126, bundle, "/plain", "permission denied");
}

Test(executables, a_directory_is_126)
{
    struct bundle *bundle = bundle_new();

    directory_make(bundle_path(bundle, "/dir"));
    bundle_args(bundle, "/dir", NULL);
    assert_run_fails_with(126, bundle, "/dir", "directory");
}

Test(executables, a_missing_interpreter_is_explained)
{
    struct bundle *bundle = bundle_new();

    file_write(bundle_path(bundle, "/script"), "#!/no/such/interpreter\n");
    chmod(bundle_path(bundle, "/script"), 0755);
    bundle_args(bundle, "/script", NULL);
    assert_run_fails_with(126, bundle, "/script", "no such file or directory",
                          "/no/such/interpreter");
}

Test(executables, a_file_of_no_known_format_is_126)
{
    struct bundle *bundle = bundle_new();

    file_write(bundle_path(bundle, "/garbage"), "\001\002\003 this is no program");
    chmod(bundle_path(bundle, "/garbage"), 0755);
    bundle_args(bundle, "/garbage", NULL);
    assert_run_fails_with(126, bundle, "/garbage", "exec format error");
}

Test(executables, a_noexec_mount_is_126_and_explained)
{
    struct bundle *bundle = bundle_new();

    file_copy(payload_binary(), WORK "/tools/tool");
    bundle_mount(bundle, "bind", WORK "/tools", "/tools", "\"bind\",\"noexec\"");
    bundle_args(bundle, "/tools/tool", NULL);
    assert_run_fails_with(126, bundle, "/tools/tool", "permission denied", "noexec");
}

Test(executables, a_program_that_the_user_may_not_reach_is_126)
{
    struct bundle *bundle = bundle_new();

    file_copy(payload_binary(), bundle_path(bundle, "/private/tool"));
    chmod(bundle_path(bundle, "/private"), 0700);
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_args(bundle, "/private/tool", NULL);
    assert_run_fails_with(126, bundle, "/private/tool", "permission denied");
}

Test(executables, a_script_runs_by_its_interpreter)
{
    struct bundle *bundle = bundle_new_busybox();
    struct result *result;

    file_write(bundle_path(bundle, "/script"), "#!/bin/sh\necho say=script\n");
    chmod(bundle_path(bundle, "/script"), 0755);
    bundle_args(bundle, "/script", NULL);
    result = bundle_run_ok(bundle);
    assert_fact(result, "say", "script");
}

/* create finds it out, not start. */
Test(executables, create_fails_for_a_missing_program, .description = "R056")
{
    struct bundle *bundle = bundle_new();
    struct result *result;

    bundle_args(bundle, "/no/such/program", NULL);
    bundle_write(bundle);
    result = tare("create", "--bundle", bundle->path, "--pid-file", PID_FILE, bundle->id, NULL);
    assert_failed(result, 1, "/no/such/program", "no such file or directory");
    bundle_args(bundle, "nonesuch", NULL);
    bundle_write(bundle);
    result = tare("create", "--bundle", bundle->path, "--pid-file", PID_FILE, bundle->id, NULL);
    assert_failed(result, 1, "nonesuch", "executable file not found in");
}

Test(executables, an_error_of_tare_is_125)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/process/cwd", "\"x\"");
    assert_run_fails_with(125, bundle, "/process/cwd");
}
