/* The nearest point of a hyperplane inside a box: the step of attacks that take the net for linear where they stand
 * (DeepFool, FAB). */
#ifndef ASSAY_ATTACKS_HYPERPLANE_H
#define ASSAY_ATTACKS_HYPERPLANE_H
#include "attacks/norm.h"

/* out (d) = the point of [lower, upper] nearest to z in the norm (linf, l2, l1) with sum over i of w_i (out_i - z_i) =
 * c, z inside the box; where the box holds none, the one that comes nearest to it. Not finite w or c: z. Croce & Hein
 * 2020, arXiv:1907.02044, app. A, with a Newton search for the multiplier: the reached sum is concave in it, so steps
 * from below never overshoot. out may be z. */
void hyperplane_project(const struct norm_kind *norm, size_t d, const float *w, double c, const float *z,
                        const float *lower, const float *upper, float *out);
/* The norm that measures slopes: ||w||_q with 1/p + 1/q = 1. */
double hyperplane_dual(const struct norm_kind *norm, size_t d, const float *w);

#endif
