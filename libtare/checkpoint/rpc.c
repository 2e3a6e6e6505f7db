/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/rpc.h"

#include <errno.h>

#include "base/fd.h"

#define LOG_LEVEL_DEBUG 4

/* ---- requests: the numbers are those of criu_opts and criu_req ---- */

static void add_flag(struct protobuf *message, unsigned field, bool value)
{
    if (value)
        protobuf_add_number(message, field, 1);
}

static void add_text(struct protobuf *message, unsigned field, const char *text)
{
    if (text)
        protobuf_add_text(message, field, text);
}

/* Messages with two texts: ext_mount_map, join_namespace, cgroup_root. */
static void add_pairs(struct protobuf *message, unsigned field, const struct criu_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        struct protobuf pair _cleanup_(protobuf_release) = PROTOBUF_INIT;
        protobuf_add_text(&pair, 1, pairs->items[i].key);
        protobuf_add_text(&pair, 2, pairs->items[i].value);
        protobuf_add_message(message, field, &pair);
    }
}

static void add_inherited(struct protobuf *message, const struct criu_options *options)
{
    for (size_t i = 0; i < options->n_inherited; i++) {
        struct protobuf inherited _cleanup_(protobuf_release) = PROTOBUF_INIT;
        protobuf_add_text(&inherited, 1, options->inherited[i].key);
        protobuf_add_number(&inherited, 2, (uint64_t)(int64_t)options->inherited[i].fd);
        protobuf_add_message(message, 27, &inherited);
    }
}

static void add_page_server(struct protobuf *message, const struct criu_options *options)
{
    if (!options->page_server)
        return;
    struct protobuf server _cleanup_(protobuf_release) = PROTOBUF_INIT;
    protobuf_add_text(&server, 1, options->page_server);
    protobuf_add_number(&server, 2, (uint64_t)(int64_t)options->page_server_port);
    protobuf_add_message(message, 11, &server);
}

static void add_flags(struct protobuf *message, const struct criu_options *options)
{
    add_flag(message, 3, options->leave_running);
    add_flag(message, 4, options->ext_unix_sk);
    add_flag(message, 5, options->tcp_established);
    add_flag(message, 6, options->evasive_devices);
    add_flag(message, 7, options->shell_job);
    add_flag(message, 8, options->file_locks);
    add_flag(message, 15, options->track_memory);
    add_flag(message, 16, options->auto_dedup);
    add_flag(message, 18, options->link_remap);
    add_flag(message, 26, options->restore_sibling);
    add_flag(message, 30, options->external_masters);
    add_flag(message, 46, options->tcp_skip_in_flight);
    add_flag(message, 48, options->lazy_pages);
    add_flag(message, 52, options->tcp_close);
}

static void write_options(struct protobuf *message, const struct criu_options *options)
{
    protobuf_add_number(message, 1, (uint64_t)(int64_t)options->images_fd);
    if (options->pid > 0)
        protobuf_add_number(message, 2, (uint64_t)options->pid);
    add_flags(message, options);
    protobuf_add_number(message, 9, LOG_LEVEL_DEBUG);
    add_text(message, 10, options->log_file);
    add_page_server(message, options);
    add_flag(message, 12, true); /* notify_scripts */
    add_text(message, 13, options->root);
    add_text(message, 14, options->parent_images);
    protobuf_add_number(message, 17, (uint64_t)(int64_t)options->work_fd);
    add_pairs(message, 23, &options->mounts);
    /* The two fields of a cgroup_root are optional and required, both texts. */
    add_pairs(message, 25, &options->cgroup_roots);
    add_inherited(message, options);
    protobuf_add_number(message, 34, options->cgroups_mode);
    for (size_t i = 0; i < options->n_external; i++)
        protobuf_add_text(message, 37, options->external[i]);
    if (options->empty_namespaces)
        protobuf_add_number(message, 38, options->empty_namespaces);
    add_pairs(message, 39, &options->join_namespaces);
    add_text(message, 44, options->freeze_cgroup);
    add_flag(message, 50,
             true); /* orphan_pts_master: the terminal's other end is with whoever watches it */
    add_text(message, 51, options->config_file);
    add_text(message, 53, options->lsm_profile);
    add_text(message, 60, options->cgroup_yard);
    add_text(message, 63, options->lsm_mount_context);
    if (options->network_lock)
        protobuf_add_number(message, 64, options->network_lock);
}

