/* Metric values, ready to be completed and added. */
#ifndef ASSAY_METRICS_VALUE_H
#define ASSAY_METRICS_VALUE_H
#include "metrics/metric.h"
#include "metrics/stats.h"

/* The name of an interval's method, a literal: with weights it stands on the effective n, and says so. */
#define METHOD(name, is_weighted) ((is_weighted) ? name "_effective_n" : name)

/* Name, unit and direction of the kind; value 0, defined. */
struct metric_value value_of(const struct metric_kind *kind);
/* Null with this reason. */
struct metric_value value_null(const struct metric_kind *kind, const char *reason);
/* The share with its interval; zero_denominator when it has no rows. */
struct metric_value value_share(const struct metric_kind *kind, const struct stats_share *share, int is_weighted,
                                const struct metric_subject *subject);
/* The same; the interval holds for this many shares together. */
struct metric_value value_share_among(const struct metric_kind *kind, const struct stats_share *share, int is_weighted,
                                      const struct metric_subject *subject, size_t comparisons);
/* The mean with its normal interval; zero_denominator when there is no value. */
struct metric_value value_mean(const struct metric_kind *kind, const struct stats_mean *mean, int is_weighted,
                               double level);
/* Make it null; n, count and effective_n stay. */
void value_drop(struct metric_value *v, const char *reason);
/* Mark it as small where it is defined on fewer than `least` rows. */
void value_mark_small(struct metric_value *v, size_t least);
/* Set the interval, cut to the kind's bounds; none where a limit is not finite. */
void value_interval(struct metric_value *v, const struct metric_kind *kind, struct stats_range range, double level,
                    const char *method);
/* Add share[k] for every class k as a slice of attribute "class". */
void value_add_classes(const struct metric_kind *kind, const struct metric_subject *subject,
                       const struct stats_share *share, int is_weighted, struct metric_list *out);

#endif
