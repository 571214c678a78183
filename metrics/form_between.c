/* The groups of the largest and the smallest rate: their difference and their ratio (Bird et al. 2020, fairlearn). */
#include <math.h>
#include "metrics/form.h"
#include "metrics/value.h"

/* Simultaneous intervals of all pairs give one for the largest difference (largest of the lower limits to largest of
 * the upper ones) and one for the smallest ratio (smallest to smallest). */
static struct stats_range range_of(const struct form_groups *g, int ratio, const struct interval_method *method,
                                   const struct interval_level *level)
{
    struct stats_range range = ratio ? (struct stats_range){INFINITY, 1} : (struct stats_range){0, -INFINITY};
    for (size_t i = 0; i < g->n; i++)
        if (rate_fault(&g->group[i]) == NULL)
            g->part[i] = rate_part(&g->group[i], level->z);
    for (size_t i = 0; i < g->n; i++) {
        const struct rate_value *a = &g->group[i];
        for (size_t j = 0; rate_fault(a) == NULL && j < g->n; j++) {
            const struct rate_value *b = &g->group[j];
            if (i == j || rate_fault(b) != NULL || (ratio && !(b->value > 0)))
                continue;
            struct stats_range pair = method->two(&g->part[i], &g->part[j], level);
            range.low = ratio ? fmin(range.low, pair.low) : fmax(range.low, pair.low);
            range.high = ratio ? fmin(range.high, pair.high) : fmax(range.high, pair.high);
        }
    }
    return range;
}

struct metric_value form_between(const struct metric_kind *kind, const struct form_groups *g, int ratio)
{
    struct form_extent x = form_extent_of(g);
    struct metric_value v = form_value(kind, g, &x);
    if (x.groups < 2) {
        value_drop(&v, NULL_TOO_FEW_GROUPS);
        return v;
    }
    v.pair_low = g->partition->group[x.low];
    v.pair_high = g->partition->group[x.high];
    if (ratio && x.high_rate <= 0) {
        value_drop(&v, NULL_ZERO_OVER_ZERO);
        return v;
    }
    v.value = ratio ? x.low_rate / x.high_rate : x.high_rate - x.low_rate;
    size_t pairs = x.groups * (x.groups - 1) / 2;
    struct interval_level level = interval_level(stats_level_for(g->level, pairs));
    const struct interval_method *method = form_interval(g->interval, ratio, g->overall.is_mean);
    value_interval(&v, kind, range_of(g, ratio, method, &level), g->level,
                   form_method(method, pairs, g->overall.is_weighted));
    return v;
}

static void difference(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    struct metric_value v = form_between(self, g, 0);
    metric_add(out, &v);
}

static void ratio_of(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    struct metric_value v = form_between(self, g, 1);
    metric_add(out, &v);
}

const struct form form_difference = {
    .name = "difference", .doc = "largest minus smallest of the groups", .lo = 0, .hi = 1, .compute = difference,
};

const struct form form_ratio = {
    .name = "ratio", .doc = "smallest over largest of the groups", .is_ratio = 1, .lo = 0, .hi = 1,
    .higher_is_better = 1, .compute = ratio_of,
};
