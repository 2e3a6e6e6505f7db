/* SPDX-License-Identifier: Apache-2.0 */
#include "container/api.h"

tare_error *tare_error_new(void)
{
    return calloc(1, sizeof(tare_error));
}

void tare_error_free(tare_error *error)
{
    if (!error)
        return;
    error_release(&error->error);
    free(error);
}

int tare_error_code(const tare_error *error)
{
    return error->error.code;
}

enum tare_error_kind tare_error_kind(const tare_error *error)
{
    return error->error.kind <= ERROR_EXEC_NOT_ALLOWED ? (enum tare_error_kind)error->error.kind
                                                       : TARE_ERROR_GENERAL;
}

const char *tare_error_text(const tare_error *error)
{
    return error->error.text;
}

const char *tare_error_where(const tare_error *error)
{
    return error->error.where;
}

const char *tare_error_hint(const tare_error *error)
{
    return error->error.hint;
}

const char *tare_error_problems(const tare_error *error)
{
    return error->error.also ? error->error.also : "";
}

void tare_error_format(const tare_error *error, char *buffer, size_t size)
{
    error_format(&error->error, buffer, size);
}
