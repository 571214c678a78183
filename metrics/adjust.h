/* p-values of many comparisons in one report. */
#ifndef ASSAY_METRICS_ADJUST_H
#define ASSAY_METRICS_ADJUST_H
#include "metrics/evaluate.h"

/* Adjusted for n comparisons, each in the place of its p: holm (Holm 1979) bounds the chance of any false rejection,
 * benjamini_hochberg (Benjamini and Hochberg 1995) the share of false ones among the rejections. Nonzero when
 * out of memory. */
int adjust_p(size_t n, const double *p, double *holm, double *benjamini_hochberg);
/* Adjust every p-value of the tests, over those of the same metric: one family of comparisons each. Nonzero when out of
 * memory. */
int adjust_tests(struct tests *t);

#endif