void criu_request_write(struct protobuf *message, const struct criu_request *request)
{
    protobuf_add_number(message, 1, request->type);
    if (request->options) {
        struct protobuf options _cleanup_(protobuf_release) = PROTOBUF_INIT;
        write_options(&options, request->options);
        protobuf_add_message(message, 2, &options);
    }
    add_flag(message, 3, request->notify_success);
    add_flag(message, 4, request->keep_open);
    if (request->type == CRIU_FEATURE_CHECK) {
        struct protobuf features _cleanup_(protobuf_release) = PROTOBUF_INIT;
        add_flag(&features, 1, request->want_memory_tracking);
        add_flag(&features, 2, request->want_lazy_pages);
        protobuf_add_message(message, 5, &features);
    }
}

/* ---- replies: the numbers are those of criu_resp ---- */

static void keep_text(const struct protobuf_field *field, char ret[CRIU_TEXT_SIZE])
{
    size_t n = field->n < CRIU_TEXT_SIZE ? field->n : CRIU_TEXT_SIZE - 1;
    if (field->bytes)
        memcpy(ret, field->bytes, n);
    ret[field->bytes ? n : 0] = '\0';
}

static void read_restored(const struct protobuf_field *field, struct criu_reply *ret)
{
    if (field->number == 1)
        ret->pid = (pid_t)field->value;
}

static void read_notification(const struct protobuf_field *field, struct criu_reply *ret)
{
    if (field->number == 1)
        keep_text(field, ret->script);
    else if (field->number == 2)
        ret->pid = (pid_t)field->value;
}

static void read_features(const struct protobuf_field *field, struct criu_reply *ret)
{
    if (field->number == 1)
        ret->has_memory_tracking = field->value;
    else if (field->number == 2)
        ret->has_lazy_pages = field->value;
}

static void read_version(const struct protobuf_field *field, struct criu_reply *ret)
{
    unsigned number = field->value < 100 ? (unsigned)field->value : 99;
    if (field->number == 1)
        ret->version += 10000 * number;
    else if (field->number == 2)
        ret->version += 100 * number;
    else if (field->number == 4)
        ret->version += number;
}

static int read_inner(const struct protobuf_field *outer, struct criu_reply *ret,
                      void (*read_field)(const struct protobuf_field *field,
                                         struct criu_reply *ret))
{
    struct protobuf_reader reader = {outer->bytes, outer->bytes ? outer->bytes + outer->n : NULL};
    struct protobuf_field field;
    int r;
    while ((r = protobuf_next(&reader, &field)) > 0)
        read_field(&field, ret);
    return r;
}

static int read_field(const struct protobuf_field *field, struct criu_reply *ret)
{
    switch (field->number) {
    case 1:
        ret->type = (enum criu_request_type)field->value;
        return 0;
    case 2:
        ret->success = field->value;
        return 0;
    case 4:
        return read_inner(field, ret, read_restored);
    case 5:
        return read_inner(field, ret, read_notification);
    case 7:
        ret->code = (int)field->value;
        return 0;
    case 8:
        return read_inner(field, ret, read_features);
    case 9:
        keep_text(field, ret->message);
        return 0;
    case 10:
        return read_inner(field, ret, read_version);
    default:
        return 0;
    }
}

int criu_reply_read(const uint8_t *bytes, size_t n, struct criu_reply *ret)
{
    *ret = (struct criu_reply){0};
    struct protobuf_reader reader = {bytes, bytes + n};
    struct protobuf_field field;
    int r;
    while ((r = protobuf_next(&reader, &field)) > 0)
        if ((r = read_field(&field, ret)) < 0)
            break;
    return r;
}
