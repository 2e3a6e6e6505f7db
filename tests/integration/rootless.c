/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/text.h"
#include "tests/support/user.h"

TestSuite(rootless, TEST_SUITE);

#define NUMBER(x)  NUMBER_(x)
#define NUMBER_(x) #x

static struct result *run_ok(struct user *user, const struct bundle *bundle)
{
    struct result *result = user_run(user, bundle);

    assert_status(result, 0);
    assert_nothing_left();
    return result;
}

#define assert_user_run_fails(user, bundle, ...)                                                   \
    check_failure(user_run(user, bundle), 125, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, \
                  __LINE__)

/* ---- the default configuration ---- */

Test(rootless, the_default_configuration_runs,
     .description = "R206 R207: tare spec --rootless, and run, as an ordinary user")
{
    struct user *user = user_new();
    struct bundle *bundle = bundle_new();
    struct setting setting = *user_setting(user);
    struct result *result;
    struct stat st;

    user_owns(bundle->path);
    setting.cwd = bundle->path;
    setting.no_root = true;
    assert_status(tare_with(&setting, "spec", "--rootless", NULL), 0);
    bundle->config = json_parse(file_read(text_format("%s/config.json", bundle->path)));
    bundle_set(bundle, "/process/terminal", "false");
    bundle_payload(bundle, "id ; cat /proc/self/uid_map ; cat /proc/self/gid_map ; cat "
                           "/proc/self/setgroups ; stat /payload ; open /dev/null rw ; hostname");
    bundle_write(bundle);
    result = tare_with(&setting, "run", bundle->id, NULL);
    assert_status(result, 0);
    cr_assert_str_empty(result->err, "%s", result->err);
    assert_fact(result, "uids", "0 0 0");
    assert_fact(result, "cat./proc/self/uid_map", "         0      54321          1\\n");
    assert_fact(result, "cat./proc/self/gid_map", "         0      54321          1\\n");
    assert_fact(result, "cat./proc/self/setgroups", "deny\\n");
    assert_fact(result, "stat./payload", "- 0755 0 0");
    assert_fact(result, "open./dev/null", "ok");
    assert_fact(result, "hostname", "tare");
    cr_assert_eq(stat(bundle_path(bundle, "/payload"), &st), 0);
    cr_assert_eq(st.st_uid, USER_ID);
    cr_assert_eq(stat(USER_RUNTIME "/tare", &st), 0);
    cr_assert_eq(st.st_mode & 07777, 01700);
}

Test(rootless, a_container_goes_through_its_life)
{
    struct user *user = user_new();
    const struct setting *setting = user_setting(user);
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_payload(bundle, "say started ; pause");
    bundle_write(bundle);
    result = tare_with(setting, "create", "--bundle", bundle->path, "--pid-file", STATE "/.pid",
                       bundle->id, NULL);
    assert_status(result, 0);
    assert_status(tare_with(setting, "start", bundle->id, NULL), 0);
    result_await(result, "say=started");
    cr_assert_str_eq(bundle_status(bundle), "running");
    assert_contains(tare_with(setting, "list", NULL)->out, USER_NAME);
    assert_status(tare_with(setting, "kill", bundle->id, "KILL", NULL), 0);
    bundle_await(bundle, "stopped");
    assert_status(tare_with(setting, "delete", bundle->id, NULL), 0);
    unlink(STATE "/.pid");
}

/* tare shields its binary by executing itself again, and what came on standard input is there again. */
Test(rootless, a_document_from_standard_input_is_read)
{
    struct user *user = user_new();
    struct setting setting = *user_setting(user);
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_payload(bundle, "pause");
    bundle_write(bundle);
    assert_status(tare_with(&setting, "create", "--bundle", bundle->path, bundle->id, NULL), 0);
    assert_status(tare_with(&setting, "start", bundle->id, NULL), 0);
    setting.input = "{\"cwd\":\"/\",\"args\":[\"/payload\",\"say\",\"hello\"]}";
    result = tare_with(&setting, "exec", "--process", "-", bundle->id, NULL);
    assert_status(result, 0);
    assert_fact(result, "say", "hello");
    /* A pipe cannot be read twice. */
    file_write(WORK "/document", "%s", setting.input);
    setting.input = NULL;
    result = program_run(
        &setting, (const char *const[]){"/bin/sh", "-c",
                                        text_format("cat " WORK "/document | %s --root " STATE
                                                    " exec --process - %s",
                                                    setting.binary, bundle->id),
                                        NULL});
    assert_status(result, 0);
    assert_fact(result, "say", "hello");
    assert_status(tare_with(&setting, "delete", "--force", bundle->id, NULL), 0);
}

