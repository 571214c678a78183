/* A subject that contradicts itself is refused before anything is computed. */
#ifndef ASSAY_METRICS_EVALUATE_CHECK_H
#define ASSAY_METRICS_EVALUATE_CHECK_H
#include "metrics/metric.h"

/* ERR_RUN naming the scenario or attribute and the row. */
int evaluate_check(const struct metric_subject *subject, struct err *e);

#endif
