/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/problems.h"

#include <errno.h>
#include <stdarg.h>

static void collect(struct problems *problems, int code, enum error_kind kind, const char *where,
                    const char *format, va_list args) _printf_(5, 0);

static void collect(struct problems *problems, int code, enum error_kind kind, const char *where,
                    const char *format, va_list args)
{
    char text[sizeof(((struct error *)0)->text)];
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        text[0] = '\0';
    if (!where)
        where = "";

    if (problems->n++ == 0) {
        problems->code = error_set(problems->err, code, "%s", text);
        error_set_kind(problems->err, kind);
        error_add_where(problems->err, "%s", where);
        return;
    }
    char line[sizeof(text) + sizeof(((struct error *)0)->where)];
    snprintf(line, sizeof(line), "%.511s: %s", where, text);
    error_add_problem(problems->err, line);
}

void problem_config(struct problems *problems, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    collect(problems, EINVAL, ERROR_CONFIG, where, format, args);
    va_end(args);
}

void problem_unsupported(struct problems *problems, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    collect(problems, ENOTSUP, ERROR_UNSUPPORTED, where, format, args);
    va_end(args);
}

int problems_result(const struct problems *problems)
{
    return problems->n > 0 ? problems->code : 0;
}
