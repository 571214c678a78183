/* Rates a group. */
#ifndef ASSAY_METRICS_RATES_H
#define ASSAY_METRICS_RATES_H
#include "metrics/groups.h"

/* The rate over all rows of c->groups (no slice), then one value a group. */
void rate_add_groups(const struct metric_kind *kind, enum rate rate, const struct metric_call *c,
                     struct metric_list *out);

#endif