/* ---- where containers are kept ---- */

Test(rootless, without_a_runtime_directory_the_state_is_in_tmp)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    const char *fallback = "/tmp/tare-" NUMBER(USER_ID);
    struct setting setting;
    struct stat st;

    cr_assert_eq(mount("tmp", "/tmp", "tmpfs", 0, "mode=1777"), 0);
    host_snapshot();
    user->setting.env = env;
    setting = *user_setting(user);
    setting.no_root = true;
    bundle_write(bundle);
    assert_status(tare_with(&setting, "run", "--bundle", bundle->path, bundle->id, NULL), 0);
    cr_assert_eq(lstat(fallback, &st), 0);
    cr_assert_eq(st.st_uid, USER_ID);
    cr_assert_eq(st.st_mode & 0777, 0700);

    /* What somebody else has put there is not used. */
    cr_assert_eq(rmdir(fallback), 0);
    cr_assert_eq(mkdir(fallback, 0777), 0);
    cr_assert_eq(chmod(fallback, 0777), 0);
    assert_failed(tare_with(&setting, "run", "--bundle", bundle->path, bundle->id, NULL), 125,
                  fallback, "XDG_RUNTIME_DIR");
    cr_assert_eq(rmdir(fallback), 0);
    cr_assert_eq(symlink("/run", fallback), 0);
    assert_failed(tare_with(&setting, "list", NULL), 1, fallback);
}

/* ---- ids ---- */

Test(rootless, granted_ids_are_mapped, .description = "R206 R155: by newuidmap and newgidmap")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;
    struct stat st;

    need_id_helpers();
    user_bundle_map_granted(bundle);
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1001,\"additionalGids\":[5,7]}");
    user_owns(bundle->path);
    cr_assert_eq(chmod(bundle->rootfs, 0777), 0);
    bundle_payload(bundle,
                   "id ; cat /proc/self/uid_map ; cat /proc/self/setgroups ; create /made x");
    result = run_ok(user, bundle);
    assert_fact(result, "uids", "1000 1000 1000");
    assert_fact(result, "gids", "1001 1001 1001");
    assert_fact(result, "groups", "5,7");
    assert_fact(result, "cat./proc/self/uid_map",
                "         0      54321          1\\n         1     200000      65536\\n");
    assert_fact(result, "cat./proc/self/setgroups", "allow\\n");
    cr_assert_eq(stat(bundle_path(bundle, "/made"), &st), 0);
    cr_assert_eq(st.st_uid, GRANTED_ID + 999);
    cr_assert_eq(st.st_gid, GRANTED_ID + 1000);
}

Test(rootless, a_process_of_a_granted_id_can_be_killed)
{
    struct user *user = user_new();
    const struct setting *setting = user_setting(user);
    struct bundle *bundle = user_bundle();
    struct result *result;

    need_id_helpers();
    user_bundle_map_granted(bundle);
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000}");
    bundle_payload(bundle, "say started ; pause");
    bundle_write(bundle);
    result = tare_with(setting, "run", "--detach", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    result_await(result, "say=started");
    assert_status(tare_with(setting, "delete", "--force", bundle->id, NULL), 0);
}

Test(rootless, ids_that_are_not_granted_are_refused)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    need_id_helpers();
    bundle_set(bundle, "/linux/uidMappings/-", "{\"containerID\":1,\"hostID\":%d,\"size\":10}",
               GRANTED_ID + GRANTED_COUNT);
    assert_user_run_fails(user, bundle, "/linux/uidMappings", "newuidmap", "not allowed",
                          "/etc/subuid");
    bundle = user_bundle();
    bundle_set(bundle, "/linux/gidMappings/-", "{\"containerID\":1,\"hostID\":1,\"size\":1}");
    assert_user_run_fails(user, bundle, "/linux/gidMappings", "newgidmap", "/etc/subgid");
}

