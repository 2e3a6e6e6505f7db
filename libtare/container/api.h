/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "tare.h"

/* How the types of tare.h look from inside. */

struct tare_error {
    struct error error;
};

/* tare.h's kinds are base/error.h's; ours may have more at the end, which the outside sees as
 * GENERAL. */
_Static_assert((int)TARE_ERROR_EXEC_NOT_ALLOWED == (int)ERROR_EXEC_NOT_ALLOWED, "kinds differ");
_Static_assert((int)TARE_ERROR_WRONG_STATE == (int)ERROR_WRONG_STATE, "kinds differ");

/* The error object of a tare_error, NULL for NULL, without what an earlier call has left in it. */
static inline struct error *error_begin(tare_error *error)
{
    if (!error)
        return NULL;
    error_release(&error->error);
    return &error->error;
}
