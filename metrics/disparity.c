#include "metrics/disparity.h"
#include <math.h>

static int is_ratio(enum disparity_form form)
{
    return form == DISPARITY_RATIO || form == DISPARITY_RATIO_TO_REFERENCE || form == DISPARITY_RATIO_TO_OVERALL;
}

static struct rate_value group_rate(const struct metric_call *c, enum rate rate, size_t g)
{
    return rate_of(rate, &c->groups->group[g], c->subject->min_group);
}

static struct stats_range wilson(const struct rate_value *r, double z)
{
    return stats_wilson((double)r->count, (double)r->n, z);
}

/* Interval of a - b or a / b. */
static struct stats_range pair_range(int ratio, const struct rate_value *a, const struct rate_value *b, double z)
{
    return ratio ? stats_ratio(a->value, wilson(a, z), b->value, wilson(b, z))
                 : stats_newcombe(a->value, wilson(a, z), b->value, wilson(b, z));
}

static const char *range_method(int ratio, size_t comparisons)
{
    if (ratio)
        return comparisons == 1 ? "mover_r" : "mover_r_bonferroni";
    return comparisons == 1 ? "newcombe" : "newcombe_bonferroni";
}

/* What the defined groups have in common: how many, their rows, the groups of the smallest and the largest rate
 * (two different groups even where all are equal). */
struct extent { size_t groups, rows, low, high; double low_rate, high_rate; };

static struct extent extent_of(const struct metric_call *c, enum rate rate)
{
    struct extent x = {0};
    for (size_t g = 0; g < c->groups->n; g++) {
        struct rate_value r = group_rate(c, rate, g);
        if (r.null_reason != NULL)
            continue;
        if (x.groups == 0 || r.value < x.low_rate) {
            x.low = g;
            x.low_rate = r.value;
        }
        if (x.groups == 0 || r.value > x.high_rate || (x.high == x.low && r.value == x.high_rate)) {
            x.high = g;
            x.high_rate = r.value;
        }
        x.groups++;
        x.rows += r.n;
    }
    return x;
}

/* Simultaneous intervals of all pairs give one for the largest difference (largest of the lower limits to largest of
 * the upper ones) and one for the smallest ratio (smallest to smallest). */
static struct stats_range between_range(const struct metric_call *c, struct disparity d, double z)
{
    int ratio = is_ratio(d.form);
    struct stats_range range = ratio ? (struct stats_range){INFINITY, 1} : (struct stats_range){0, -INFINITY};
    for (size_t i = 0; i < c->groups->n; i++) {
        struct rate_value a = group_rate(c, d.rate, i);
        if (a.null_reason != NULL)
            continue;
        for (size_t j = 0; j < c->groups->n; j++) {
            struct rate_value b = group_rate(c, d.rate, j);
            if (i == j || b.null_reason != NULL || (ratio && b.count == 0))
                continue;
            struct stats_range pair = pair_range(ratio, &a, &b, z);
            range.low = ratio ? fmin(range.low, pair.low) : fmax(range.low, pair.low);
            range.high = ratio ? fmin(range.high, pair.high) : fmax(range.high, pair.high);
        }
    }
    return range;
}

static struct metric_value comparison(const struct metric_kind *kind, const struct metric_call *c,
                                      const struct extent *x)
{
    struct metric_value v = value_of(kind);
    v.n = x->rows;
    v.count = x->groups;
    v.groups_excluded = c->groups->n - x->groups;
    return v;
}

struct metric_value disparity_between(const struct metric_kind *kind, const struct metric_call *c, struct disparity d,
                                      double level)
{
    struct extent x = extent_of(c, d.rate);
    struct metric_value v = comparison(kind, c, &x);
    int ratio = is_ratio(d.form);
    if (x.groups < 2) {
        value_drop(&v, NULL_TOO_FEW_GROUPS);
        return v;
    }
    v.pair_low = c->partition->group[x.low];
    v.pair_high = c->partition->group[x.high];
    if (ratio && x.high_rate <= 0) {
        value_drop(&v, NULL_ZERO_OVER_ZERO);
        return v;
    }
    v.value = ratio ? x.low_rate / x.high_rate : x.high_rate - x.low_rate;
    size_t pairs = x.groups * (x.groups - 1) / 2;
    double z = stats_z(stats_level_for(level, pairs));
    value_interval(&v, kind, between_range(c, d, z), level, range_method(ratio, pairs));
    return v;
}

/* Without its sign or direction: |d|; r or 1/r, whichever is at most 1. */
static double unsigned_value(int ratio, double value)
{
    if (!ratio)
        return fabs(value);
    return value > 1 ? 1 / value : value;
}

static double distance(int ratio, double value)
{
    return ratio ? 1 - unsigned_value(ratio, value) : unsigned_value(ratio, value);
}

static void name_pair(struct metric_value *v, const char *a, double a_rate, const char *b, double b_rate)
{
    if (isnan(a_rate) || isnan(b_rate))
        return;
    v->pair_low = a_rate <= b_rate ? a : b;
    v->pair_high = a_rate <= b_rate ? b : a;
}

