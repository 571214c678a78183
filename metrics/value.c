#include "metrics/value.h"
#include <math.h>

struct metric_value value_of(const struct metric_kind *kind)
{
    struct metric_value v = {0};
    v.metric_id = kind->name;
    v.unit = kind->unit;
    v.higher_is_better = kind->higher_is_better;
    return v;
}

void value_drop(struct metric_value *v, const char *reason)
{
    v->value = NAN;
    v->null_reason = reason;
    v->ci = (struct metric_interval){0};
    v->p = (struct metric_p){0};
}

struct metric_value value_null(const struct metric_kind *kind, const char *reason)
{
    struct metric_value v = value_of(kind);
    value_drop(&v, reason);
    return v;
}

void value_mark_small(struct metric_value *v, size_t least)
{
    v->is_small = v->null_reason == NULL && v->n < least;
}

void value_interval(struct metric_value *v, const struct metric_kind *kind, struct stats_range range, double level,
                    const char *method)
{
    if (!isfinite(range.low) || !isfinite(range.high))
        return;
    double low = range.low < kind->lo ? kind->lo : range.low;
    double high = range.high > kind->hi ? kind->hi : range.high;
    v->ci = (struct metric_interval){.given = 1, .level = level, .low = low, .high = high, .method = method};
}

struct metric_value value_share_among(const struct metric_kind *kind, const struct stats_share *share, int is_weighted,
                                      const struct metric_subject *subject, size_t comparisons)
{
    const struct interval_method *method = interval_rates[subject->interval.rate];
    struct interval_level level = interval_level(stats_level_for(subject->level, comparisons));
    if (share->n == 0)
        return value_null(kind, NULL_ZERO_DENOMINATOR);
    struct metric_value v = value_of(kind);
    v.value = stats_share_value(share);
    v.count = share->count;
    v.n = share->n;
    v.effective_n = is_weighted ? stats_share_effective_n(share) : 0;
    value_interval(&v, kind,
                   method->rate(stats_share_effective_count(share), stats_share_effective_n(share), &level),
                   subject->level, method->name[comparisons > 1][is_weighted != 0]);
    return v;
}

struct metric_value value_share(const struct metric_kind *kind, const struct stats_share *share, int is_weighted,
                                const struct metric_subject *subject)
{
    return value_share_among(kind, share, is_weighted, subject, 1);
}

struct metric_value value_mean(const struct metric_kind *kind, const struct stats_mean *mean, int is_weighted,
                               double level)
{
    if (mean->n == 0)
        return value_null(kind, NULL_ZERO_DENOMINATOR);
    struct metric_value v = value_of(kind);
    v.value = mean->mean;
    v.n = mean->n;
    v.effective_n = is_weighted ? stats_effective_n(mean->weights, mean->weight_squares) : 0;
    if (mean->n > 1) {
        double half = stats_z(level) * stats_standard_error(mean);
        value_interval(&v, kind, (struct stats_range){v.value - half, v.value + half}, level,
                       METHOD("normal", is_weighted));
    }
    return v;
}

void value_add_classes(const struct metric_kind *kind, const struct metric_subject *subject,
                       const struct stats_share *share, int is_weighted, struct metric_list *out)
{
    for (size_t k = 0; k < subject->classes; k++) {
        struct metric_value v = value_share(kind, &share[k], is_weighted, subject);
        v.slice_attribute = "class";
        v.slice_value = subject->class_name[k];
        metric_add(out, &v);
    }
}
