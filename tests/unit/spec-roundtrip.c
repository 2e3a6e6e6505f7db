/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <yajl/yajl_tree.h>

#include "spec-fixture.h"
#include "spec/features.h"
#include "spec/write.h"

/* Reading and writing are each other's inverse. */

static bool tree_equal(yajl_val one, yajl_val other);

static bool member_equal(yajl_val one, size_t i, yajl_val other)
{
    for (size_t j = 0; j < other->u.object.len; j++)
        if (!strcmp(one->u.object.keys[i], other->u.object.keys[j]))
            return tree_equal(one->u.object.values[i], other->u.object.values[j]);
    return false;
}

static bool tree_equal(yajl_val one, yajl_val other)
{
    if (one->type != other->type)
        return false;
    if (one->type == yajl_t_string)
        return !strcmp(one->u.string, other->u.string);
    if (one->type == yajl_t_number)
        return !strcmp(one->u.number.r, other->u.number.r);
    if (one->type == yajl_t_array) {
        bool equal = one->u.array.len == other->u.array.len;
        for (size_t i = 0; equal && i < one->u.array.len; i++)
            equal = tree_equal(one->u.array.values[i], other->u.array.values[i]);
        return equal;
    }
    if (one->type == yajl_t_object) {
        bool equal = one->u.object.len == other->u.object.len;
        for (size_t i = 0; equal && i < one->u.object.len; i++)
            equal = member_equal(one, i, other);
        return equal;
    }
    return true;
}

static void expect_same_document(const char *name, const char *one, const char *other)
{
    yajl_val tree = yajl_tree_parse(one, NULL, 0), other_tree = yajl_tree_parse(other, NULL, 0);
    cr_assert(tree && other_tree, "%s", name);
    cr_expect(tree_equal(tree, other_tree), "%s became %s", name, other);
    yajl_tree_free(tree);
    yajl_tree_free(other_tree);
}

static const char *written(struct arena *arena, const struct spec *spec, const char *indent)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    const char *text = NULL;
    cr_assert_eq(spec_write(arena, spec, indent, &text, &err), 0, "%s", err.text);
    return text;
}

static void expect_round_trip(const char *name)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    size_t size;
    char *json = spec_data(name, &size);
    const struct spec *spec = spec_accept(&arena, json);
    expect_same_document(name, json, written(&arena, spec, ""));
    expect_same_document(name, json, written(&arena, spec, "\t"));
    free(json);
}

Test(spec_roundtrip, engines)
{
    expect_round_trip("bundles/podman.json");
    expect_round_trip("bundles/docker.json");
    expect_round_trip("bundles/containerd.json");
}

Test(spec_roundtrip, schema_examples)
{
    expect_round_trip("schema/good/minimal.json");
    expect_round_trip("schema/good/minimal-for-start.json");
    expect_round_trip("schema/good/linux-netdevice.json");
    expect_round_trip("schema/good/linux-rdma.json");
}

/* The example of the specification has a version from before 1.0, and one property of that time. */
Test(spec_roundtrip, specification_example)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    size_t size;
    char *json = spec_data("schema/good/spec-example.json", &size);
    struct spec *spec = NULL;
    struct strings unknown;
    cr_assert_eq(spec_parse(&arena, json, size, &spec, &unknown, &err), -EINVAL);
    cr_expect_str_eq(err.where, "/ociVersion");
    cr_expect_null(err.also, "%s", err.also);

    memcpy(strstr(json, "0.5.0-dev"), "1.5.0-dev", strlen("1.5.0-dev"));
    cr_assert_eq(spec_parse(&arena, json, size, &spec, &unknown, &err), 0, "%s", err.text);
    cr_assert_eq(unknown.n, 1);
    cr_expect_str_eq(unknown.items[0], "/linux/resources/oomScoreAdj");
    char *old = strstr(json, "\"oomScoreAdj\": 100,\n            \"memory\"");
    if (old)
        memset(old, ' ', strlen("\"oomScoreAdj\": 100,"));
    if (old)
        expect_same_document("spec-example", json, written(&arena, spec, "  "));
    free(json);
}