Test(rootless, missing_helpers_are_explained)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    user->without_helpers = true;
    run_ok(user, bundle);
    user_bundle_map_granted(bundle);
    assert_user_run_fails(user, bundle, "/linux/uidMappings", "newuidmap", "not in PATH",
                          "package uidmap");
}

Test(rootless, root_need_not_be_mapped, .description = "R153 R206: a map of one id, 1000")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_set(bundle, "/linux/uidMappings/0/containerID", "1000");
    bundle_set(bundle, "/linux/gidMappings/0/containerID", "1001");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1001}");
    bundle_payload(bundle, "id ; stat /payload ; stat /dev/shm ; open /dev/null rw ; caps ; "
                           "create /dev/shm/x y");
    result = run_ok(user, bundle);
    assert_fact(result, "uids", "1000 1000 1000");
    assert_fact(result, "gids", "1001 1001 1001");
    assert_fact(result, "stat./payload", "- 0755 1000 1001");
    assert_fact(result, "stat./dev/shm", "d 1777 1000 1001");
    assert_fact(result, "open./dev/null", "ok");
    assert_fact(result, "create./dev/shm/x", "ok");

    bundle_set(bundle, "/process/user", "{\"uid\":0,\"gid\":1001}");
    assert_user_run_fails(user, bundle, "/process/user/uid", "0 is not mapped");
}

Test(rootless, groups_without_setgroups_are_refused, .description = "R155: clear error")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_set(bundle, "/process/user/additionalGids", "[0]");
    assert_user_run_fails(user, bundle, "/process/user/additionalGids", "unprivileged user");
}

Test(rootless, an_owner_that_is_not_mapped_is_refused)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_set(bundle, "/mounts/2/options/-", "\"gid=5\"");
    assert_user_run_fails(user, bundle, "/mounts/2/options/5", "gid 5 is not mapped");
}

/* ---- as root of a user namespace ---- */

Test(rootless, inside_a_user_namespace_there_is_no_need_for_another)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct setting setting;
    struct result *result;

    bundle_remove_namespace(bundle, "user");
    bundle_remove(bundle, "/linux/uidMappings");
    bundle_remove(bundle, "/linux/gidMappings");
    bundle_set(bundle, "/process/user", "{\"uid\":1000,\"gid\":1000,\"additionalGids\":[5]}");
    bundle_payload(bundle,
                   "id ; cat /proc/self/uid_map ; open /dev/full r ; mknod /dev/shm/x c 1 3 ; "
                   "mount /sys");
    user->in_user_namespace = true;
    user_owns(bundle->path);
    bundle_write(bundle);
    setting = *user_setting(user);
    setting.no_root = true;
    result = tare_with(&setting, "run", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    cr_assert_str_empty(result->err, "%s", result->err);
    assert_fact(result, "uids", "1000 1000 1000");
    assert_fact(result, "groups", "5");
    assert_fact(result, "cat./proc/self/uid_map",
                "         0      54321          1\\n         1     200000      65536\\n");
    assert_fact(result, "open./dev/full", "ok");
    assert_fact(result, "mknod./dev/shm/x", "!EPERM");
    assert_fact(result, "fstype./sys", "sysfs");
    /* Not /run/tare, which is another root's. */
    cr_assert(file_exists(USER_RUNTIME "/tare"));
    assert_nothing_left();
}

Test(rootless, user_namespaces_nest)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_set(bundle, "/linux/uidMappings", "[{\"containerID\":0,\"hostID\":1,\"size\":1000}]");
    bundle_set(bundle, "/linux/gidMappings", "[{\"containerID\":0,\"hostID\":1,\"size\":1000}]");
    bundle_set(bundle, "/process/user", "{\"uid\":3,\"gid\":4,\"additionalGids\":[5]}");
    bundle_payload(bundle, "id ; cat /proc/self/uid_map ; stat /payload");
    cr_assert_eq(chmod(bundle->rootfs, 0777), 0);
    user->in_user_namespace = true;
    user->without_helpers = true;
    result = run_ok(user, bundle);
    assert_fact(result, "uids", "3 3 3");
    assert_fact(result, "groups", "5");
    assert_fact(result, "cat./proc/self/uid_map", "         0          1       1000\\n");
    assert_fact(result, "stat./payload", "- 0755 65534 65534");

    bundle_set(bundle, "/linux/uidMappings/0/size", "100000");
    assert_user_run_fails(user, bundle, "/linux/uidMappings", "does the user namespace");
}

