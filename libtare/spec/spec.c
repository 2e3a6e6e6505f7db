/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-kind.h"
#include "spec/parse.h"
#include "spec/tables.h"
#include "spec/write.h"

int spec_parse(struct arena *arena, const char *json, size_t size, struct spec **ret,
               struct strings *unknown, struct error *err)
{
    return json_parse(arena, &config_type, json, size, (void **)ret, unknown, err);
}

int process_parse(struct arena *arena, const char *json, size_t size, struct process **ret,
                  struct strings *unknown, struct error *err)
{
    return json_parse(arena, &process_type, json, size, (void **)ret, unknown, err);
}

int resources_parse(struct arena *arena, const char *json, size_t size, struct resources **ret,
                    struct strings *unknown, struct error *err)
{
    return json_parse(arena, &resources_type, json, size, (void **)ret, unknown, err);
}

int mounts_parse(struct arena *arena, const char *json, size_t size, struct mount_list *ret,
                 struct strings *unknown, struct error *err)
{
    return json_parse_list(arena, &mount_type, json, size, (struct json_list *)ret, unknown, err);
}

int spec_write(struct arena *arena, const struct spec *spec, const char *indent, const char **ret,
               struct error *err)
{
    return json_write(arena, &config_type, spec, indent, ret, err);
}

int resources_write(struct arena *arena, const struct resources *resources, const char *indent,
                    const char **ret, struct error *err)
{
    return json_write(arena, &resources_type, resources, indent, ret, err);
}
