/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/status.h"

/* When it was made, as `created` of its state. One in the making has no state yet: when its directory was. NULL:
 * out of memory. */
const char *container_created(const struct container *container, struct arena *arena);

/* The state document as `tare state` and `tare list` print it: the specification's, with the
 * members that runc and crun add. `owner` NULL: left empty, as for `state`. `indent` as json_write. */
int state_document(const struct container *container, struct arena *arena, const char *id,
                   const char *owner, const char *indent, const char **ret, struct error *err);
