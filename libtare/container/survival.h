/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/* A hint why an init that was killed is still there, as far as /proc tells it. */
void survival_explain(pid_t init, struct error *err);
