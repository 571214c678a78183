/* The number of changed values. Every value counts, so a pixel of three channels counts up to three. */
#include <string.h>
#include "attacks/norm.h"

static double distance(const struct kern *kern, size_t d, const float *a, const float *b)
{
    (void)kern;
    size_t changed = 0;
    for (size_t i = 0; i < d; i++)
        changed += a[i] < b[i] || a[i] > b[i];
    return (double)changed;
}

static double length_of(size_t d, const double *v)
{
    size_t changed = 0;
    for (size_t i = 0; i < d; i++)
        changed += v[i] < 0 || v[i] > 0;
    return (double)changed;
}

/* By how much the squared distance to adv falls if value i leaves x for the bounds' point nearest to adv. */
static double gain(const float *x, const float *lower, const float *upper, const float *adv, size_t i)
{
    double v = (double)adv[i] - (double)x[i];
    double low = (double)lower[i] - (double)x[i], high = (double)upper[i] - (double)x[i];
    double c = v > high ? high : v < low ? low : v;
    double g = c * (2 * v - c);
    return g > 0 ? g : 0; /* NaN: none */
}

static uint64_t bits_of(double positive)
{
    uint64_t bits;
    memcpy(&bits, &positive, sizeof bits);
    return bits;
}

/* Bits of the k-th largest gain, k in [1, d]; bits of positive numbers have the numbers' order. */
static uint64_t kth_gain(size_t d, const float *x, const float *lower, const float *upper, const float *adv, size_t k)
{
    uint64_t least = 0;
    for (int bit = 62; bit >= 0; bit--) {
        uint64_t trial = least | (uint64_t)1 << bit;
        size_t count = 0;
        for (size_t i = 0; i < d; i++)
            count += bits_of(gain(x, lower, upper, adv, i)) >= trial;
        if (count >= k)
            least = trial;
    }
    return least;
}

/* Keeps the eps changes that gain most, the first of equal ones. */
static void project(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                    const float *upper, float *adv)
{
    size_t k = eps < (double)d ? (size_t)eps : d;
    uint64_t least = k > 0 ? kth_gain(d, x, lower, upper, adv, k) : UINT64_MAX;
    size_t ties = k;
    for (size_t i = 0; i < d; i++)
        ties -= bits_of(gain(x, lower, upper, adv, i)) > least;
    for (size_t i = 0; i < d; i++) {
        uint64_t bits = bits_of(gain(x, lower, upper, adv, i));
        if (bits < least || (bits == least && ties == 0))
            adv[i] = x[i];
        else
            ties -= bits == least;
    }
    kern->clamp(d, lower, upper, adv);
}

const struct norm_kind norm_l0 = {
    .name = "l0",
    .unit = "values",
    .doc = "the number of changed values; each channel of a pixel counts",
    .distance = distance,
    .length = length_of,
    .project = project};
