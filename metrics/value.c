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
}

struct metric_value value_null(const struct metric_kind *kind, const char *reason)
{
    struct metric_value v = value_of(kind);
    value_drop(&v, reason);
    return v;
}

void value_suppress(struct metric_value *v, size_t least)
{
    if (v->null_reason == NULL && v->n < least)
        value_drop(v, NULL_SMALL_N);
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

struct metric_value value_rate(const struct metric_kind *kind, size_t count, size_t n, double level)
{
    if (n == 0)
        return value_null(kind, NULL_ZERO_DENOMINATOR);
    struct metric_value v = value_of(kind);
    v.value = (double)count / (double)n;
    v.count = count;
    v.n = n;
    value_interval(&v, kind, stats_wilson((double)count, (double)n, stats_z(level)), level, "wilson");
    return v;
}

struct metric_value value_mean(const struct metric_kind *kind, const struct stats_mean *mean, double level)
{
    if (mean->n == 0)
        return value_null(kind, NULL_ZERO_DENOMINATOR);
    struct metric_value v = value_of(kind);
    v.value = mean->mean;
    v.n = mean->n;
    if (mean->n > 1) {
        double half = stats_z(level) * stats_standard_error(mean);
        value_interval(&v, kind, (struct stats_range){v.value - half, v.value + half}, level, "normal");
    }
    return v;
}

void value_add_classes(const struct metric_kind *kind, const struct metric_subject *subject, const size_t *count,
                       const size_t *n, struct metric_list *out)
{
    for (size_t k = 0; k < subject->classes; k++) {
        struct metric_value v = value_rate(kind, count[k], n[k], subject->level);
        v.slice_attribute = "class";
        v.slice_value = subject->class_name[k];
        metric_add(out, &v);
    }
}
