/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/* Structs → JSON, from the same tables that parse. Text is arena-owned, NUL-terminated, without a
 * newline at its end. `indent` is "" for one line, or the unit of indentation ("\t", "  ", "    ").
 */

int spec_write(struct arena *arena, const struct spec *spec, const char *indent, const char **ret,
               struct error *err);

int resources_write(struct arena *arena, const struct resources *resources, const char *indent,
                    const char **ret, struct error *err);

/* The default configuration that `tare spec` writes: runc's default (sh in a terminal, default
 * mounts, namespaces, masks), `rootless` adds a user namespace for euid/egid as `runc spec
 * --rootless` does. */
int spec_default(struct arena *arena, bool rootless, uint32_t euid, uint32_t egid,
                 struct spec **ret, struct error *err);
