/* Sums of the rates of every group, made in one pass over the rows for all partitions, whatever their number. */
#ifndef ASSAY_METRICS_GROUPS_H
#define ASSAY_METRICS_GROUPS_H
#include "metrics/rate.h"

/* The groups of one partition. */
struct groups {
    const struct metric_partition *partition;
    size_t n, rates_n;
    const struct rate *const *rate;    /* [rates_n] that were counted */
    struct rate_sums *sums;            /* (n + 1, rates_n): the groups, then all rows whose attribute is recorded */
    size_t *size;                      /* [n + 1] rows */
    int is_weighted;
};

/* What is counted: the rows of one scenario beside clean. */
struct groups_rows {
    const struct outcomes *outcomes, *clean;
    const double *weight;              /* [n] or NULL */
    int favorable;                     /* class, or -1 */
};

/* At most this many shares; means beside them are not limited. */
#define GROUPS_SHARES_MOST 64

/* Fill out[p] for each partition; one without codes has all rows in its group 0. Everything lives in the arena.
 * Nonzero when out of memory. */
int groups_count(const struct groups_rows *rows, const struct rate *const *rate, size_t rates_n,
                 const struct metric_partition *partition, size_t partitions_n, struct arena *arena,
                 struct groups *out);

/* The rate of group g (n = all recorded rows), which must have been counted. least as in rate_of. */
struct rate_value groups_rate(const struct groups *groups, const struct rate *rate, size_t g, size_t least);

#endif
