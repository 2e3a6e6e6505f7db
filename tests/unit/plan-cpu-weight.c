/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/cpu-weight.h"

#include <criterion/criterion.h>
#include <math.h>

Test(plan_cpu_weight, known_values)
{
    cr_expect_eq(cpu_weight_from_shares(2), 1);
    cr_expect_eq(cpu_weight_from_shares(512), 59);
    cr_expect_eq(cpu_weight_from_shares(1024), 100);
    cr_expect_eq(cpu_weight_from_shares(2048), 174);
    cr_expect_eq(cpu_weight_from_shares(262144), 10000);
}

Test(plan_cpu_weight, outside_of_the_range_are_its_ends)
{
    cr_expect_eq(cpu_weight_from_shares(0), 1);
    cr_expect_eq(cpu_weight_from_shares(1), 1);
    cr_expect_eq(cpu_weight_from_shares(262145), 10000);
    cr_expect_eq(cpu_weight_from_shares(UINT64_MAX), 10000);
}

/* The tolerance takes back the rounding of the three shares whose weight is a whole number; nothing
 * else comes that near to one. */
Test(plan_cpu_weight, every_value_is_that_of_the_formula)
{
    for (unsigned shares = 2; shares <= 262144; shares++) {
        long double l = log2l(shares);
        long double exponent = (l * l + 125 * l) / 612 - 7.0L / 34;
        unsigned weight = (unsigned)ceill(powl(10, exponent) - 1e-9L);
        cr_assert_eq(cpu_weight_from_shares(shares), weight, "%u: %u, not %u", shares,
                     cpu_weight_from_shares(shares), weight);
    }
}
