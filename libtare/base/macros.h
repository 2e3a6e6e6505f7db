/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Attributes and small compile-time helpers used everywhere. */

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(__printf__, a, b)))
#define _must_check_   __attribute__((warn_unused_result))
#define _fallthrough_  __attribute__((fallthrough))
#define _noreturn_     __attribute__((noreturn))
#define _unused_       __attribute__((unused))

/* Number of elements of a true array. */
#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))

/* Hand a resource on: yields its value and leaves the empty value behind, so that the cleanup
 * attribute of the variable has nothing left to do. */
#define TAKE_PTR(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) *_slot = &(p);                                                               \
        __typeof__(p) _taken = *_slot;                                                             \
        *_slot = NULL;                                                                             \
        _taken;                                                                                    \
    })

#define TAKE_FD(fd)                                                                                \
    ({                                                                                             \
        int *_slot = &(fd);                                                                        \
        int _taken = *_slot;                                                                       \
        *_slot = -1;                                                                               \
        _taken;                                                                                    \
    })
