/* Images moved about, bilinear between pixel centres: what rotations, translations and `spatial` share. */
#ifndef ASSAY_ATTACKS_WARP_H
#define ASSAY_ATTACKS_WARP_H
#include "attacks/attack.h"

/* What comes in from outside the image: the low end or the middle of each value's box, or the nearest pixel. */
enum warp_fill { WARP_LOW, WARP_MID, WARP_EDGE };
extern const char *const warp_fill_names[]; /* "low", "mid", "edge", NULL */

/* out(y, x) = sample i of the call at (y', x'), cut to the box, with y' = m[0] y + m[1] x + m[2] and x' = m[3] y +
 * m[4] x + m[5]; pixel centres are whole numbers. */
void warp(const struct attack_call *c, size_t i, const double m[6], enum warp_fill fill, float *out);

#endif
