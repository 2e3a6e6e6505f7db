/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>

static void fill(char *buffer, size_t size, const char *format, va_list args) _printf_(3, 0);

static void fill(char *buffer, size_t size, const char *format, va_list args)
{
    /* A text that is cut is still a text: an error must never fail. */
    if (vsnprintf(buffer, size, format, args) < 0)
        buffer[0] = '\0';
}

static int report(struct error *err, int code, bool with_strerror, const char *format, va_list args)
    _printf_(4, 0);

static int report(struct error *err, int code, bool with_strerror, const char *format, va_list args)
{
    if (code <= 0)
        code = EIO;
    if (err) {
        error_release(err);
        err->code = code;
        err->with_strerror = with_strerror;
        fill(err->text, sizeof(err->text), format, args);
    }
    return -code;
}

int error_set(struct error *err, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int r = report(err, code, false, format, args);
    va_end(args);
    return r;
}

int error_sys(struct error *err, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int r = report(err, code, true, format, args);
    va_end(args);
    return r;
}

int error_config(struct error *err, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int r = report(err, EINVAL, false, format, args);
    va_end(args);
    error_set_kind(err, ERROR_CONFIG);
    error_add_where(err, "%s", where);
    return r;
}

int error_wrap(struct error *err, const char *format, ...)
{
    if (!err)
        return -EIO;
    char inner[sizeof(err->text)];
    memcpy(inner, err->text, sizeof(inner));

    va_list args;
    va_start(args, format);
    fill(err->text, sizeof(err->text), format, args);
    va_end(args);

    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %.*s", (int)(sizeof(inner) - 1), inner);
    return err->code > 0 ? -err->code : -EIO;
}

void error_add_hint(struct error *err, const char *format, ...)
{
    if (!err || err->hint[0])
        return;
    va_list args;
    va_start(args, format);
    fill(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

void error_add_where(struct error *err, const char *format, ...)
{
    if (!err || err->where[0])
        return;
    va_list args;
    va_start(args, format);
    fill(err->where, sizeof(err->where), format, args);
    va_end(args);
}

void error_set_kind(struct error *err, enum error_kind kind)
{
    if (err && err->kind == ERROR_GENERAL)
        err->kind = kind;
}

void error_add_problem(struct error *err, const char *line)
{
    if (!err)
        return;
    char *longer = NULL;
    if (asprintf(&longer, "%s%s%s", err->also ? err->also : "", err->also ? "\n" : "", line) < 0)
        return;
    free(err->also);
    err->also = longer;
}

void error_format(const struct error *err, char *buffer, size_t size)
{
    const char *reason = err->with_strerror ? strerrordesc_np(err->code) : NULL;
    snprintf(buffer, size, "%s%s%s%s%s%s%s%s", err->where, err->where[0] ? ": " : "", err->text,
             reason ? ": " : "", reason ? reason : "", err->hint[0] ? " (" : "", err->hint,
             err->hint[0] ? ")" : "");
}

void error_release(struct error *err)
{
    if (!err)
        return;
    free(err->also);
    *err = ERROR_INIT;
}

void error_move(struct error *to, struct error *from)
{
    if (to) {
        error_release(to);
        *to = *from;
        *from = ERROR_INIT;
    } else {
        error_release(from);
    }
}
