#include "engine/base/det64.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2 and pi/2 in parts: the leading parts have 32 and 33 significant bits, so their products with
 * the integers that occur (at most 17 bits) are exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
static const double HALF_PI_1 = 0x1.921fb544p+0, HALF_PI_2 = 0x1.0b4611a6p-34, HALF_PI_3 = 0x1.3198a2e037073p-69;

static double power_of_two(int k) /* -1022 <= k <= 1023 */
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static double nearest_integer(double x) /* |x| < 2^31 */
{
    return (double)(int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

/* Sum of c[i] x^i, i < n. */
static double polynomial(const double *c, int n, double x)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

double det_exp(double x)
{
    /* 1/i! for i = 0..13; the remainder on |r| <= ln2/2 is below 2^-57. */
    static const double c[] = {1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
        1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    if (x != x)
        return x;
    if (x > 709.782712893384)
        return HUGE_VAL;
    if (x < -745.14)
        return 0;
    double k = nearest_integer(x * (1 / 0.6931471805599453));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double y = polynomial(c, 14, r);
    int half = (int)k / 2; /* two steps reach the subnormal results and 2^1024 on the way */
    return y * power_of_two(half) * power_of_two((int)k - half);
}

double det_log(double x)
{
    /* log m = 2 atanh s = 2s (1 + s^2/3 + s^4/5 ...), s = (m-1)/(m+1), |s| < 0.172. */
    static const double c[] = {1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17,
        1.0 / 19, 1.0 / 21, 1.0 / 23};
    if (x != x || x == HUGE_VAL)
        return x;
    if (x <= 0)
        return x < 0 ? (double)NAN : -HUGE_VAL;
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    double s = (m - 1) / (m + 1);
    double low = 2 * s * polynomial(c, 12, s * s) + (double)k * LN2_LOW;
    return (double)k * LN2_HIGH + low;
}

/* x = k pi/2 + *r with |*r| <= pi/4; returns k mod 4. */
static int reduce(double x, double *r)
{
    double k = nearest_integer(x * (2 / 3.141592653589793));
    *r = ((x - k * HALF_PI_1) - k * HALF_PI_2) - k * HALF_PI_3;
    return (int)((int64_t)k & 3);
}

static double sin_near_zero(double r)
{
    static const double c[] = {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
        1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000};
    return r * polynomial(c, 9, r * r);
}

static double cos_near_zero(double r)
{
    static const double c[] = {1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
        -1.0 / 87178291200, 1.0 / 20922789888000, -1.0 / 6402373705728000};
    return polynomial(c, 10, r * r);
}

static double quarter(int q, double r)
{
    double y = q & 1 ? cos_near_zero(r) : sin_near_zero(r);
    return q & 2 ? -y : y;
}

double det_sin(double x)
{
    if (!(fabs(x) <= 1e5))
        return (double)NAN;
    double r;
    int q = reduce(x, &r);
    return quarter(q, r);
}

double det_cos(double x)
{
    if (!(fabs(x) <= 1e5))
        return (double)NAN;
    double r;
    int q = reduce(x, &r);
    return quarter(q + 1, r);
}
