/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/parse.h"

Test(parse, whole_strings_only)
{
    static const char *const bad[] = {"", " 1", "1 ", "+1", "-", "0x1", "1x", "1.0", "1e3", "--1"};
    uint64_t u = 77;
    int64_t i = 77;
    for (size_t n = 0; n < ELEMENTSOF(bad); n++) {
        cr_assert(lt(int, parse_u64(bad[n], &u), 0), "\"%s\"", bad[n]);
        cr_assert(lt(int, parse_i64(bad[n], &i), 0), "\"%s\"", bad[n]);
    }
    cr_assert(lt(int, parse_u64(NULL, &u), 0));
    cr_assert(lt(int, parse_i64(NULL, &i), 0));
    cr_assert(u == 77 && i == 77);
}

Test(parse, limits)
{
    uint64_t u;
    int64_t i;
    uint32_t w;
    cr_assert(eq(int, parse_u64("18446744073709551615", &u), 0));
    cr_assert(eq(u64, u, UINT64_MAX));
    cr_assert(eq(int, parse_u64("18446744073709551616", &u), -ERANGE));
    cr_assert(eq(int, parse_i64("-9223372036854775808", &i), 0));
    cr_assert(eq(i64, i, INT64_MIN));
    cr_assert(eq(int, parse_i64("-9223372036854775809", &i), -ERANGE));
    cr_assert(eq(int, parse_i64("9223372036854775807", &i), 0));
    cr_assert(eq(int, parse_i64("9223372036854775808", &i), -ERANGE));
    cr_assert(eq(int, parse_u32("4294967295", &w), 0));
    cr_assert(eq(int, parse_u32("4294967296", &w), -ERANGE));
    cr_assert(eq(int, parse_id("4294967294", &w), 0));
    cr_assert(eq(int, parse_id("4294967295", &w), -ERANGE));
    cr_assert(lt(int, parse_id("-1", &w), 0));
}
