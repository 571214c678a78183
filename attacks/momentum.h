/* Gathered gradients of mi_fgsm and ni_fgsm (Dong et al. 2018, arXiv:1710.06081, eq. 6). */
#ifndef ASSAY_ATTACKS_MOMENTUM_H
#define ASSAY_ATTACKS_MOMENTUM_H
#include <stddef.h>

/* velocity = decay velocity + gradient / ||gradient||_1, also put into the gradient. The paper has no values that
 * cannot move: they take no part in the length. A gradient without a direction (zero, not finite) adds nothing. */
void momentum_gather(double decay, size_t d, const float *lower, const float *upper, float *gradient, float *velocity);

#endif
