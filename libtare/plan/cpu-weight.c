/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/cpu-weight.h"

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_MAX 10000

#define FRACTION_BITS 40
/* log2(10) with as many binary places */
#define LOG2_TEN UINT64_C(3652498566964)

typedef unsigned __int128 wide;

/* log2(n) of n >= 1 with FRACTION_BITS binary places, rounded down: the square of a number in [1,
 * 2) is 2 or more just when the next place of its logarithm is 1. */
static uint64_t log2_fixed(uint32_t n)
{
    unsigned exponent = 31 - (unsigned)__builtin_clz(n);
    uint64_t x = (uint64_t)n << (62 - exponent); /* 62 binary places */
    uint64_t log = exponent;
    for (unsigned i = 0; i < FRACTION_BITS; i++) {
        x = (uint64_t)(((wide)x * x) >> 62);
        log <<= 1;
        if (x >> 63) {
            x >>= 1;
            log |= 1;
        }
    }
    return log;
}

/* No floating point: the weight is the smallest w with log10(w) >= the exponent of the formula,
 * which is
 *
 *     612 log2(w) >= log2(10) (l² + 125 l - 126)
 *
 * Both sides are exact to 2^-28; the tolerance of 2^-26 is above that and below the distance, more
 * than 2^-22, of every pair of shares and weight that does not meet exactly. A unit test compares
 * all of them with the formula. */
uint32_t cpu_weight_from_shares(uint64_t shares)
{
    if (shares < SHARES_MIN)
        shares = SHARES_MIN;
    if (shares > SHARES_MAX)
        shares = SHARES_MAX;

    wide l = log2_fixed((uint32_t)shares);
    wide sum = ((l * l) >> FRACTION_BITS) + 125 * l - ((wide)126 << FRACTION_BITS);
    wide wanted = (sum * LOG2_TEN) >> FRACTION_BITS;

    wide tolerance = (wide)1 << (FRACTION_BITS - 26);
    uint32_t low = 1, high = WEIGHT_MAX;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (612 * (wide)log2_fixed(middle) + tolerance >= wanted)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