/* One group against the base; v comes with what is common to all. comparisons = 0: no interval. */
static void compare(struct metric_value *v, const struct metric_kind *kind, int ratio, const struct rate_value *group,
                    const struct rate_value *base, size_t comparisons, double level)
{
    if (group->null_reason != NULL) {
        value_drop(v, group->null_reason);
    } else if (ratio && base->count == 0) {
        value_drop(v, group->count == 0 ? NULL_ZERO_OVER_ZERO : NULL_ZERO_DENOMINATOR);
    } else {
        v->value = ratio ? group->value / base->value : group->value - base->value;
        if (comparisons > 0)
            value_interval(v, kind, pair_range(ratio, group, base, stats_z(stats_level_for(level, comparisons))), level,
                           range_method(ratio, comparisons));
    }
}

/* The group farthest from the base, or groups->n where there is none; an undefined comparison only if no other is. */
static size_t farthest(const struct metric_kind *kind, const struct metric_call *c, struct disparity d, size_t skip,
                       const struct rate_value *base)
{
    size_t worst = c->groups->n;
    double worst_distance = -2;
    for (size_t g = 0; g < c->groups->n; g++) {
        struct rate_value r = group_rate(c, d.rate, g);
        if (g == skip || r.null_reason != NULL)
            continue;
        struct metric_value v = value_of(kind);
        compare(&v, kind, is_ratio(d.form), &r, base, 0, 0);
        double far = v.null_reason == NULL ? distance(is_ratio(d.form), v.value) : r.count > 0 ? -0.5 : -1;
        if (far > worst_distance) {
            worst = g;
            worst_distance = far;
        }
    }
    return worst;
}

static void add_reference_slices(const struct metric_kind *self, const struct metric_call *c, struct disparity d,
                                 const struct rate_value *base, struct metric_list *out)
{
    const struct metric_partition *p = c->partition;
    for (size_t g = 0; g < c->groups->n; g++) {
        if ((int)g == p->reference)
            continue;
        struct rate_value r = group_rate(c, d.rate, g);
        struct metric_value v = value_of(self);
        v.n = r.n + base->n;
        v.count = 2;
        compare(&v, self, is_ratio(d.form), &r, base, 1, c->subject->level);
        name_pair(&v, p->group[g], r.value, p->group[p->reference], base->value);
        v.slice_attribute = p->attribute;
        v.slice_value = p->group[g];
        metric_add(out, &v);
    }
}

static void add_to_reference(const struct metric_kind *self, const struct metric_call *c, struct disparity d,
                             struct metric_list *out)
{
    const struct metric_partition *p = c->partition;
    struct extent x = extent_of(c, d.rate);
    struct metric_value v = comparison(self, c, &x);
    struct rate_value base = {.null_reason = NULL_NO_REFERENCE};
    if (p->reference >= 0)
        base = group_rate(c, d.rate, (size_t)p->reference);
    if (base.null_reason != NULL || x.groups < 2) {
        value_drop(&v, base.null_reason != NULL ? base.null_reason : NULL_TOO_FEW_GROUPS);
        metric_add(out, &v);
        return;
    }
    size_t worst = farthest(self, c, d, (size_t)p->reference, &base);
    struct rate_value r = group_rate(c, d.rate, worst);
    compare(&v, self, is_ratio(d.form), &r, &base, x.groups - 1, c->subject->level);
    name_pair(&v, p->group[worst], r.value, p->group[p->reference], base.value);
    metric_add(out, &v);
    if (c->groups->n > 2)
        add_reference_slices(self, c, d, &base, out);
}

/* No interval: the group is part of the whole, so the two rates are not independent. */
static void add_to_overall(const struct metric_kind *self, const struct metric_call *c, struct disparity d,
                           struct metric_list *out)
{
    struct extent x = extent_of(c, d.rate);
    struct metric_value v = comparison(self, c, &x);
    struct rate_value base = rate_of(d.rate, &c->groups->overall, 0);
    if (x.groups < 2) {
        value_drop(&v, NULL_TOO_FEW_GROUPS);
        metric_add(out, &v);
        return;
    }
    size_t worst = farthest(self, c, d, c->groups->n, &base);
    struct rate_value r = group_rate(c, d.rate, worst);
    compare(&v, self, is_ratio(d.form), &r, &base, 0, 0);
    if (v.null_reason == NULL)
        v.value = unsigned_value(is_ratio(d.form), v.value);
    name_pair(&v, c->partition->group[worst], r.value, "overall", base.value);
    metric_add(out, &v);
}

int disparity_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                      struct err *e)
{
    (void)e;
    const struct disparity *d = self->detail;
    if (d->rate == RATE_ROBUST_ACCURACY && c->outcomes->family == SCENARIO_CLEAN)
        return 0; /* it is the accuracy there */
    switch (d->form) {
    case DISPARITY_DIFFERENCE:
    case DISPARITY_RATIO: {
        struct metric_value v = disparity_between(self, c, *d, c->subject->level);
        metric_add(out, &v);
        break;
    }
    case DISPARITY_DIFFERENCE_TO_REFERENCE:
    case DISPARITY_RATIO_TO_REFERENCE:
        add_to_reference(self, c, *d, out);
        break;
    case DISPARITY_DIFFERENCE_TO_OVERALL:
    case DISPARITY_RATIO_TO_OVERALL:
        add_to_overall(self, c, *d, out);
        break;
    }
    return 0;
}
