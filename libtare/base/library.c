/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>

int library_load(const char *soname, const struct library_symbol *symbols, size_t n,
                 struct error *err)
{
    /* RTLD_NODELETE: function pointers outlive every handle, which is therefore never closed. */
    void *handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        int r = error_set(err, ENOENT, "load %s: %s", soname, dlerror());
        error_set_kind(err, ERROR_UNSUPPORTED);
        error_add_hint(err, "install the package that contains %s", soname);
        return r;
    }
    for (size_t i = 0; i < n; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (!symbol) {
            int r = error_set(err, ENOSYS, "%s has no function %s: it is too old", soname,
                              symbols[i].name);
            error_set_kind(err, ERROR_UNSUPPORTED);
            return r;
        }
        memcpy(symbols[i].slot, &symbol, sizeof(symbol));
    }
    return 0;
}