Test(spec_roundtrip, schema_counterexamples)
{
    static const struct {
        const char *name, *where;
    } cases[] = {
        {"schema/bad/invalid-json.json", ""},
        {"schema/bad/linux-hugepage.json", "/linux/resources/hugepageLimits/0/pageSize"},
        {"schema/bad/linux-netdevice.json", "/linux/netDevices/eth0/name"},
        {"schema/bad/linux-rdma.json", "/linux/resources/rdma/mlx5_1/hcaHandles"},
    };
    for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        struct error err _cleanup_(error_release) = ERROR_INIT;
        size_t size;
        char *json = spec_data(cases[i].name, &size);
        struct spec *spec;
        cr_expect_eq(spec_parse(&arena, json, size, &spec, NULL, &err), -EINVAL);
        cr_expect_str_eq(err.where, cases[i].where);
        free(json);
    }
}

/* Absent, empty and zero stay apart. */
Test(spec_roundtrip, edges)
{
    static const char *const documents[] = {
        CONFIG("\"mounts\":[],\"annotations\":{},\"hooks\":{},\"linux\":{}"),
        CONFIG("\"hooks\":{\"prestart\":[]},\"annotations\":{\"a\\\"\\n\":\"\\u0001\"}"),
        LINUX("\"maskedPaths\":[],\"netDevices\":{},\"sysctl\":{},\"seccomp\":"
              "{\"defaultAction\":\"SCMP_ACT_KILL\",\"flags\":[],\"architectures\":[]}"),
        RESOURCES("\"devices\":[{\"allow\":false}],\"pids\":{\"limit\":0},"
                  "\"memory\":{\"disableOOMKiller\":false},\"cpu\":{}"),
        LINUX("\"timeOffsets\":{\"boottime\":{},\"monotonic\":{\"secs\":0,\"nanosecs\":0}},"
              "\"personality\":{\"domain\":\"LINUX\",\"flags\":[]},"
              "\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\",\"flags\":[]}"),
        SECCOMP("\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\","
                "\"errnoRet\":0,\"args\":[{\"index\":0,\"value\":18446744073709551615,"
                "\"valueTwo\":1,\"op\":\"SCMP_CMP_NE\"}]}]"),
        CONFIG("\"vm\":{\"kernel\":{\"path\":\"/k\",\"parameters\":[]},\"hwConfig\":{\"memory\":0,"
               "\"irqs\":[]}}"),
        CONFIG("\"mounts\":[{\"destination\":\"/a\",\"options\":[],\"uidMappings\":[],"
               "\"gidMappings\":[]}]"),
    };
    for (size_t i = 0; i < ELEMENTSOF(documents); i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        const struct spec *spec = spec_accept(&arena, documents[i]);
        expect_same_document(documents[i], documents[i], written(&arena, spec, ""));
    }
}

Test(spec_roundtrip, form)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = spec_accept(&arena, CONFIG("\"mounts\":[],\"hooks\":{}"));
    cr_expect_str_eq(written(&arena, spec, ""),
                     "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"mounts\":[],"
                     "\"hooks\":{}}");
    cr_expect_str_eq(written(&arena, spec, "  "),
                     "{\n  \"ociVersion\": \"1.2.0\",\n  \"root\": {\n    \"path\": \"rootfs\"\n"
                     "  },\n  \"mounts\": [],\n  \"hooks\": {}\n}");
}

Test(spec_roundtrip, what_cannot_be_written)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct spec *spec = spec_accept(&arena, CONFIG("\"hostname\":\"a\""));
    const char *text = NULL;
    spec->hostname = "\xff";
    cr_expect_eq(spec_write(&arena, spec, "", &text, &err), -EINVAL);
    cr_expect_null(text);
    cr_expect_str_eq(err.text, "cannot write a config as JSON: \"\xff\" is not UTF-8");
}

static struct spec *default_of(struct arena *arena, bool rootless)
{
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct spec *spec = NULL;
    cr_assert_eq(spec_default(arena, rootless, 1000, 1001, &spec, &err), 0, "%s", err.text);
    return spec;
}

Test(spec_roundtrip, default_configuration)
{
    for (int rootless = 0; rootless < 2; rootless++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        const char *text = written(&arena, default_of(&arena, rootless), "\t");
        const struct spec *again = spec_accept(&arena, text);
        cr_expect_str_eq(written(&arena, again, "\t"), text);
        cr_expect(strstr(text, "\n\t\"process\": {\n\t\t\"terminal\": true,"));
    }
}

