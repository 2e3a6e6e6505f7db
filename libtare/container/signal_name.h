/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* A signal from what users write: "TERM", "sigkill", "9", "RTMIN+3", "SIGRTMAX-1", "CLD", "IOT",
 * "POLL". Returns its number (1..64, or 0, which kill(2) takes for a question), or -EINVAL with the phrase that engines know. */
int signal_parse(const char *text, struct error *err);
