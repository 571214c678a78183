/* The largest change of a single value. The ball is a box, so the bounds do all. */
#include <math.h>
#include "attacks/norm.h"

static double distance(const struct kern *kern, size_t d, const float *a, const float *b)
{
    (void)kern;
    double largest = 0;
    for (size_t i = 0; i < d; i++)
        largest = fmax(largest, fabs((double)a[i] - (double)b[i]));
    return largest;
}

static double length_of(size_t d, const double *v)
{
    double largest = 0;
    for (size_t i = 0; i < d; i++)
        largest = fmax(largest, fabs(v[i]));
    return largest;
}

/* The largest float b <= high with b - x <= eps; x <= high. */
static float bound_above(float x, double eps, float high)
{
    if ((double)high - (double)x <= eps)
        return high;
    float b = (float)((double)x + eps);
    while ((double)b - (double)x > eps)
        b = nextafterf(b, x);
    return b;
}

static void bounds(double eps, size_t d, const float *x, float *lower, float *upper)
{
    for (size_t i = 0; i < d; i++) {
        lower[i] = -bound_above(-x[i], eps, -lower[i]);
        upper[i] = bound_above(x[i], eps, upper[i]);
    }
}

static void project(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                    const float *upper, float *adv)
{
    (void)eps, (void)x;
    kern->clamp(d, lower, upper, adv);
}

static void step(const struct kern *kern, float length, size_t d, const float *lower, const float *upper, float *g,
                 float *adv)
{
    kern->step_sign(d, length, g, lower, upper, adv);
}

static void start(const struct kern *kern, const struct rng_key *key, double eps, size_t d, const float *lower,
                  const float *upper, float *direction, float *adv)
{
    rng_fill_uniform(key, 0, d, -1, 1, direction);
    kern->step_along(d, (float)eps, direction, lower, upper, adv);
}

const struct norm_kind norm_linf = {
    .name = "linf",
    .unit = "data units",
    .doc = "the largest change of a single value",
    .distance = distance,
    .length = length_of,
    .bounds = bounds,
    .project = project,
    .step = step,
    .start = start};
