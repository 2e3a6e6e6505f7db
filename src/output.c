/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

#include <errno.h>
#include <stdarg.h>

#include "base/fd.h"
#include "container/api.h"

int print_text(struct call *call, const char *text)
{
    int r = fd_write_all(STDOUT_FILENO, text, strlen(text));
    if (r == 0)
        return 0;
    error_sys(&call->error->error, -r, "write to standard output");
    return -1;
}

int print_end(struct call *call)
{
    return fflush(stdout) == 0
               ? 0
               : fail(call, errno, "write to standard output: %s", strerrordesc_np(errno));
}

int fail(struct call *call, int code, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    error_set(&call->error->error, code, "%s", text);
    return -1;
}
