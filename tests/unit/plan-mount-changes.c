/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-fixture.h"
#include "spec/parse.h"

/* plan_mount_changes(): the document of `tare mounts`, for the container of the fixture. */

PLAN_SUITE(plan_mount_changes);

static int plan(const char *json, bool removal)
{
    struct mount_list mounts;
    const struct plan_mounts_options options = {
        .bundle = "/bundle", .mounts = &mounts, .removal = removal};
    f.plan = NULL;
    int r = mounts_parse(&f.arena, json, strlen(json), &mounts, NULL, &f.err);
    return r < 0 ? r : plan_mount_changes(&f.arena, &f.spec, &options, &f.facts, &f.plan, &f.err);
}

Test(plan_mount_changes, mounts_are_those_of_the_document)
{
    struct mount configured = {.destination = "/proc", .type = "proc"};
    f.spec.mounts = (struct mount_list){.set = true, .n = 1, .items = &configured};
    cr_assert_eq(plan("[{\"destination\":\"/a\",\"source\":\"b\",\"options\":[\"bind\"]}]", false),
                 0, "%s", f.err.text);
    cr_assert_eq(f.plan->n_mounts, 1);
    cr_expect_str_eq(f.plan->mounts[0].source, "/bundle/b");
    cr_expect_str_eq(f.plan->mounts[0].where, "/0");
    cr_expect_not(f.plan->has_process);
    cr_expect_eq(f.plan->n_devices, 0);
}

Test(plan_mount_changes, pointers_are_into_the_document)
{
    cr_expect_eq(plan("[{\"destination\":\"/a\",\"type\":\"tmpfs\"},"
                      "{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"x=1\"]},"
                      "{\"destination\":\"/\",\"type\":\"tmpfs\"}]",
                      false),
                 -EINVAL);
    cr_expect_str_eq(f.err.where, "/1/options/1");
    cr_expect_not_null(strstr(f.err.also, "/2/destination: nothing can be mounted over the root"));
}

Test(plan_mount_changes, a_mapping_is_the_containers)
{
    struct id_mapping mapping = {.container_id = 0, .host_id = 1000, .size = 10};
    NAMESPACES(NAMESPACE_MOUNT, NAMESPACE_USER);
    f.section.uid_mappings = f.section.gid_mappings =
        (struct id_mapping_list){.set = true, .n = 1, .items = &mapping};
    cr_assert_eq(plan("[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"bind\",\"idmap\"]}"
                      "]",
                      false),
                 0, "%s", f.err.text);
    cr_expect_str_eq(f.plan->mounts[0].idmap_uids, f.plan->namespaces.uid_map);
}

Test(plan_mount_changes, a_removal_looks_at_destinations_alone)
{
    cr_assert_eq(plan("[{\"destination\":\"a//./b/\"},{\"destination\":\"/c\",\"type\":\"none\","
                      "\"options\":[\"bind\",\"x=1\"]}]",
                      true),
                 0, "%s", f.err.text);
    cr_expect_str_eq(f.plan->mounts[0].target, "/a/b");
    cr_expect_str_eq(f.plan->mounts[1].target, "/c");
    cr_expect_str_eq(f.plan->mounts[1].where, "/1/destination");
}

Test(plan_mount_changes, what_confines_is_not_removed)
{
    f.section.masked_paths = STRINGS("/etc/secret");
    f.section.readonly_paths = STRINGS("/etc");
    cr_expect_eq(plan("[{\"destination\":\"/etc//secret\"},{\"destination\":\"/etc/\"},"
                      "{\"destination\":\"/proc\"},{\"destination\":\"/x/../etc\"},"
                      "{\"destination\":\".\"},{\"destination\":\"/etc/other\"}]",
                      true),
                 -EINVAL);
    cr_expect_str_eq(f.err.where, "/0/destination");
    for (int i = 1; i <= 4; i++) {
        char where[32];
        snprintf(where, sizeof(where), "/%d/destination: ", i);
        cr_expect_not_null(strstr(f.err.also, where), "no %s in %s", where, f.err.also);
    }
    cr_expect_null(strstr(f.err.also, "/5/destination"));
}
