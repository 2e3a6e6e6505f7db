/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Namespaces that a container shares with somebody: linux.namespaces entries with a path. */

/* Open them all, into fds[] parallel to plan->joins, and check that each is of the type it is given
 * for. Unused entries become -1. */
int joins_open(const struct plan_namespaces *plan, int fds[NAMESPACE_TYPES], struct error *err);
void joins_close(int fds[NAMESPACE_TYPES]);

/* setns(2) to the join `i`, close its fd and mark it as done by -1. */
int joins_enter(const struct plan_namespaces *plan, int fds[NAMESPACE_TYPES], size_t i,
                struct error *err);

/* The index of the join of this type, or -1. */
int joins_find(const struct plan_namespaces *plan, int type);
