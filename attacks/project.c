#include "attacks/project.h"
#include <math.h>
#include <string.h>
#include "datasets/dataset.h"
#include "engine/kern/kern.h"

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

void project_bounds(enum norm norm, double eps, size_t d, const float *x, const float *low, const float *high,
                    const struct dataset_feature *feature, float *lower, float *upper)
{
    for (size_t i = 0; i < d; i++) {
        if (eps == 0 || (feature != NULL && !feature[i].mutable_feature)) {
            lower[i] = upper[i] = x[i];
        } else if (norm == NORM_LINF) {
            lower[i] = -bound_above(-x[i], eps, -low[i]);
            upper[i] = bound_above(x[i], eps, high[i]);
        } else {
            lower[i] = low[i];
            upper[i] = high[i];
        }
    }
}

/* Rounding to float can leave the norm a little over eps, and where eps is about the spacing of the floats it stays
 * there. So each try shrinks by twice the slack of the one before, from 2^-24 on; if none helps, x itself is given. */
static void project_l2(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                       const float *upper, float *adv)
{
    double norm = project_norm(kern, NORM_L2, d, x, adv);
    for (double slack = 0x1p-24; norm > eps && slack < 1; slack *= 2) {
        kern->shrink_towards(d, (float)(eps / norm * (1 - slack)), x, lower, upper, adv);
        norm = project_norm(kern, NORM_L2, d, x, adv);
    }
    if (!(norm <= eps))
        memcpy(adv, x, d * sizeof *adv);
}

void project(const struct kern *kern, enum norm norm, double eps, size_t d, const float *x, const float *lower,
             const float *upper, float *adv)
{
    if (eps == 0) {
        memcpy(adv, x, d * sizeof *adv);
        return;
    }
    kern->clamp(d, lower, upper, adv);
    if (norm == NORM_L2)
        project_l2(kern, eps, d, x, lower, upper, adv);
}

double project_norm(const struct kern *kern, enum norm norm, size_t d, const float *x, const float *adv)
{
    if (norm == NORM_L2)
        return sqrt(kern->distance2(d, adv, x));
    double largest = 0;
    for (size_t i = 0; i < d; i++)
        largest = fmax(largest, fabs((double)adv[i] - (double)x[i]));
    return largest;
}
