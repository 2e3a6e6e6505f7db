/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/protobuf.h"

#include <errno.h>

#include "base/fd.h"

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_64_BITS = 1,
    WIRE_LENGTH = 2,
    WIRE_32_BITS = 5,
};

/* ---- writing ---- */

static void add_bytes(struct protobuf *message, const void *bytes, size_t n)
{
    if (message->failed || n == 0)
        return;
    if (n > message->capacity - message->n) {
        size_t capacity = 2 * (message->n + n) + 64;
        uint8_t *more = realloc(message->bytes, capacity);
        if (!more) {
            message->failed = true;
            return;
        }
        message->bytes = more;
        message->capacity = capacity;
    }
    memcpy(message->bytes + message->n, bytes, n);
    message->n += n;
}

static void add_varint(struct protobuf *message, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;
    for (; value > 0x7f; value >>= 7)
        bytes[n++] = (uint8_t)(value | 0x80);
    bytes[n++] = (uint8_t)value;
    add_bytes(message, bytes, n);
}

static void add_key(struct protobuf *message, unsigned field, enum wire_type type)
{
    add_varint(message, (uint64_t)field << 3 | type);
}

void protobuf_add_number(struct protobuf *message, unsigned field, uint64_t value)
{
    add_key(message, field, WIRE_VARINT);
    add_varint(message, value);
}

static void add_with_length(struct protobuf *message, unsigned field, const void *bytes, size_t n)
{
    add_key(message, field, WIRE_LENGTH);
    add_varint(message, n);
    add_bytes(message, bytes, n);
}

void protobuf_add_text(struct protobuf *message, unsigned field, const char *text)
{
    add_with_length(message, field, text, strlen(text));
}

void protobuf_add_message(struct protobuf *message, unsigned field, const struct protobuf *inner)
{
    message->failed = message->failed || inner->failed;
    add_with_length(message, field, inner->bytes, inner->n);
}

void protobuf_release(struct protobuf *message)
{
    free_ptr(&message->bytes);
    *message = PROTOBUF_INIT;
}

/* ---- reading ---- */

static int read_varint(struct protobuf_reader *reader, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (reader->at == reader->end)
            return -EBADMSG;
        uint8_t byte = *reader->at++;
        /* The tenth byte has room for one bit only. */
        if (shift == 63 && byte > 1)
            return -EBADMSG;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return 0;
        }
    }
    return -EBADMSG;
}

static int read_fixed(struct protobuf_reader *reader, size_t n, uint64_t *ret)
{
    if ((size_t)(reader->end - reader->at) < n)
        return -EBADMSG;
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret |= (uint64_t)reader->at[i] << 8 * i;
    reader->at += n;
    return 0;
}

static int read_bytes(struct protobuf_reader *reader, struct protobuf_field *ret)
{
    uint64_t n;
    if (read_varint(reader, &n) < 0 || n > (size_t)(reader->end - reader->at))
        return -EBADMSG;
    ret->bytes = reader->at;
    ret->n = (size_t)n;
    reader->at += n;
    return 0;
}

int protobuf_next(struct protobuf_reader *reader, struct protobuf_field *ret)
{
    *ret = (struct protobuf_field){0};
    if (reader->at == reader->end)
        return 0;
    uint64_t key;
    int r = read_varint(reader, &key);
    if (r < 0 || key >> 3 == 0 || key >> 3 > 0x1fffffff)
        return -EBADMSG;
    ret->number = (unsigned)(key >> 3);
    switch ((enum wire_type)(key & 7)) {
    case WIRE_VARINT:
        r = read_varint(reader, &ret->value);
        break;
    case WIRE_64_BITS:
        r = read_fixed(reader, 8, &ret->value);
        break;
    case WIRE_32_BITS:
        r = read_fixed(reader, 4, &ret->value);
        break;
    case WIRE_LENGTH:
        r = read_bytes(reader, ret);
        break;
    default:
        r = -EBADMSG;
    }
    return r < 0 ? r : 1;
}
