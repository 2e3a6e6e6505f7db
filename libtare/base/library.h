/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* Libraries that few containers need, loaded when first needed (libmount now; libsystemd and
 * libcriu by the same way). What is loaded stays loaded.
 *
 * Each use is declared with LIBRARY_NOTE, so that packaging tools see the dependency in the ELF
 * file (https://uapi-group.org/specifications/specs/elf_dlopen_metadata/).
 *
 * The tare binary is normally linked statically, and a static program cannot load libraries: there
 * library_load() fails with kind ERROR_NEEDS_LIBRARY before anything was touched, and the CLI runs
 * the same command again in its dynamically linked twin (src/again.h). */

struct library_symbol {
    const char *name;
    void *slot; /* address of the function pointer to fill */
};

/* Load `soname` and fill every slot. 0, or -errno with a hint that names the package. Repeated
 * calls are cheap. */
int library_load(const char *soname, const struct library_symbol *symbols, size_t n,
                 struct error *err);

/* One entry of the .note.dlopen section: 4-byte aligned name "FDO", type 0x407c0c0a, a JSON array.
 */
#define LIBRARY_NOTE(identifier, json)                                                             \
    __attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {               \
        unsigned name_size, text_size, type;                                                       \
        char name[4];                                                                              \
        char text[sizeof(json)] __attribute__((aligned(4)));                                       \
    } identifier = {4, sizeof(json), 0x407c0c0aU, "FDO", json}
