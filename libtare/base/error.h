/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

/* The one error object of the house.
 *
 * Every function that can fail returns 0 or a negative errno and fills a struct error, which says what
 * was being done, where that was asked for and what helps. The object is a plain value without pointers
 * into anything, so that the child can send it to its parent over a socket; only `also` owns memory.
 *
 *     struct error err _cleanup_(error_release) = ERROR_INIT;
 *
 * How to report:
 *     return error_sys(err, errno, "mount proc on %s", target);     a system call failed: strerror is added
 *     return error_set(err, EINVAL, "unknown signal \"%s\"", name);  the text says all
 * and on the way up, at most once per layer:
 *     return error_wrap(err, "hook %s", path);                       "hook /bin/x: <what it said>"
 */

enum error_kind { /* up to EXEC_NOT_ALLOWED as in tare.h */
                  ERROR_GENERAL,
                  ERROR_CONFIG,         /* the configuration is wrong; nothing was touched */
                  ERROR_USAGE,          /* the command line is wrong */
                  ERROR_UNSUPPORTED,    /* valid, but this kernel, host or build cannot */
                  ERROR_NOT_FOUND,      /* no such container */
                  ERROR_EXISTS,         /* the container exists already */
                  ERROR_WRONG_STATE,    /* the container is in a state that does not allow it */
                  ERROR_EXEC_NOT_FOUND, /* the container's executable does not exist: status 127 */
                  ERROR_EXEC_NOT_ALLOWED, /* it exists and cannot be executed: status 126 */
                  ERROR_NEEDS_LIBRARY, /* a static program met a need for a library (base/library.h) */
                  ERROR_UNPROTECTED, /* the kernel refused to shield our executable (sandbox/exe_guard): the command
                               line tries again from a sealed copy */
};

struct error {
    int code; /* positive errno; 0 while nothing failed */
    enum error_kind kind;
    bool with_strerror; /* the text is completed by strerror(code) */
    char text[1024];    /* what was being done, outermost first, ": " between the layers */
    char where[512];    /* JSON pointer ("/mounts/3/options/1") or "FILE:LINE:COLUMN", or "" */
    char hint[512];     /* what helps, or "" */
    char *also;         /* further problems, one per line, or NULL; owned */
};

#define ERROR_INIT ((struct error){0})

/* All of these return -code. A NULL err is allowed everywhere. The first report wins the kind. */
int error_set(struct error *err, int code, const char *format, ...) _printf_(3, 4);
int error_sys(struct error *err, int code, const char *format, ...) _printf_(3, 4);
/* A wrong configuration: kind ERROR_CONFIG, code EINVAL, and the JSON pointer it is at. */
int error_config(struct error *err, const char *where, const char *format, ...) _printf_(3, 4);
/* Prefix "format: " to the text of an error that is already set. */
int error_wrap(struct error *err, const char *format, ...) _printf_(2, 3);

/* Add detail to an error that is already set. The first hint and the first place stay. */
void error_add_hint(struct error *err, const char *format, ...) _printf_(2, 3);
void error_add_where(struct error *err, const char *format, ...) _printf_(2, 3);
void error_set_kind(struct error *err, enum error_kind kind);
/* One more line for `also`. */
void error_add_problem(struct error *err, const char *line);

/* The one-line text: "<text>: <strerror> (at <where>; hint: <hint>)"-like, always NUL-terminated. */
void error_format(const struct error *err, char *buffer, size_t size);

/* Forget everything and own nothing. */
void error_release(struct error *err);
/* Move `from` to `to` (whatever `to` held is released). */
void error_move(struct error *to, struct error *from);
