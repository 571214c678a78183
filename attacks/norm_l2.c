/* Euclidean length. */
#include <math.h>
#include <string.h>
#include "attacks/norm.h"
#include "engine/base/det64.h"

static double distance(const struct kern *kern, size_t d, const float *a, const float *b)
{
    return sqrt(kern->distance2(d, a, b));
}

static double length_of(size_t d, const double *v)
{
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* The difference is scaled. Rounding to float can leave its length a little over eps, and where eps is about the
 * spacing of the floats it stays there. So each try shrinks by twice the slack of the one before, from 2^-24 on; if
 * none helps, x itself is given. */
static void project(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                    const float *upper, float *adv)
{
    kern->clamp(d, lower, upper, adv);
    double length = distance(kern, d, adv, x);
    for (double slack = 0x1p-24; length > eps && slack < 1; slack *= 2) {
        kern->shrink_towards(d, (float)(eps / length * (1 - slack)), x, lower, upper, adv);
        length = distance(kern, d, adv, x);
    }
    if (!(length <= eps))
        memcpy(adv, x, d * sizeof *adv);
}

/* Half of g's exponent is taken out, exactly, so that 1 / ||g|| is a float from the smallest gradient to the largest.
 */
double norm_l2_scaled(const struct kern *kern, size_t d, float *g)
{
    int exponent;
    float largest = kern->maximum_magnitude(d, g);
    if (!(largest > 0) || !isfinite(largest))
        return 0;
    (void)frexpf(largest, &exponent);
    kern->scale(d, ldexpf(1, -exponent / 2), g, g);
    double length = sqrt(kern->dot(d, g, g));
    return isfinite(length) ? length : 0;
}

/* Adds length * g / ||g||_2. A value that cannot move takes no part; else it would eat up the step. */
static void step(const struct kern *kern, float length, size_t d, const float *lower, const float *upper, float *g,
                 float *adv)
{
    norm_mask_fixed(d, lower, upper, g);
    double norm = norm_l2_scaled(kern, d, g);
    if (norm > 0)
        kern->step_along(d, (float)(length / norm), g, lower, upper, adv);
}

/* A normal direction, and a radius whose power of the number of values that move is uniform. */
static void start(const struct kern *kern, const struct rng_key *key, double eps, size_t d, const float *lower,
                  const float *upper, float *direction, float *adv)
{
    rng_fill_normal(key, 0, d, direction);
    size_t moving = norm_mask_fixed(d, lower, upper, direction);
    double length = sqrt(kern->dot(d, direction, direction));
    if (!(length > 0))
        return;
    double u = rng_uniform(key, d + d % 2);
    double radius = eps * (det_exp(det_log(u) / (double)moving) / length);
    kern->step_along(d, (float)radius, direction, lower, upper, adv);
}

const struct norm_kind norm_l2 = {
    .name = "l2",
    .unit = "data units",
    .doc = "the Euclidean length of the change",
    .distance = distance,
    .length = length_of,
    .project = project,
    .step = step,
    .start = start};
