/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

/* Collects what is wrong with a configuration, so that all of it is reported at once: the first
 * problem becomes the error, each further one a line "POINTER: text" of err->also. Planning goes on
 * after a problem; what it then produces is thrown away. */

struct problems {
    struct error *err; /* may be NULL: problems are only counted */
    size_t n;
    int code; /* negative errno of the first problem */
};

/* The configuration is wrong at `where`, a JSON pointer: -EINVAL, ERROR_CONFIG. */
void problem_config(struct problems *problems, const char *where, const char *format, ...)
    _printf_(3, 4);
/* It is right, and this version, kernel or host cannot do it: -ENOTSUP, ERROR_UNSUPPORTED. */
void problem_unsupported(struct problems *problems, const char *where, const char *format, ...)
    _printf_(3, 4);

/* 0, or the errno of the first problem. */
int problems_result(const struct problems *problems);
