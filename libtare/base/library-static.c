/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <errno.h>

/* In place of library.c in a statically linked program. */
int library_load(const char *soname, const struct library_symbol *symbols, size_t n,
                 struct error *err)
{
    (void)symbols;
    (void)n;
    int r = error_set(err, ENOSYS, "a statically linked program cannot load %s", soname);
    error_set_kind(err, ERROR_NEEDS_LIBRARY);
    /* Read only by those whose installation has no twin: with one, the command is run again in it. */
    error_add_hint(err, "%s/tare-dynamic, which comes with tare, is not installed",
                   TARE_PKGLIBEXECDIR);
    return r;
}
