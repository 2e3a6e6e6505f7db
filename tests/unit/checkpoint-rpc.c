/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/rpc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/macros.h"

/* The bytes of messages, as protoc makes them of rpc.proto. */

TestSuite(checkpoint_rpc);

static struct protobuf message;

static void assert_bytes(const char *bytes, size_t n)
{
    cr_assert_not(message.failed);
    cr_assert_eq(message.n, n, "%zu bytes, not %zu", message.n, n);
    cr_assert_eq(memcmp(message.bytes, bytes, n), 0);
    protobuf_release(&message);
}

#define ASSERT_BYTES(literal) assert_bytes(literal, sizeof(literal) - 1)

static int read_reply(const char *bytes, size_t n, struct criu_reply *ret)
{
    return criu_reply_read((const uint8_t *)bytes, n, ret);
}

#define READ(literal, ret) read_reply(literal, sizeof(literal) - 1, ret)

/* ---- the format ---- */

Test(checkpoint_rpc, numbers_have_seven_bits_a_byte)
{
    protobuf_add_number(&message, 1, 0);
    ASSERT_BYTES("\x08\x00");
    protobuf_add_number(&message, 1, 127);
    ASSERT_BYTES("\x08\x7f");
    protobuf_add_number(&message, 1, 150);
    ASSERT_BYTES("\x08\x96\x01");
    protobuf_add_number(&message, 16, 1);
    ASSERT_BYTES("\x80\x01\x01");
    protobuf_add_number(&message, 1, (uint64_t)-1);
    ASSERT_BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

Test(checkpoint_rpc, texts_and_messages_have_lengths)
{
    struct protobuf inner = PROTOBUF_INIT;

    protobuf_add_text(&message, 2, "testing");
    ASSERT_BYTES("\x12\x07testing");
    protobuf_add_text(&message, 2, "");
    ASSERT_BYTES("\x12\x00");
    protobuf_add_number(&inner, 1, 150);
    protobuf_add_message(&message, 3, &inner);
    ASSERT_BYTES("\x1a\x03\x08\x96\x01");
    protobuf_release(&inner);
}

Test(checkpoint_rpc, a_failure_of_an_inner_message_is_the_outer_ones)
{
    const struct protobuf inner = {.failed = true};

    protobuf_add_message(&message, 1, &inner);
    cr_assert(message.failed);
    protobuf_release(&message);
}

Test(checkpoint_rpc, what_is_no_message_is_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"\x08", 1},                                              /* no value */
        {"\x08\x80", 2},                                          /* a value without an end */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11},     /* more than 64 bits */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* longer than any */
        {"\x00\x01", 2},                                          /* field 0 */
        {"\x0b\x01", 2},                                          /* a group */
        {"\x0f\x01", 2},                                          /* no type */
        {"\x12\x05"
         "abc",
         5},                                                  /* shorter than its length */
        {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, /* a length beyond all */
        {"\x0d\x01\x02\x03", 4},                              /* 3 of 4 bytes */
        {"\x09\x01\x02\x03", 4},                              /* 3 of 8 bytes */
        {"\xf8\xff\xff\xff\xff\x01\x01", 7},                  /* a number of a field beyond all */
        {"\x2a\x01\x08", 3},                                  /* an inner message without an end */
    };
    struct criu_reply reply;

    for (size_t i = 0; i < ELEMENTSOF(cases); i++)
        cr_assert_eq(read_reply(cases[i].bytes, cases[i].n, &reply), -EBADMSG, "case %zu", i);
}

/* ---- requests ---- */

Test(checkpoint_rpc, a_request_says_what_is_asked_for)
{
    criu_request_write(&message, &(struct criu_request){.type = CRIU_VERSION, .keep_open = true});
    ASSERT_BYTES("\x08\x0a\x20\x01");
    criu_request_write(&message,
                       &(struct criu_request){.type = CRIU_NOTIFY, .notify_success = true});
    ASSERT_BYTES("\x08\x06\x18\x01");
    criu_request_write(&message, &(struct criu_request){.type = CRIU_NOTIFY});
    ASSERT_BYTES("\x08\x06");
    criu_request_write(&message,
                       &(struct criu_request){.type = CRIU_FEATURE_CHECK, .want_lazy_pages = true});
    ASSERT_BYTES("\x08\x09\x2a\x02\x10\x01");
}

Test(checkpoint_rpc, options_are_under_their_numbers)
{
    struct criu_pair mounts[] = {{"/a", "/b"}}, roots[] = {{"", "/c"}};
    struct criu_inherited inherited[] = {{"pipe:[1]", 4}};
    const char *external[] = {"net[5]:x"};
    const struct criu_options options = {
        .images_fd = 7,
        .work_fd = 8,
        .pid = 300,
        .leave_running = true,
        .log_file = "dump.log",
        .cgroups_mode = CRIU_CGROUPS_SOFT,
        .network_lock = CRIU_NETWORK_LOCK_SKIP,
        .empty_namespaces = CLONE_NEWNET,
        .page_server = "h",
        .page_server_port = 80,
        .mounts = {.items = mounts, .n = 1},
        .cgroup_roots = {.items = roots, .n = 1},
        .inherited = inherited,
        .n_inherited = 1,
        .external = external,
        .n_external = 1,
    };

    criu_request_write(&message, &(struct criu_request){.type = CRIU_DUMP, .options = &options});
    ASSERT_BYTES("\x08\x01"
                 "\x12\x5d"
                 "\x08\x07"     /* images_dir_fd */
                 "\x10\xac\x02" /* pid */
                 "\x18\x01"     /* leave_running */
                 "\x48\x04"     /* log_level */
                 "\x52\x08"
                 "dump.log"                             /* log_file */
                 "\x5a\x05\x0a\x01h\x10\x50"            /* ps */
                 "\x60\x01"                             /* notify_scripts */
                 "\x88\x01\x08"                         /* work_dir_fd */
                 "\xba\x01\x08\x0a\x02/a\x12\x02/b"     /* ext_mnt */
                 "\xca\x01\x06\x0a\x00\x12\x02/c"       /* cg_root */
                 "\xda\x01\x0c\x0a\x08pipe:[1]\x10\x04" /* inherit_fd */
                 "\x90\x02\x03"                         /* manage_cgroups_mode */
                 "\xaa\x02\x08net[5]:x"                 /* external */
                 "\xb0\x02\x80\x80\x80\x80\x04"         /* empty_ns */
                 "\x90\x03\x01"                         /* orphan_pts_master */
                 "\x80\x04\x03" /* network_lock */);
}

