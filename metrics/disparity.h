/* Disparities: one rate compared between the groups of a partition.
 *
 * Groups whose rate is undefined or suppressed take no part and are counted in groups_excluded. Intervals hold for all
 * comparisons together (Bonferroni), so the worst one may be picked from them. "Each group" below: as slices, where
 * there are more than two groups. */
#ifndef ASSAY_METRICS_DISPARITY_H
#define ASSAY_METRICS_DISPARITY_H
#include "metrics/groups.h"
#include "metrics/value.h"

enum disparity_form {
    DISPARITY_DIFFERENCE,              /* largest - smallest rate */
    DISPARITY_RATIO,                   /* smallest / largest rate */
    DISPARITY_DIFFERENCE_TO_REFERENCE, /* group - reference, signed; the farthest from 0, and each group */
    DISPARITY_RATIO_TO_REFERENCE,      /* group / reference; the farthest from 1, and each group */
    DISPARITY_DIFFERENCE_TO_OVERALL,   /* largest |group - all| */
    DISPARITY_RATIO_TO_OVERALL         /* smallest of group / all, turned over where above 1 */
};

struct disparity { enum rate rate; enum disparity_form form; };

/* DISPARITY_DIFFERENCE or DISPARITY_RATIO of a rate. */
struct metric_value disparity_between(const struct metric_kind *kind, const struct metric_call *c, struct disparity d,
                                      double level);
/* metric_kind.compute of every kind made by DISPARITY; self->detail is a struct disparity. */
int disparity_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                      struct err *e);

/* A disparity_kind: names are written out so that they can be found. Signed differences run from -1 to 1; ratios to the
 * reference may exceed 1. */
#define DISPARITY(id, which, shape, low, high, higher, favorable, text)                                               \
    {                                                                                                                 \
        .name = id, .source = "Bird et al. 2020 (fairlearn); Bellamy et al. 2018 (AIF360)", .doc = text,              \
        .unit = "fraction", .lo = low, .hi = high, .higher_is_better = higher, .scope = METRIC_PARTITION,             \
        .needs_favorable = favorable, .detail = &(const struct disparity){which, shape}, .compute = disparity_compute \
    }
#define DIFFERENCE(id, rate, favorable, text) DISPARITY(id, rate, DISPARITY_DIFFERENCE, 0, 1, 0, favorable, text)
#define RATIO(id, rate, favorable, text) DISPARITY(id, rate, DISPARITY_RATIO, 0, 1, 1, favorable, text)
#define DIFFERENCE_TO_REFERENCE(id, rate, favorable, text) \
    DISPARITY(id, rate, DISPARITY_DIFFERENCE_TO_REFERENCE, -1, 1, 0, favorable, text)
#define RATIO_TO_REFERENCE(id, rate, favorable, text) \
    DISPARITY(id, rate, DISPARITY_RATIO_TO_REFERENCE, 0, 1e308, 1, favorable, text)
#define DIFFERENCE_TO_OVERALL(id, rate, favorable, text) \
    DISPARITY(id, rate, DISPARITY_DIFFERENCE_TO_OVERALL, 0, 1, 0, favorable, text)
#define RATIO_TO_OVERALL(id, rate, favorable, text) \
    DISPARITY(id, rate, DISPARITY_RATIO_TO_OVERALL, 0, 1, 1, favorable, text)

#endif
