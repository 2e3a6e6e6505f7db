/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/* A value of D-Bus with its type, as properties of systemd units have. All of it is the arena's. */
struct variant {
    const char *type; /* one complete type of D-Bus: "t", "as", "a(st)" */
    union {
        uint64_t number;  /* b y n q i u x t; negative ones as two's complement */
        double real;      /* d */
        const char *text; /* s o g */
    };
    const struct variant *items; /* of an array or a tuple */
    size_t n;
};

/* Read GVariant's text form: 5, uint64 5, true, 'text', "text", ['a', 'b'], (1, 'a'), @as [], b'bytes'.
 * A number without a type is an int32, or a double when it has a point; elements of an array are of
 * the type of the first. 0, -ENOMEM, or -EINVAL with the reason as the error's text. */
int variant_parse(struct arena *arena, const char *text, struct variant *ret, struct error *err);

/* The text form again; NULL when out of memory. */
const char *variant_print(struct arena *arena, const struct variant *variant);

struct variant variant_text(const char *text);
struct variant variant_bool(bool value);
struct variant variant_u64(uint64_t value);

/* Length of the one complete type that a signature begins with, 0 when it begins with none that is
 * known here. */
size_t variant_type_length(const char *signature);
