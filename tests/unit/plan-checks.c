/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mount.h>

#include "plan-fixture.h"

PLAN_SUITE(plan_checks);

/* ---- id
 * ---------------------------------------------------------------------------------------------------
 */

Test(plan_checks, ids)
{
    static const char *const good[] = {"a", "A-b_c+d.e", "...", ".a", "0", "-"};
    static const char *const bad[] = {"",    ".",   "..", "a/b", "../x",
                                      "a b", "a\n", "ä",  "a:b", "a@b"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect_eq(plan_check_id(good[i], &f.err), 0, "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_eq(plan_check_id(bad[i], &f.err), -EINVAL, "%s", bad[i]);
        cr_expect_str_eq(f.err.text, "invalid container ID format");
        cr_expect_eq(f.err.kind, ERROR_USAGE);
    }
    cr_expect_eq(plan_check_id(NULL, &f.err), -EINVAL);
    char id[1026];
    memset(id, 'x', sizeof(id));
    id[1025] = '\0';
    cr_expect_eq(plan_check_id(id, &f.err), -EINVAL);
    id[1024] = '\0';
    cr_expect_eq(plan_check_id(id, &f.err), 0);
}

Test(plan_checks, id_of_the_plan)
{
    plan_well();
    cr_expect_str_eq(f.plan->id, "c1");
    cr_expect_str_eq(f.plan->bundle, "/bundle");
    f.options.id = "a/b";
    plan_badly("", "invalid container ID format");
}

/* ---- root
 * -------------------------------------------------------------------------------------------------
 */

Test(plan_checks, root)
{
    plan_well();
    cr_expect_str_eq(f.plan->root.path, "/bundle/rootfs");
    cr_expect_not(f.plan->root.readonly);
    cr_expect_not(f.plan->root.no_pivot);
    cr_expect_eq(f.plan->root.propagation, 0);
    f.root = (struct root){"/abs", true};
    f.options.no_pivot = true;
    plan_well();
    cr_expect_str_eq(f.plan->root.path, "/abs");
    cr_expect(f.plan->root.readonly);
    cr_expect(f.plan->root.no_pivot);
    f.root.path = "";
    plan_badly("/root", "root must be specified, with a path");
    f.spec.root = NULL;
    plan_badly("/root", "root must be specified, with a path");
}

Test(plan_checks, root_propagation, .description = "R341")
{
    static const struct {
        const char *name;
        unsigned long flags;
    } names[] = {{"private", MS_PRIVATE},
                 {"slave", MS_SLAVE},
                 {"shared", MS_SHARED},
                 {"unbindable", MS_UNBINDABLE},
                 {"rprivate", MS_PRIVATE | MS_REC},
                 {"rslave", MS_SLAVE | MS_REC},
                 {"rshared", MS_SHARED | MS_REC},
                 {"runbindable", MS_UNBINDABLE | MS_REC}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        f.section.rootfs_propagation = names[i].name;
        plan_well();
        cr_expect_eq(f.plan->root.propagation, names[i].flags, "%s", names[i].name);
    }
    f.section.rootfs_propagation = "friendly";
    plan_badly("/linux/rootfsPropagation", "unknown propagation \"friendly\"");
    f.section.rootfs_propagation = "rprivate";
    f.options.no_pivot = true;
    plan_badly("/linux/rootfsPropagation",
               "propagation \"rprivate\" needs pivot_root: not with --no-pivot");
}

/* ---- namespaces ---- */

Test(plan_checks, names_need_uts)
{
    f.spec.hostname = "h";
    f.spec.domainname = "d";
    plan_well();
    cr_expect_str_eq(f.plan->hostname, "h");
    cr_expect_str_eq(f.plan->domainname, "d");
    NAMESPACES(NAMESPACE_MOUNT);
    f.spec.domainname = NULL;
    plan_badly("/hostname", "hostname needs a uts namespace in linux.namespaces");
    f.spec.hostname = "";
    f.spec.domainname = "d";
    plan_badly("/domainname", "domainname needs a uts namespace in linux.namespaces");
}

Test(plan_checks, names_have_64_bytes)
{
    static const char name[] = "0123456789012345678901234567890123456789012345678901234567890123";
    char text[200], longer[70];
    f.spec.hostname = name;
    plan_well();
    snprintf(longer, sizeof(longer), "%s4", name);
    f.spec.hostname = longer;
    snprintf(text, sizeof(text), "\"%s\" is longer than 64 bytes", longer);
    plan_badly("/hostname", text);
}

Test(plan_checks, what_needs_a_mount_namespace)
{
    NAMESPACES(NAMESPACE_PID, NAMESPACE_USER);
    SET_LIST(f.section.uid_mappings, {0, 100000, 1});
    SET_LIST(f.section.gid_mappings, {0, 100000, 1});
    plan_well();
    f.section.masked_paths = STRINGS("/a");
    plan_badly("/linux/maskedPaths", "maskedPaths needs a mount namespace in linux.namespaces");
    f.section.masked_paths.n = 0;
    f.section.readonly_paths = STRINGS("/a");
    plan_badly("/linux/readonlyPaths", "readonlyPaths needs a mount namespace in linux.namespaces");
    f.section.readonly_paths.n = 0;
    f.root.readonly = true;
    plan_badly("/root/readonly", "a read-only root needs a mount namespace in linux.namespaces");
    f.root.readonly = false;
    f.section.rootfs_propagation = "slave";
    plan_badly("/linux/rootfsPropagation",
               "rootfsPropagation needs a mount namespace in linux.namespaces");
}

Test(plan_checks, paths_come_once)
{
    f.section.masked_paths = STRINGS("/proc/kcore", "/proc/keys", "/proc/kcore", "/proc//./keys");
    f.section.readonly_paths = STRINGS("/proc/sys");
    plan_well();
    cr_assert_eq(f.plan->masked_paths.n, 2);
    cr_expect_str_eq(f.plan->masked_paths.items[0], "/proc/kcore");
    cr_expect_str_eq(f.plan->masked_paths.items[1], "/proc/keys");
    cr_expect_null(f.plan->masked_paths.items[2]);
    cr_assert_eq(f.plan->readonly_paths.n, 1);
    f.section.masked_paths = STRINGS("/proc/kcore", "proc/keys");
    plan_badly("/linux/maskedPaths/1", "\"proc/keys\" is not an absolute path");
}

/* ---- seccomp ---- */

static struct seccomp seccomp;

Test(plan_checks, seccomp)
{
    plan_well();
    cr_expect_null(f.plan->seccomp);
    seccomp = (struct seccomp){.default_action = SECCOMP_RET_ERRNO, .default_errno_ret = SET(38)};
    f.section.seccomp = &seccomp;
    plan_well();
    cr_expect_eq(f.plan->seccomp, &seccomp);
    seccomp.listener_path = "/run/listener";
    seccomp.listener_metadata = "m";
    plan_well();
    seccomp.listener_path = NULL;
    plan_badly("/linux/seccomp/listenerMetadata", "listenerMetadata goes only with a listenerPath");
}

Test(plan_checks, seccomp_errno, .description = "R312")
{
    f.section.seccomp = &seccomp;
    seccomp = (struct seccomp){.default_action = SECCOMP_RET_ALLOW, .default_errno_ret = SET(38)};
    plan_badly("/linux/seccomp/defaultErrnoRet",
               "defaultErrnoRet goes only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
    seccomp.default_errno_ret.set = false;
    struct seccomp_rule rule = {
        .names = STRINGS("read"), .action = SECCOMP_RET_TRACE, .errno_ret = SET(0)};
    seccomp.syscalls.items = &rule;
    seccomp.syscalls.n = 1;
    plan_well();
    rule.action = SECCOMP_RET_KILL_PROCESS;
    plan_badly("/linux/seccomp/syscalls/0",
               "errnoRet goes only with SCMP_ACT_ERRNO and SCMP_ACT_TRACE");
    rule.errno_ret.set = false;
    rule.names.n = 0;
    plan_badly("/linux/seccomp/syscalls/0", "a rule needs the name of a system call");
}

Test(plan_checks, seccomp_notify, .description = "R323")
{
    struct seccomp_rule rule = {.names = STRINGS("mkdir"), .action = SECCOMP_RET_USER_NOTIF};
    f.section.seccomp = &seccomp;
    seccomp = (struct seccomp){.default_action = SECCOMP_RET_ALLOW};
    seccomp.syscalls.items = &rule;
    seccomp.syscalls.n = 1;
    plan_badly("/linux/seccomp", "SCMP_ACT_NOTIFY needs a listenerPath: nobody would answer");
    seccomp.listener_path = "/run/listener";
    plan_well();
    cr_assert_str_eq(f.plan->listener.path, "/run/listener");
    seccomp.listener_path = "listener";
    plan_well();
    cr_assert_str_eq(f.plan->listener.path, "/bundle/listener");
    rule.action = SECCOMP_RET_ERRNO;
    seccomp.listener_metadata = "x";
    plan_well();
    cr_assert_null(f.plan->listener.path);
    seccomp.listener_path = NULL;
    plan_badly("/linux/seccomp/listenerMetadata", "listenerMetadata goes only with a listenerPath");
}

Test(plan_checks, seccomp_receivers)
{
    f.section.seccomp = &seccomp;
    seccomp = (struct seccomp){.default_action = SECCOMP_RET_USER_NOTIF};
    f.options.seccomp_receiver = "/by/environment";
    plan_well();
    cr_assert_str_eq(f.plan->listener.path, "/by/environment");
    SET_LIST(f.spec.annotations, {"run.oci.seccomp.receiver", "/by/annotation"});
    plan_well();
    cr_assert_str_eq(f.plan->listener.path, "/by/annotation");
    cr_assert_str_eq(f.plan->listener.where, "/annotations/run.oci.seccomp.receiver");
    seccomp.listener_path = "/by/property";
    plan_well();
    cr_assert_str_eq(f.plan->listener.path, "/by/property");
    seccomp.listener_path = NULL;
    SET_LIST(f.spec.annotations, {"run.oci.seccomp.receiver", "relative"});
    plan_badly("/annotations/run.oci.seccomp.receiver", "\"relative\" is not an absolute path");
    SET_LIST(f.spec.annotations, {"run.oci.seccomp.plugins", "x.so"});
    plan_unsupported("/annotations/run.oci.seccomp.plugins",
                     "plugins are not supported: have an agent listen on listenerPath");
}

Test(plan_checks, annotations_that_are_on_or_off)
{
    f.section.seccomp = &seccomp;
    seccomp = (struct seccomp){.default_action = SECCOMP_RET_ALLOW};
    SET_LIST(f.spec.annotations, {"run.oci.seccomp_fail_unknown_syscall", "1"});
    plan_well();
    cr_assert(f.plan->seccomp_strict);
    SET_LIST(f.spec.annotations, {"run.oci.seccomp_fail_unknown_syscall", "false"});
    plan_well();
    cr_assert_not(f.plan->seccomp_strict);
    SET_LIST(f.spec.annotations, {"run.oci.seccomp_fail_unknown_syscall", "yes"});
    plan_badly("/annotations/run.oci.seccomp_fail_unknown_syscall",
               "\"yes\" is neither \"1\" nor \"0\"");
}

/* ---- the rest ---- */

Test(plan_checks, hooks_and_annotations_are_never_null)
{
    plan_well();
    cr_expect_eq(f.plan->hooks->prestart.n, 0);
    cr_expect_eq(f.plan->annotations->n, 0);
    cr_expect(f.plan->new_keyring);
    struct hooks hooks = {0};
    f.spec.hooks = &hooks;
    f.options.no_new_keyring = true;
    plan_well();
    cr_expect_eq(f.plan->hooks, &hooks);
    cr_expect_not(f.plan->new_keyring);
}

Test(plan_checks, all_problems_at_once)
{
    struct intel_rdt intel_rdt = {.schemata = STRINGS("L3")};
    NAMESPACES(NAMESPACE_PID, NAMESPACE_PID);
    f.spec.hostname = "h";
    f.process.args.n = 0;
    f.section.intel_rdt = &intel_rdt;
    cr_expect_eq(plan_make(&f.arena, &f.spec, &f.options, &f.facts, &f.plan, &f.err), -EINVAL);
    cr_expect_eq(f.err.kind, ERROR_CONFIG);
    cr_expect_str_eq(f.err.where, "/linux/namespaces/1");
    cr_expect_str_eq(f.err.text, "the pid namespace is listed twice");
    cr_expect_str_eq(f.err.also,
                     "/process/args: args must not be empty\n"
                     "/hostname: hostname needs a uts namespace in linux.namespaces\n"
                     "/linux/intelRdt/schemata/0: \"L3\" is no line such as \"L3:0=ff;1=ff\"");
}

Test(plan_checks, the_error_may_be_unwanted)
{
    f.options.id = "";
    cr_expect_eq(plan_make(&f.arena, &f.spec, &f.options, &f.facts, &f.plan, NULL), -EINVAL);
}
