/* Confusion counts a group, made in one pass over the rows. */
#ifndef ASSAY_METRICS_GROUPS_H
#define ASSAY_METRICS_GROUPS_H
#include "metrics/metric.h"

/* The favorable class against the rest; the four counts stay 0 where no class is favorable. */
struct confusion {
    size_t n, correct;                 /* correct: right class of all classes */
    size_t survived;                   /* correct clean and in the scenario */
    size_t true_positive, false_positive, true_negative, false_negative;
};

struct groups {
    size_t n;
    const struct confusion *group;     /* [n] in the order of the partition */
    struct confusion overall;          /* their sum: every row whose attribute is recorded */
};

/* Nonzero when out of memory. */
int groups_count(const struct metric_partition *partition, const struct outcomes *outcomes,
                 const struct outcomes *clean, int favorable, struct arena *arena, struct groups *out);

/* Rates of one confusion table. */
enum rate {
    RATE_SELECTION, RATE_BASE, RATE_TPR, RATE_FPR, RATE_TNR, RATE_FNR, RATE_PPV, RATE_NPV, RATE_ACCURACY,
    RATE_ROBUST_ACCURACY
};

struct rate_value {
    size_t count, n;
    double value;                      /* NaN where null_reason is given */
    const char *null_reason;
};

/* least: smallest denominator that is not suppressed. */
struct rate_value rate_of(enum rate rate, const struct confusion *c, size_t least);

#endif
