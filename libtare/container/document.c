/* SPDX-License-Identifier: Apache-2.0 */
#include "container/document.h"

#include <errno.h>
#include <sys/stat.h>

#include "container/api.h"
#include "spec/json.h"

struct document {
    const char *oci_version, *id;
    int pid;
    const char *status, *bundle, *rootfs, *created, *systemd_scope;
    struct string_map annotations;
    const char *owner;
};

static const struct json_field document_fields[] = {
    JSON_FIELD(struct document, oci_version, "ociVersion", JSON_STRING),
    JSON_FIELD(struct document, id, "id", JSON_STRING),
    /* Required: a stopped container has the pid 0, and that is told. */
    JSON_FIELD(struct document, pid, "pid", JSON_INT, .required = true),
    JSON_FIELD(struct document, status, "status", JSON_STRING),
    JSON_FIELD(struct document, bundle, "bundle", JSON_STRING),
    JSON_FIELD(struct document, rootfs, "rootfs", JSON_STRING),
    JSON_FIELD(struct document, created, "created", JSON_STRING),
    JSON_FIELD(struct document, systemd_scope, "systemd-scope", JSON_STRING),
    JSON_FIELD(struct document, annotations, "annotations", JSON_STRING_MAP),
    JSON_FIELD(struct document, owner, "owner", JSON_STRING),
};

static JSON_TYPE(struct document, document);

const char *container_created(const struct container *container, struct arena *arena)
{
    struct stat st = {0};
    if (container->state)
        return container->state->created;
    /* Readers take it for a time: an empty one makes a Go program refuse the whole list. */
    (void)fstat(container->home.fd, &st);
    return timestamp_format(arena, &st.st_mtim);
}

int state_document(const struct container *container, struct arena *arena, const char *id,
                   const char *owner, const char *indent, const char **ret, struct error *err)
{
    static const struct state unknown = {.bundle = "", .rootfs = ""};
    const struct state *state = container->state ? container->state : &unknown;
    struct document document = {
        .oci_version = tare_spec_version(),
        .id = id,
        .pid = container->status == STATUS_STOPPED ? 0 : (int)state->pid,
        .status = status_name(container->status),
        .bundle = state->bundle,
        .rootfs = state->rootfs,
        .created = container_created(container, arena),
        /* crun's `list` has no such member. */
        .systemd_scope = owner ? NULL : state->systemd_unit,
        .annotations = state->annotations,
        .owner = owner ? owner : "",
    };
    if (!document.created)
        return error_sys(err, ENOMEM, "print the state");
    document.annotations.set = document.annotations.n > 0;
    return json_write(arena, &document_type, &document, indent, ret, err);
}

int tare_container_state(const struct tare_settings *given, const char *id, char **ret_json,
                         tare_error *error)
{
    struct error *err = error_begin(error);
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    struct container container _cleanup_(container_release) = CONTAINER_INIT;
    struct settings settings;
    const char *json;
    int r = settings_read(&settings, &arena, given, err);
    if (r == 0)
        r = container_open(&container, &arena, &settings, id, false, err);
    if (r == 0)
        r = state_document(&container, &arena, id, NULL, "  ", &json, err);
    if (r < 0)
        return r;
    *ret_json = strdup(json);
    return *ret_json ? 0 : error_sys(err, ENOMEM, "print the state");
}
