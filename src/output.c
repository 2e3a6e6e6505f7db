/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

#include <errno.h>
#include <stdarg.h>

#include "again.h"
#include "base/fd.h"
#include "container/api.h"
#include "spec/parse.h"

int document_read(struct call *call, const char *path, const char *what, char **ret)
{
    struct error *err = &call->error->error;
    int r;
    /* A pipe is as good as a file: engines and shells make both. */
    if (strcmp(path, "-") != 0) {
        _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        r = fd < 0 ? -errno : stream_read_all(fd, SPEC_SIZE_LIMIT, ret, NULL);
        if (r < 0)
            error_sys(err, -r, "read %s", path);
        return r < 0 ? -1 : 0;
    }
    r = again_keep_stdin();
    if (r == 0)
        r = stream_read_all(STDIN_FILENO, SPEC_SIZE_LIMIT, ret, NULL);
    if (r < 0)
        error_sys(err, -r, "read %s from standard input", what);
    return r < 0 ? -1 : 0;
}

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