/* ---- cgroups ---- */

Test(rootless, without_rights_there_is_no_cgroup)
{
    struct user *user = user_new();
    const struct setting *setting = user_setting(user);
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_remove_namespace(bundle, "cgroup");
    bundle_payload(bundle, "cat /proc/self/cgroup");
    result = run_ok(user, bundle);
    cr_assert_str_empty(result->err, "%s", result->err);
    assert_lacks(fact(result, "cat./proc/self/cgroup"), bundle->id);

    result = tare_with(setting, "--debug", "run", "--bundle", bundle->path, bundle->id, NULL);
    assert_status(result, 0);
    assert_contains(result->err, "cgroup");
    assert_contains(result->err, "Permission denied");

    assert_failed(
        tare_with(setting, "--rootless=false", "run", "--bundle", bundle->path, bundle->id, NULL),
        125, "/linux/cgroupsPath", "delegated");
    bundle_set(bundle, "/linux/cgroupsPath", "\"/tare-somewhere\"");
    assert_user_run_fails(user, bundle, "/linux/cgroupsPath", "tare-somewhere", "delegated");
}

Test(rootless, a_limit_needs_a_cgroup)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_set(bundle, "/linux/resources/memory", "{\"limit\":100000000}");
    assert_user_run_fails(user, bundle, "/linux/resources/memory/limit", "permission denied",
                          "Delegate=yes");
    bundle_set(bundle, "/linux/resources/memory", "{\"limit\":-1,\"swap\":-1,\"reservation\":-1}");
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":-1}");
    bundle_set(bundle, "/linux/resources/cpu", "{\"quota\":-1,\"period\":100000}");
    run_ok(user, bundle);
}

Test(rootless, a_delegated_cgroup_is_used, .description = "R238 R240: below the caller's")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    char *cgroup = user_cgroup_make("own");
    struct result *result;

    user->cgroup = cgroup;
    bundle_remove_namespace(bundle, "cgroup");
    bundle_payload(bundle, "cat /proc/self/cgroup");
    result = run_ok(user, bundle);
    assert_contains(fact(result, "cat./proc/self/cgroup"),
                    text_format("0::%s/tare-%s\\n", cgroup, bundle->id));
    user->in_user_namespace = true;
    result = run_ok(user, bundle);
    assert_contains(fact(result, "cat./proc/self/cgroup"),
                    text_format("0::%s/tare-%s\\n", cgroup, bundle->id));
    user_cgroup_remove(cgroup);
}

Test(rootless, a_directory_alone_is_no_delegated_cgroup)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    char *cgroup = user_cgroup_make("own");

    cr_assert_eq(chown(text_format("/sys/fs/cgroup%s/cgroup.procs", cgroup), 0, 0), 0);
    user->cgroup = cgroup;
    bundle_remove_namespace(bundle, "cgroup");
    bundle_payload(bundle, "cat /proc/self/cgroup");
    assert_contains(fact(run_ok(user, bundle), "cat./proc/self/cgroup"),
                    text_format("0::%s\\n", cgroup));
    user_cgroup_remove(cgroup);
}

Test(rootless, limits_hold_beside_the_caller,
     .description = "a cgroup with processes gives no controllers: the one above it does")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    char *above = user_cgroup_make("above"), *cgroup;
    const char *control = text_format("/sys/fs/cgroup%s/cgroup.subtree_control", above);
    struct result *result;

    if (!host_has_controller("pids") || !host_has_controller("memory")) {
        user_cgroup_remove(above);
        SKIP("needs the pids controller on cgroup v2; runs in the virtual machine");
    }
    cgroup = user_cgroup_make("above/leaf");
    user->cgroup = cgroup;
    bundle_remove_namespace(bundle, "cgroup");
    bundle_set(bundle, "/linux/resources/pids", "{\"limit\":1}");
    bundle_payload(bundle, "cat /proc/self/cgroup ; child 10");
    result = run_ok(user, bundle);
    assert_contains(fact(result, "cat./proc/self/cgroup"),
                    text_format("0::%s/tare-%s\\n", above, bundle->id));
    assert_fact(result, "child", "-1");
    user_cgroup_remove(cgroup);
    file_write(control, "-pids");
    user_cgroup_remove(above);
}

