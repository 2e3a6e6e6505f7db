/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/cgroup.h"

/* The cgroup manager systemd: cgroup_make() for a plan with a scope. The scope is systemd's; the
 * cgroup in it is ours by Delegate=yes, and is used like any other.
 *
 *     SLICE/UNIT.scope/               limits as properties, by systemd
 *     SLICE/UNIT.scope/container/     the container: limits as files, device program
 *     SLICE/UNIT.scope/tare-holder/   until cgroup_settle()
 *
 * Source: systemd's "Control Group APIs and Delegation" (https://systemd.io/CGROUP_DELEGATION). */
int scope_make(struct cgroup *cgroup, const struct cgroup_host *host,
               const struct plan_cgroup *plan, struct error *err);

/* Tell systemd of changed limits, as far as it has properties for them. */
int scope_limit(const struct cgroup *cgroup, const struct plan_cgroup *plan, struct error *err);
