/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wire format of Protocol Buffers, as far as CRIU's messages need it: numbers as varints, texts and
 * messages with their lengths. Source: https://protobuf.dev/programming-guides/encoding. */

/* A message that is being written. */
struct protobuf {
    uint8_t *bytes; /* malloc'ed */
    size_t n, capacity;
    bool failed; /* out of memory: the message is not whole */
};

#define PROTOBUF_INIT ((struct protobuf){0})

/* Negative numbers are sign-extended by the caller, as the format wants: (uint64_t)(int64_t)number. */
void protobuf_add_number(struct protobuf *message, unsigned field, uint64_t value);
void protobuf_add_text(struct protobuf *message, unsigned field, const char *text);
/* `inner` remains the caller's; its failure becomes the message's. */
void protobuf_add_message(struct protobuf *message, unsigned field, const struct protobuf *inner);
void protobuf_release(struct protobuf *message);

/* A message that is being read; it is not copied. */
struct protobuf_reader {
    const uint8_t *at, *end;
};

struct protobuf_field {
    unsigned number;
    uint64_t value;       /* of a number, 0 otherwise */
    const uint8_t *bytes; /* of a text or a message: NULL for others */
    size_t n;
};

/* The next field: 1; 0 at the end; -EBADMSG for what is no message. Numbers of fixed width are read like
 * others. */
int protobuf_next(struct protobuf_reader *reader, struct protobuf_field *ret);
