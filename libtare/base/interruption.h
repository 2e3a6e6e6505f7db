/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* What ends a long wait before its time: whenever `fd` can be read, `check` is asked, and its error is the wait's.
 * fd -1: nothing does. */
struct interruption {
    int fd;
    int (*check)(void *data, struct error *err);
    void *data;
};
