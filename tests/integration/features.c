/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/support/json.h"
#include "tests/support/run.h"
#include "tests/support/text.h"

/* What `tare features` promises: every name that it lists is given back to tare in a configuration. */

TestSuite(features, TEST_SUITE);

static struct json *features(void)
{
    struct result *result = tare("features", NULL);

    assert_status(result, 0);
    return json_parse(result->out);
}

static struct result *check(const struct bundle *bundle)
{
    bundle_write(bundle);
    return tare("--log", WORK "/log", "check", "--bundle", bundle->path, NULL);
}

/* Calls `try` for each name in a list of the document; there is at least one. */
static void each_name(const char *list, void (*try)(const char *name))
{
    struct json *document = features();
    size_t n = json_length(json_at(document, list));

    cr_assert_gt(n, 0, "%s is empty", list);
    for (size_t i = 0; i < n; i++)
        try(json_text(document, text_format("%s/%zu", list, i)));
}

static void assert_accepted(const struct bundle *bundle, const char *name)
{
    struct result *result = check(bundle);

    cr_expect_eq(result->status, 0, "%s: %s", name, result->err);
}

/* ---- versions ---- */

Test(features, both_versions_are_taken, .description = "R363 R364 R365")
{
    static const char *const ends[] = {"/ociVersionMin", "/ociVersionMax"};
    struct json *document = features();

    for (int i = 0; i < 2; i++) {
        struct bundle *bundle = bundle_new();

        bundle_set(bundle, "/ociVersion", "\"%s\"", json_text(document, ends[i]));
        bundle_run_ok(bundle);
    }
    cr_assert_leq(strcmp(json_text(document, ends[0]), json_text(document, ends[1])), 0);
}

Test(features, nothing_is_newer_than_the_latest_version,
     .description = "R366: network devices and memory policies are of 1.3.0")
{
    struct json *document = features();

    cr_assert_not_null(json_at(document, "/linux/netDevices"));
    cr_assert_not_null(json_at(document, "/linux/memoryPolicy"));
    cr_assert_geq(strcmp(json_text(document, "/ociVersionMax"), "1.3.0"), 0);
}

static void hide_the_host(const void *data)
{
    (void)data;
    /* The rest of /proc is for the sanitizers. */
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/sys", "tmpfs", 0, NULL) < 0 ||
        mount("none", "/proc/sys", "tmpfs", 0, NULL) < 0)
        _exit(201);
}

Test(features, they_are_the_same_on_any_host, .description = "R360")
{
    struct setting setting = {.prepare = hide_the_host};
    struct result *elsewhere = tare_with(&setting, "features", NULL);

    assert_status(elsewhere, 0);
    cr_assert_str_eq(elsewhere->out, tare("features", NULL)->out);
}

/* ---- names ---- */

static void try_hook(const char *name)
{
    struct bundle *bundle = bundle_new();

    file_copy(payload_binary(), WORK "/hook");
    file_copy(payload_binary(), bundle_path(bundle, WORK "/hook"));
    bundle_set(bundle, text_format("/hooks/%s", name),
               "[{\"path\":\"" WORK "/hook\",\"args\":[\"hook\",\"exit\",\"0\"]}]");
    bundle_run_ok(bundle);
}

Test(features, every_kind_of_hook_works, .description = "R367")
{
    each_name("/hooks", try_hook);
}

static void try_mount_option(const char *name)
{
    struct bundle *bundle = bundle_new();
    bool maps = strcmp(name, "idmap") == 0 || strcmp(name, "ridmap") == 0;
    bool is_of_tmpfs = strcmp(name, "tmpcopyup") == 0;

    directory_make(WORK "/source");
    bundle_mount(bundle, is_of_tmpfs ? "tmpfs" : "bind", WORK "/source", "/mnt",
                 text_format(is_of_tmpfs ? "\"%s\"" : "\"bind\",\"%s\"", name));
    if (maps) {
        bundle_set(bundle, "/mounts/7/uidMappings",
                   "[{\"containerID\":0,\"hostID\":1,\"size\":1}]");
        bundle_set(bundle, "/mounts/7/gidMappings",
                   "[{\"containerID\":0,\"hostID\":1,\"size\":1}]");
    }
    struct result *result = check(bundle);
    cr_expect_eq(result->status, 0, "%s: %s", name, result->err);
}

