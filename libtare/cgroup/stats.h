/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "cgroup/cgroup.h"

/* The members of the object that `tare events` calls "data", without its braces: what the controllers
 * of the cgroup have counted. What a controller that is absent would say is left out. */
void cgroup_stats(const struct cgroup *cgroup, FILE *stream);