Test(checkpoint_rpc, texts_are_under_their_numbers)
{
    const struct criu_options options = {
        .images_fd = 5,
        .work_fd = 5,
        .lsm_profile = "apparmor:a",
        .lsm_mount_context = "b",
        .cgroup_yard = "/yard",
    };
    struct protobuf_reader reader;
    struct protobuf_field field;
    int found = 0;

    criu_request_write(&message, &(struct criu_request){.type = CRIU_RESTORE, .options = &options});
    reader = (struct protobuf_reader){message.bytes, message.bytes + message.n};
    while (protobuf_next(&reader, &field) > 0 && field.number != 2)
        ;
    reader = (struct protobuf_reader){field.bytes, field.bytes + field.n};
    while (protobuf_next(&reader, &field) > 0) {
        const char *wanted = field.number == 53   ? "apparmor:a"
                             : field.number == 60 ? "/yard"
                             : field.number == 63 ? "b"
                                                  : NULL;

        if (!wanted)
            continue;
        cr_assert_eq(field.n, strlen(wanted));
        cr_assert_eq(memcmp(field.bytes, wanted, field.n), 0);
        found++;
    }
    cr_assert_eq(found, 3);
    protobuf_release(&message);
}

/* ---- replies ---- */

Test(checkpoint_rpc, a_version_is_one_number)
{
    struct criu_reply reply;

    /* 3.17.1, with a gitid, a name and a number that we do not know */
    cr_assert_eq(
        READ("\x08\x0a\x10\x01\x52\x0f\x08\x03\x10\x11\x1a\x02v3\x20\x01\x32\x03xyz", &reply), 0);
    cr_assert_eq(reply.type, CRIU_VERSION);
    cr_assert(reply.success);
    cr_assert_eq(reply.version, 31701);
    cr_assert_eq(READ("\x08\x0a\x10\x01\x52\x04\x08\x04\x10\x02", &reply), 0);
    cr_assert_eq(reply.version, 40200);
    /* No version of this world makes another one of it. */
    cr_assert_eq(READ("\x08\x0a\x52\x06\x08\xe8\x07\x10\xe8\x07", &reply), 0);
    cr_assert_eq(reply.version, 999900);
}

Test(checkpoint_rpc, a_notification_names_a_step_and_a_process)
{
    struct criu_reply reply;

    cr_assert_eq(READ("\x08\x06\x10\x01\x2a\x11\x0a\x0cpost-restore\x10\xac\x02", &reply), 0);
    cr_assert_eq(reply.type, CRIU_NOTIFY);
    cr_assert_str_eq(reply.script, "post-restore");
    cr_assert_eq(reply.pid, 300);
    /* Not a text. */
    cr_assert_eq(READ("\x08\x06\x2a\x02\x08\x01", &reply), 0);
    cr_assert_str_eq(reply.script, "");
}

Test(checkpoint_rpc, a_failure_has_a_code_and_maybe_a_text)
{
    struct criu_reply reply;

    cr_assert_eq(READ("\x08\x02\x10\x00\x22\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x38\x11"
                      "\x4a\x03no!",
                      &reply),
                 0);
    cr_assert_eq(reply.type, CRIU_RESTORE);
    cr_assert_not(reply.success);
    cr_assert_eq(reply.code, EEXIST);
    cr_assert_eq(reply.pid, -1);
    cr_assert_str_eq(reply.message, "no!");
}

Test(checkpoint_rpc, features_are_there_or_not)
{
    struct criu_reply reply;

    cr_assert_eq(READ("\x08\x09\x10\x01\x42\x04\x08\x00\x10\x01", &reply), 0);
    cr_assert_not(reply.has_memory_tracking);
    cr_assert(reply.has_lazy_pages);
}

Test(checkpoint_rpc, long_texts_are_cut_and_unknown_fields_are_passed_over)
{
    struct criu_reply reply;
    struct protobuf bytes = PROTOBUF_INIT;
    char text[400];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    protobuf_add_text(&bytes, 9, text);
    protobuf_add_number(&bytes, 99, 5);
    protobuf_add_text(&bytes, 98, "?");
    cr_assert_eq(criu_reply_read(bytes.bytes, bytes.n, &reply), 0);
    cr_assert_eq(strlen(reply.message), CRIU_TEXT_SIZE - 1);
    /* Numbers of fixed width. */
    cr_assert_eq(
        READ("\x08\x01\x95\x06\x01\x02\x03\x04\x91\x06\x01\x02\x03\x04\x05\x06\x07\x08", &reply),
        0);
    cr_assert_eq(reply.type, CRIU_DUMP);
    protobuf_release(&bytes);
}