Test(rootless, the_users_cgroups_are_not_writable_inside, .description = "CVE-2023-25809")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    char *cgroup = user_cgroup_make("own");
    const char *inside = text_format("/sys/fs/cgroup%s", cgroup);
    struct result *result;

    user->cgroup = cgroup;
    bundle_remove_namespace(bundle, "cgroup");
    bundle_remove_namespace(bundle, "network");
    bundle_payload(bundle, "mkdir %s/x ; write %s/cgroup.procs 0 ; mount /sys/fs/cgroup", inside,
                   inside);
    result = run_ok(user, bundle);
    assert_fact(result, text_format("mkdir.%s/x", inside), "!EROFS");
    assert_fact(result, text_format("write.%s/cgroup.procs", inside), "!EROFS");
    /* And when nothing is mounted there, so that what the host has in /sys shows. */
    bundle_remove(bundle, "/mounts/6");
    result = run_ok(user, bundle);
    assert_fact(result, text_format("mkdir.%s/x", inside), "!EROFS");
    assert_fact(result, text_format("write.%s/cgroup.procs", inside), "!EROFS");
    user_cgroup_remove(cgroup);
}

/* ---- mounts and devices ---- */

Test(rootless, file_systems_are_mounted)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_payload(bundle, "mount /proc ; mount /sys ; mount /dev/mqueue ; mount /dev/pts ; mount "
                           "/sys/fs/cgroup ; interfaces ; cat /proc/timer_list ; mount "
                           "/proc/sys ; stat /dev/mqueue");
    result = run_ok(user, bundle);
    assert_fact(result, "fstype./proc", "proc");
    assert_fact(result, "fstype./sys", "sysfs");
    assert_fact(result, "fstype./dev/mqueue", "mqueue");
    assert_fact(result, "fstype./dev/pts", "devpts");
    assert_fact(result, "fstype./sys/fs/cgroup", "cgroup2");
    assert_fact(result, "interface.lo", "up");
    assert_fact(result, "cat./proc/timer_list", "");
    cr_assert_eq(strncmp(fact(result, "mount./proc/sys"), "ro,", 3), 0);
    assert_fact(result, "stat./dev/mqueue", "d 1777 0 0");
}

Test(rootless, the_hosts_network_comes_with_the_hosts_sysfs)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_remove_namespace(bundle, "network");
    bundle_payload(bundle, "mount /sys ; ns ; write /sys/kernel/uevent_helper x");
    result = run_ok(user, bundle);
    assert_fact(result, "fstype./sys", "sysfs");
    assert_contains(fact(result, "mount./sys"), "ro,nosuid,nodev,noexec");
}

Test(rootless, devices_are_the_hosts, .description = "R211 R212")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;

    bundle_set(bundle, "/linux/devices",
               "[{\"type\":\"c\",\"path\":\"/dev/kmsg\",\"major\":1,"
               "\"minor\":11}]");
    bundle_payload(bundle,
                   "stat /dev/kmsg ; stat /dev/zero ; open /dev/zero r ; open /dev/tty rw ; "
                   "mknod /dev/x c 1 3 ; mount /dev/zero");
    result = run_ok(user, bundle);
    assert_contains(fact(result, "stat./dev/kmsg"), " 1:11");
    assert_contains(fact(result, "stat./dev/zero"), " 1:5");
    assert_fact(result, "open./dev/zero", "ok");
    assert_fact(result, "mknod./dev/x", "!EPERM");
    cr_assert_str_neq(fact(result, "mount./dev/zero"), "(none)");

    bundle_set(bundle, "/linux/devices/0/path", "\"/dev/tare-none\"");
    assert_user_run_fails(user, bundle, "/linux/devices/0", "/dev/tare-none");
}

