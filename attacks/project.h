/* Projections on the intersection of a norm ball and the box, exact for the float32 values as stored. */
#ifndef ASSAY_ATTACKS_PROJECT_H
#define ASSAY_ATTACKS_PROJECT_H
#include <stddef.h>
#include "attacks/attack.h"

/* Bounds of the adversarial values of one sample of d floats: the box, and for Linf also the largest floats within
 * eps of x (|bound - x| <= eps exactly, computed in double), and x itself where the feature is immutable. */
void project_bounds(enum norm norm, double eps, size_t d, const float *x, const float *low, const float *high,
                    const struct dataset_feature *feature, float *lower, float *upper);
/* Put adv on {||adv - x|| <= eps} inside [lower, upper]; for Linf the bounds do all. For L2 the difference is scaled
 * and the scale lowered until the norm of the stored floats, in double, is <= eps. eps = 0 gives x. */
void project(const struct kern *kern, enum norm norm, double eps, size_t d, const float *x, const float *lower,
             const float *upper, float *adv);
/* ||adv - x|| of the stored floats, in double. */
double project_norm(const struct kern *kern, enum norm norm, size_t d, const float *x, const float *adv);

#endif
