/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"

#include <errno.h>

int parse_u64(const char *text, uint64_t *ret)
{
    uint64_t value = 0;
    if (!text || !*text)
        return -EINVAL;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9')
            return -EINVAL;
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return -ERANGE;
    }
    *ret = value;
    return 0;
}

int parse_u32(const char *text, uint32_t *ret)
{
    uint64_t value;
    int r = parse_u64(text, &value);
    if (r < 0)
        return r;
    if (value > UINT32_MAX)
        return -ERANGE;
    *ret = (uint32_t)value;
    return 0;
}

int parse_i64(const char *text, int64_t *ret)
{
    if (!text)
        return -EINVAL;
    int negative = *text == '-';
    uint64_t magnitude;
    int r = parse_u64(text + negative, &magnitude);
    if (r < 0)
        return r;
    if (magnitude > (uint64_t)INT64_MAX + (uint64_t)negative)
        return -ERANGE;
    *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return 0;
}

int parse_id(const char *text, uint32_t *ret)
{
    uint32_t value;
    int r = parse_u32(text, &value);
    if (r < 0)
        return r;
    if (value == UINT32_MAX)
        return -ERANGE;
    *ret = value;
    return 0;
}