Test(rootless, flags_of_a_source_stay)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    struct result *result;

    directory_make(WORK "/source");
    cr_assert_eq(mount("source", WORK "/source", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
                 0);
    host_snapshot();
    bundle_mount(bundle, "bind", WORK "/source", "/mnt", "\"bind\",\"ro\"");
    bundle_payload(bundle, "mount /mnt");
    result = run_ok(user, bundle);
    assert_contains(fact(result, "mount./mnt"), "ro,nosuid,nodev,noexec");
    bundle_set(bundle, "/mounts/7/options", "[\"bind\",\"exec\",\"suid\"]");
    assert_user_run_fails(user, bundle, "/mounts/7", "cannot clear locked flags", "nosuid",
                          "noexec");
}

Test(rootless, an_id_mapped_mount_takes_privileges, .description = "R105 R107")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_mount(bundle, "bind", bundle->path, "/mnt", "\"bind\",\"idmap\"");
    assert_user_run_fails(user, bundle, "/mounts/7/options/1", "CAP_SYS_ADMIN");
}

/* ---- the process ---- */

Test(rootless, an_oom_score_can_only_be_raised)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_set(bundle, "/process/oomScoreAdj", "900");
    bundle_payload(bundle, "cat /proc/self/oom_score_adj");
    assert_fact(run_ok(user, bundle), "cat./proc/self/oom_score_adj", "900\\n");
    bundle_set(bundle, "/process/oomScoreAdj", "-900");
    assert_user_run_fails(user, bundle, "/process/oomScoreAdj", "-900", "CAP_SYS_RESOURCE");
}

Test(rootless, a_hard_limit_can_only_be_lowered)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_set(bundle, "/process/rlimits",
               "[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0},"
               " {\"type\":\"RLIMIT_NOFILE\",\"soft\":100,\"hard\":200}]");
    bundle_payload(bundle, "rlimit NOFILE");
    assert_fact(run_ok(user, bundle), "rlimit.NOFILE", "100:200");
    bundle_set(bundle, "/process/rlimits/1/hard", "4000000000");
    assert_user_run_fails(user, bundle, "/process/rlimits/1", "CAP_SYS_RESOURCE");
}

Test(rootless, a_filter_is_loaded_with_and_without_no_new_privileges)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();

    bundle_set(bundle, "/linux/seccomp",
               "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getppid\"],"
               "\"action\":\"SCMP_ACT_ERRNO\"}]}");
    bundle_payload(bundle, "status NoNewPrivs ; probe %d ; caps", SYS_getppid);
    for (int with = 0; with < 2; with++) {
        struct result *result;

        bundle_set(bundle, "/process/noNewPrivileges", with ? "true" : "false");
        result = run_ok(user, bundle);
        assert_fact(result, "status.NoNewPrivs", with ? "1" : "0");
        assert_fact(result, "status.CapEff", "0000000020000420");
        assert_fact(result, text_format("syscall.%d", SYS_getppid), "!EPERM");
    }
}

Test(rootless, hooks_run_as_the_user, .description = "R170")
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    const char *log = text_format("%s/log", bundle->path);
    struct stat st;

    file_copy(payload_binary(), text_format("%s/hook", bundle->path));
    for (int i = 0; i < 3; i++) {
        static const char *const kinds[] = {"createRuntime", "poststart", "poststop"};

        bundle_set(bundle, text_format("/hooks/%s", kinds[i]),
                   "[{\"path\":\"%s/hook\",\"args\":[\"hook\",\"record\",\"%s\",\"%s\"]}]",
                   bundle->path, log, kinds[i]);
    }
    run_ok(user, bundle);
    assert_contains(file_read(log), "tag=createRuntime");
    assert_contains(file_read(log), "tag=poststop");
    cr_assert_eq(stat(log, &st), 0);
    cr_assert_eq(st.st_uid, USER_ID);
}

Test(rootless, a_device_program_is_not_needed)
{
    struct user *user = user_new();
    struct bundle *bundle = user_bundle();
    char *cgroup = user_cgroup_make("own");
    struct result *result;

    user->cgroup = cgroup;
    bundle_set(bundle, "/linux/resources/devices", "[{\"allow\":false,\"access\":\"rwm\"}]");
    result = run_ok(user, bundle);
    cr_assert_str_empty(result->err, "%s", result->err);
    user_cgroup_remove(cgroup);
}
