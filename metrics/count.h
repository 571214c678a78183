/* Counting a scenario by groups: what the families of calibration and fairness share. */
#ifndef ASSAY_METRICS_COUNT_H
#define ASSAY_METRICS_COUNT_H
#include "metrics/family.h"
#include "metrics/view.h"

/* The groups of partitions in one scenario, and working space for the views of them. In the scratch of the work. */
struct counted {
    const struct outcomes *outcomes;
    enum metric_scope scope;
    struct groups *groups;             /* [partitions] */
    struct rate_value *rate;           /* [groups of the largest partition] */
    struct interval_part *part;
};

/* One pass over the rows for all partitions: the rates that tests of this scope hold. */
int count_partitions(struct work *w, const struct outcomes *o, enum metric_scope scope,
                     const struct metric_partition *partition, size_t partitions_n, struct counted *out);
/* Every metric of partition p, added to the test. */
int count_values(struct work *w, struct test *t, const struct counted *counted, size_t p, int with_whole);

#endif
