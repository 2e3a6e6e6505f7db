/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Numbers from text, strictly: the whole string must be digits (a '-' in front for the signed form),
 * without white space, sign '+', base prefix or overflow. 0 or -EINVAL / -ERANGE; *ret is untouched on
 * failure. */
int parse_u64(const char *text, uint64_t *ret);
int parse_u32(const char *text, uint32_t *ret);
int parse_i64(const char *text, int64_t *ret);
/* As parse_u32, and refuses 4294967295, which the kernel reads as "no id". */
int parse_id(const char *text, uint32_t *ret);
