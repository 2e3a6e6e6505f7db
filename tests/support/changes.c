/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/changes.h"

#include <stddef.h>

struct result *mounts_change(const char *what, const struct bundle *bundle, const char *document)
{
    return tare_with(&(struct setting){.input = document}, "mounts", what, bundle->id, "-", NULL);
}
