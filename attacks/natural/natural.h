/* What the natural transformations share: severities, random keys, the box.
 *
 * The numbers of a transformation are given per severity, 1 to 5. By default they come from two tables: that of
 * CIFAR-10-C for images whose sides are at most 64, that of ImageNet-C for larger ones (Hendrycks & Dietterich 2019,
 * arXiv:1903.12261). Their images live in [0, 1]; here every number scales with the width of the data set's box. */
#ifndef ASSAY_ATTACKS_NATURAL_NATURAL_H
#define ASSAY_ATTACKS_NATURAL_NATURAL_H
#include "attacks/attack.h"
#include "attacks/warp.h"

#define NATURAL_SEVERITIES 5
#define NATURAL_SMALL_SIDE 64
#define NATURAL_SOURCE "Hendrycks & Dietterich 2019, arXiv:1903.12261"
#define NATURAL_ROWS_END {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}

/* Fill an empty list from the table of the image's size (large NULL: one table for all). A list given by the user must
 * have one number, or five: one a severity. */
int natural_levels(struct param_reals *list, const char *name, const double small[NATURAL_SEVERITIES],
                   const double large[NATURAL_SEVERITIES], const struct shape *shape, struct err *e);
/* The number for the call's severity. */
double natural_level(const struct param_reals *list, const struct attack_call *c);

/* The random key of sample i of the call. */
struct rng_key natural_key(const struct attack_call *c, size_t i);
/* Cut sample i of adv to the box. */
void natural_clamp(const struct attack_call *c, size_t i);
/* Whether value j belongs to a feature that must not change. */
int natural_fixed(const struct attack_call *c, size_t j);
/* Width of value j's box. */
double natural_width(const struct attack_call *c, size_t j);

#endif