static void is_of_no_filesystem(const char *name)
{
    static const char *const theirs[] = {"size", "mode", "acl", "noacl", "uid", "gid", "nr_inodes"};

    for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
        cr_assert_str_neq(name, theirs[i]);
    cr_assert_null(strchr(name, '='), "%s", name);
}

Test(features, every_mount_option_is_known, .description = "R368 R369")
{
    each_name("/mountOptions", try_mount_option);
    each_name("/mountOptions", is_of_no_filesystem);
}

static void try_namespace(const char *name)
{
    struct bundle *bundle = bundle_new();

    if (strcmp(name, "user") == 0) {
        bundle_map_users(bundle);
    } else {
        bundle_remove_namespace(bundle, name);
        bundle_add_namespace(bundle, name, NULL);
    }
    bundle_run_ok(bundle);
}

Test(features, every_namespace_works, .description = "R199 R373")
{
    each_name("/linux/namespaces", try_namespace);
}

static void try_capability(const char *name)
{
    struct bundle *bundle = bundle_new();

    file_write(WORK "/log", "%s", "");
    bundle_set(bundle, "/process/capabilities/bounding", "[\"%s\"]", name);
    assert_status(check(bundle), 0);
    assert_lacks(file_read(WORK "/log"), "is unknown");
}

Test(features, every_capability_is_known, .description = "R374")
{
    cr_assert_geq(json_length(json_at(features(), "/linux/capabilities")), 41);
    each_name("/linux/capabilities", try_capability);
}

/* ---- seccomp ---- */

static struct bundle *bundle_filtered(const char *rule)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/seccomp", "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[%s]}",
               rule);
    return bundle;
}

static void try_action(const char *name)
{
    struct bundle *bundle =
        bundle_filtered(text_format("{\"names\":[\"getppid\"],\"action\":\"%s\"}", name));

    if (strcmp(name, "SCMP_ACT_NOTIFY") == 0)
        bundle_set(bundle, "/linux/seccomp/listenerPath", "\"" WORK "/agent\"");
    assert_accepted(bundle, name);
}

static void try_operator(const char *name)
{
    assert_accepted(
        bundle_filtered(text_format(
            "{\"names\":[\"umask\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,"
            "\"value\":4096,\"valueTwo\":4096,\"op\":\"%s\"}]}",
            name)),
        name);
}

static void try_architecture(const char *name)
{
    struct bundle *bundle =
        bundle_filtered("{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ERRNO\"}");

    bundle_set(bundle, "/linux/seccomp/architectures", "[\"%s\"]", name);
    assert_accepted(bundle, name);
}

static void try_known_flag(const char *name)
{
    struct bundle *bundle =
        bundle_filtered("{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_NOTIFY\"}");

    bundle_set(bundle, "/linux/seccomp/listenerPath", "\"" WORK "/agent\"");
    bundle_set(bundle, "/linux/seccomp/flags", "[\"%s\"]", name);
    assert_accepted(bundle, name);
    /* They must be known ones, too. */
    cr_assert_not_null(strstr(json_write(json_at(features(), "/linux/seccomp/knownFlags")), name));
}

Test(features, every_seccomp_name_is_known, .description = "R376 R377 R378 R379 R380 R381")
{
    cr_assert_str_eq(json_text(features(), "/linux/seccomp/enabled"), "true");
    each_name("/linux/seccomp/actions", try_action);
    each_name("/linux/seccomp/operators", try_operator);
    each_name("/linux/seccomp/archs", try_architecture);
    each_name("/linux/seccomp/knownFlags", try_known_flag);
    each_name("/linux/seccomp/supportedFlags", try_known_flag);
}

