/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* What the planner must know of this host and of the calling process. */
int host_facts_gather(struct host_facts *facts, struct error *err);
/* Another one than the initial. */
bool host_in_user_namespace(void);
/* Whether the security modules are on whose labels the configuration has. */
void host_facts_of_labels(struct host_facts *facts, const struct spec *spec);
