/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cgroup/sd-bus.h"
#include "plan/variant.h"

/* One property as systemd's methods take them, a struct (sv): >= 0 or -errno. */
int message_append_property(struct sd_bus_message *message, const char *name,
                            const struct variant *value);