/* ---- memory policies ---- */

static void try_mode(const char *name)
{
    struct bundle *bundle = bundle_new();
    bool has_nodes = strcmp(name, "MPOL_DEFAULT") != 0 && strcmp(name, "MPOL_LOCAL") != 0;

    bundle_set(bundle, "/linux/memoryPolicy", "{\"mode\":\"%s\"%s}", name,
               has_nodes ? ",\"nodes\":\"0\"" : "");
    assert_status(check(bundle), 0);
}

static void try_policy_flag(const char *name)
{
    struct bundle *bundle = bundle_new();

    bundle_set(bundle, "/linux/memoryPolicy",
               "{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"%s\"]}", name);
    assert_status(check(bundle), 0);
}

Test(features, every_memory_policy_is_known, .description = "R384 R385")
{
    each_name("/linux/memoryPolicy/modes", try_mode);
    each_name("/linux/memoryPolicy/flags", try_policy_flag);
}

/* ---- switches and annotations ---- */

Test(features, switches_say_what_is_built_in,
     .description = "R370 R375 R376 R382 R383 R386 R387 R389")
{
    static const struct {
        const char *pointer, *value;
    } switches[] = {
        {"/linux/cgroup/v1", "false"},          {"/linux/cgroup/v2", "true"},
        {"/linux/cgroup/rdma", "true"},         {"/linux/seccomp/enabled", "true"},
        {"/linux/apparmor/enabled", "true"},    {"/linux/selinux/enabled", "true"},
        {"/linux/intelRdt/enabled", "true"},    {"/linux/intelRdt/schemata", "true"},
        {"/linux/intelRdt/monitoring", "true"}, {"/linux/mountExtensions/idmap/enabled", "true"},
        {"/linux/netDevices/enabled", "true"},
    };
    struct json *document = features();

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        const char *value = json_text(document, switches[i].pointer);

        cr_assert_not_null(value, "%s", switches[i].pointer);
        cr_expect_str_eq(value, switches[i].value, "%s", switches[i].pointer);
    }
}

/* A name that ends in a dot stands for all that begin with it. */
static bool is_named(const struct json *list, const char *annotation)
{
    for (size_t i = 0; i < json_length(list); i++) {
        const char *name = json_text(list, text_format("/%zu", i));
        size_t length = strlen(name);

        if (strcmp(name, annotation) == 0 ||
            (name[length - 1] == '.' && strncmp(name, annotation, length) == 0))
            return true;
    }
    return false;
}

/* Each name between backquotes of the first column of the table, and of the paragraphs after it, is given
 * to `try`. */
static void each_documented_annotation(void (*try)(const char *name))
{
    char *rest = file_read(TEST_SRCDIR "/docs/annotations.md"), *line;
    size_t n = 0;

    while ((line = strsep(&rest, "\n")) != NULL) {
        bool is_row = strncmp(line, "| `", 3) == 0;
        char *end = is_row ? strchr(line + 1, '|') : NULL;

        if (end != NULL)
            *end = '\0';
        for (strsep(&line, "`"); line != NULL; strsep(&line, "`")) {
            const char *name = strsep(&line, "`");

            if (strncmp(name, "run.oci.", 8) != 0 && strncmp(name, "org.", 4) != 0)
                continue;
            try(name);
            n++;
        }
    }
    cr_assert_gt(n, 10);
}

static void expect_named(const char *name)
{
    cr_expect(is_named(json_at(features(), "/potentiallyUnsafeConfigAnnotations"), name), "%s",
              name);
}

Test(features, annotations_that_change_something_are_named,
     .description = "R371 R372: all of docs/annotations.md")
{
    struct json *document = features();

    each_documented_annotation(expect_named);
    cr_assert_not_null(json_text(document, "/annotations/dev.tare.version"));
    cr_assert_null(json_at(document, "/annotations/"));
}
