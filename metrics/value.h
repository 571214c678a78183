/* Metric values, ready to be completed and added. */
#ifndef ASSAY_METRICS_VALUE_H
#define ASSAY_METRICS_VALUE_H
#include "metrics/metric.h"
#include "metrics/stats.h"

/* Name, unit and direction of the kind; value 0, defined. */
struct metric_value value_of(const struct metric_kind *kind);
/* Null with this reason. */
struct metric_value value_null(const struct metric_kind *kind, const char *reason);
/* count / n with its Wilson interval; zero_denominator when n = 0. */
struct metric_value value_rate(const struct metric_kind *kind, size_t count, size_t n, double level);
/* The mean with its normal interval; zero_denominator when there is no value. */
struct metric_value value_mean(const struct metric_kind *kind, const struct stats_mean *mean, double level);
/* Make it null; n and count stay. */
void value_drop(struct metric_value *v, const char *reason);
/* suppressed_small_n where the value is defined on fewer than `least` rows. */
void value_suppress(struct metric_value *v, size_t least);
/* Set the interval, cut to the kind's bounds. */
void value_interval(struct metric_value *v, const struct metric_kind *kind, struct stats_range range, double level,
                    const char *method);
/* Add count[k] / n[k] for every class k as a slice of attribute "class". */
void value_add_classes(const struct metric_kind *kind, const struct metric_subject *subject, const size_t *count,
                       const size_t *n, struct metric_list *out);

#endif