Test(spec_roundtrip, default_configuration_of_root)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = default_of(&arena, false);
    cr_expect_str_eq(spec->oci_version, SPEC_VERSION);
    cr_expect_str_eq(spec->hostname, "tare");
    cr_expect(spec->root->readonly);
    cr_expect(spec->process->terminal && spec->process->no_new_privileges);
    cr_expect_str_eq(spec->process->args.items[0], "sh");
    cr_expect_eq(spec->process->capabilities->bounding.n, 3);
    cr_expect_not(spec->process->capabilities->ambient.set);
    cr_expect_not(spec->process->capabilities->inheritable.set);
    cr_expect_eq(spec->mounts.n, 7);
    cr_expect_eq(spec->linux_section->namespaces.n, 6);
    cr_expect_eq(spec->linux_section->resources->devices.n, 1);
    cr_expect_not(spec->linux_section->resources->devices.items[0].allow);
    cr_expect_not(spec->linux_section->uid_mappings.set);
}

Test(spec_roundtrip, default_configuration_of_a_user)
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    const struct spec *spec = default_of(&arena, true);
    const struct linux_section *section = spec->linux_section;
    cr_expect_eq(section->uid_mappings.items[0].host_id, 1000);
    cr_expect_eq(section->gid_mappings.items[0].host_id, 1001);
    cr_expect_null(section->resources);
    bool user = false;
    for (size_t i = 0; i < section->namespaces.n; i++) {
        user = user || section->namespaces.items[i].type == NAMESPACE_USER;
        cr_expect_neq(section->namespaces.items[i].type, NAMESPACE_NETWORK);
    }
    cr_expect(user);
    for (size_t i = 0; i < spec->mounts.n; i++) {
        const struct strings *options = &spec->mounts.items[i].options;
        for (size_t j = 0; j < options->n; j++)
            cr_expect_str_neq(options->items[j], "gid=5");
    }
}

Test(spec_roundtrip, features, .description = "R361 R362")
{
    struct arena arena _cleanup_(arena_release) = ARENA_INIT;
    struct error err _cleanup_(error_release) = ERROR_INIT;
    struct features *features = NULL;
    cr_assert_eq(features_new(&arena, &features, &err), 0);
    features->mount_options = (struct strings){.set = true};
    features->linux_section->cgroup->v2 = (struct opt_bool){.set = true, .value = true};
    const char *text = NULL;
    cr_assert_eq(features_write(&arena, features, "    ", &text, &err), 0);
    static const char start[] = "{\n    \"ociVersionMin\": \"1.0.0\",\n"
                                "    \"ociVersionMax\": \"1.3.0\",\n    \"hooks\": [\n"
                                "        \"prestart\",\n";
    cr_expect(!strncmp(text, start, sizeof(start) - 1), "%s", text);
    cr_expect(strstr(text, "    \"mountOptions\": [],\n    \"linux\": {"));
    cr_expect(strstr(text, "\"cgroup\": {\n            \"v2\": true\n        },"));

    struct features *again = NULL;
    cr_assert_eq(
        json_parse(&arena, &features_type, text, strlen(text), (void **)&again, NULL, &err), 0,
        "%s", err.text);
    cr_expect_eq(again->linux_section->seccomp->archs.n, 23);
    cr_expect_eq(again->linux_section->memory_policy->modes.n, 7);
}

Test(spec_roundtrip, features_of_others, .description = "R361")
{
    static const char *const names[] = {"features/minimal.json", "features/runc.json"};
    for (size_t i = 0; i < ELEMENTSOF(names); i++) {
        struct arena arena _cleanup_(arena_release) = ARENA_INIT;
        struct error err _cleanup_(error_release) = ERROR_INIT;
        size_t size;
        char *json = spec_data(names[i], &size);
        struct features *features = NULL;
        cr_assert_eq(json_parse(&arena, &features_type, json, size, (void **)&features, NULL, &err),
                     0, "%s", err.text);
        const char *text = NULL;
        cr_assert_eq(features_write(&arena, features, "", &text, &err), 0);
        expect_same_document(names[i], json, text);
        free(json);
    }
}
