/* The root mean square of the changes: L2 over sqrt(d), so that one budget fits samples of any size. */
#include <math.h>
#include "attacks/norm.h"

/* The L2 radius of the same ball; a little less, so that division by sqrt(d) never rounds to more than eps. */
static double radius(double eps, size_t d)
{
    return eps * sqrt((double)d) * (1 - 0x1p-50);
}

static double distance(const struct kern *kern, size_t d, const float *a, const float *b)
{
    return norm_l2.distance(kern, d, a, b) / sqrt((double)d);
}

static double length_of(size_t d, const double *v)
{
    return norm_l2.length(d, v) / sqrt((double)d);
}

static void project(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                    const float *upper, float *adv)
{
    norm_l2.project(kern, radius(eps, d), d, x, lower, upper, adv);
}

static void step(const struct kern *kern, float length, size_t d, const float *lower, const float *upper, float *g,
                 float *adv)
{
    norm_l2.step(kern, (float)(length * sqrt((double)d)), d, lower, upper, g, adv);
}

static void start(const struct kern *kern, const struct rng_key *key, double eps, size_t d, const float *lower,
                  const float *upper, float *direction, float *adv)
{
    norm_l2.start(kern, key, radius(eps, d), d, lower, upper, direction, adv);
}

const struct norm_kind norm_rms = {
    .name = "rms",
    .unit = "data units",
    .doc = "the root mean square of the changes",
    .distance = distance,
    .length = length_of,
    .project = project,
    .step = step,
    .start = start};
