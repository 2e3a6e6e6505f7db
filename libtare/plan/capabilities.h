/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of capabilities as config.json writes them. */

/* "CAP_CHOWN" of 0; NULL for a number that has no name here. */
const char *capability_name(int capability);
/* 0 of "CAP_CHOWN"; -1 for a name that is unknown. */
int capability_find(const char *name);
