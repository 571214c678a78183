/* Equalized odds: true and false positive rates both agree between the groups (Hardt et al. 2016).
 *
 * The value is null as soon as one of the two parts is; the part that is defined stands under its own id
 * (equal_opportunity_..., fpr_...). */
#include <math.h>
#include "metrics/form.h"
#include "metrics/value.h"
#include "metrics/view.h"

/* The worse of two disparities; each interval was made at half the error, so both hold together at `level`. */
static struct metric_value worse_of(const struct metric_kind *kind, int ratio, const struct metric_value *tpr,
                                    const struct metric_value *fpr, const struct metric_subject *subject)
{
    if (tpr->null_reason != NULL || fpr->null_reason != NULL) {
        struct metric_value v = tpr->null_reason != NULL ? *tpr : *fpr;
        value_drop(&v, v.null_reason);
        v.pair_low = v.pair_high = NULL;
        return v;
    }
    int tpr_is_worse = ratio ? tpr->value <= fpr->value : tpr->value >= fpr->value;
    struct metric_value v = tpr_is_worse ? *tpr : *fpr;
    v.groups_excluded = tpr->groups_excluded > fpr->groups_excluded ? tpr->groups_excluded : fpr->groups_excluded;
    struct stats_range range = {ratio ? fmin(tpr->ci.low, fpr->ci.low) : fmax(tpr->ci.low, fpr->ci.low),
                                ratio ? fmin(tpr->ci.high, fpr->ci.high) : fmax(tpr->ci.high, fpr->ci.high)};
    value_interval(&v, kind, range, subject->level,
                   form_method(form_interval(&subject->interval, ratio, 0), 2, v.effective_n > 0));
    return v;
}

static void equalized_odds(const struct metric_kind *self, const struct groups_view *v, int ratio,
                           struct metric_list *out)
{
    double each = stats_level_for(v->subject->level, 2);
    struct form_groups g = form_groups_of(v, &rate_tpr);
    g.level = each;
    struct metric_value tpr = form_between(self, &g, ratio);
    g = form_groups_of(v, &rate_fpr);
    g.level = each;
    struct metric_value fpr = form_between(self, &g, ratio);
    struct metric_value worse = worse_of(self, ratio, &tpr, &fpr, v->subject);
    metric_add(out, &worse);
}

static void odds_difference(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    equalized_odds(self, v, 0, out);
}

static void odds_ratio(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    equalized_odds(self, v, 1, out);
}

/* Group minus reference in both rates. The interval of their mean adds the squared distances to the limits of the
 * parts (Zou and Donner 2008); positives and negatives are different rows, so the parts are independent. */
struct odds { const char *null_reason; double value, effective_n; struct stats_range range; size_t n; int is_small; };

static struct stats_range part_range(const struct rate_value *group, const struct rate_value *base, double z)
{
    return stats_newcombe(group->value, rate_range(group, z), base->value, rate_range(base, z));
}

/* comparisons: that the interval must hold for together. */
static struct odds group_odds(const struct groups_view *v, size_t g, size_t comparisons)
{
    size_t base = (size_t)v->partition->reference, least = v->subject->min_group;
    double z = stats_z(stats_level_for(v->subject->level, comparisons));
    struct rate_value base_tpr = groups_rate(v->groups, &rate_tpr, base, least);
    struct rate_value base_fpr = groups_rate(v->groups, &rate_fpr, base, least);
    struct rate_value tpr = groups_rate(v->groups, &rate_tpr, g, least);
    struct rate_value fpr = groups_rate(v->groups, &rate_fpr, g, least);
    const struct rate_value *part[] = {&base_tpr, &base_fpr, &tpr, &fpr};
    struct odds odds = {0};
    for (size_t i = 0; i < 4; i++) {
        if (part[i]->null_reason != NULL)
            return (struct odds){.null_reason = part[i]->null_reason, .value = NAN};
        odds.is_small |= part[i]->is_small;
        odds.n += part[i]->n;
        odds.effective_n += part[i]->is_weighted ? part[i]->effective_n : 0;
    }
    double a = tpr.value - base_tpr.value, b = fpr.value - base_fpr.value;
    struct stats_range ra = part_range(&tpr, &base_tpr, z), rb = part_range(&fpr, &base_fpr, z);
    double down = sqrt((a - ra.low) * (a - ra.low) + (b - rb.low) * (b - rb.low));
    double up = sqrt((ra.high - a) * (ra.high - a) + (rb.high - b) * (rb.high - b));
    odds.value = (a + b) / 2;
    odds.range = (struct stats_range){(a + b - down) / 2, (a + b + up) / 2};
    return odds;
}

static struct metric_value odds_value(const struct metric_kind *self, const struct groups_view *v, size_t g,
                                      size_t comparisons)
{
    const struct metric_partition *p = v->partition;
    struct odds odds = group_odds(v, g, comparisons);
    if (odds.null_reason != NULL)
        return value_null(self, odds.null_reason);
    struct metric_value value = value_of(self);
    value.value = odds.value;
    value.n = odds.n;
    value.is_small = odds.is_small;
    value.effective_n = odds.effective_n;
    value.count = 2;
    value.pair_low = p->group[odds.value <= 0 ? g : (size_t)p->reference];
    value.pair_high = p->group[odds.value <= 0 ? (size_t)p->reference : g];
    value_interval(&value, self, odds.range, v->subject->level,
                   form_method(form_interval(&v->subject->interval, 0, 1), comparisons, odds.effective_n > 0));
    return value;
}

/* Groups that compare with the reference, and the one of them farthest from 0. */
static size_t comparable(const struct groups_view *v, size_t *worst)
{
    size_t defined = 0;
    double farthest = -1;
    for (size_t g = 0; g < v->groups->n; g++) {
        struct odds odds = group_odds(v, g, 1);
        if ((int)g == v->partition->reference || odds.null_reason != NULL || odds.is_small)
            continue;
        defined++;
        if (fabs(odds.value) > farthest) {
            farthest = fabs(odds.value);
            *worst = g;
        }
    }
    return defined;
}

/* Why no group compares with the reference: its own fault if it has one. */
static const char *reference_fault(const struct groups_view *v)
{
    if (v->partition->reference < 0)
        return NULL_NO_REFERENCE;
    struct odds odds = group_odds(v, (size_t)v->partition->reference, 1);
    const char *fault = odds.is_small ? NULL_SMALL_N : odds.null_reason;
    return fault != NULL ? fault : NULL_TOO_FEW_GROUPS;
}

static void average_odds(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    size_t worst = 0, defined = v->partition->reference < 0 ? 0 : comparable(v, &worst);
    struct metric_value value =
        defined == 0 ? value_null(self, reference_fault(v)) : odds_value(self, v, worst, defined);
    value.count = defined == 0 ? 0 : defined + 1;
    value.groups_excluded = v->groups->n - value.count;
    metric_add(out, &value);
    for (size_t g = 0; defined > 0 && v->groups->n > 2 && g < v->groups->n; g++) {
        if ((int)g == v->partition->reference)
            continue;
        value = odds_value(self, v, g, 1);
        value.slice_attribute = v->partition->attribute;
        value.slice_value = v->partition->group[g];
        metric_add(out, &value);
    }
}

const struct metric_kind metric_equalized_odds_difference = {
    .name = "equalized_odds_difference",
    .source = "Hardt et al. 2016; Bird et al. 2020 (fairlearn)",
    .doc = "the larger of the differences of true and of false positive rates",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .groups = odds_difference,
};

const struct metric_kind metric_equalized_odds_ratio = {
    .name = "equalized_odds_ratio",
    .source = "Hardt et al. 2016; Bird et al. 2020 (fairlearn)",
    .doc = "the smaller of the ratios of true and of false positive rates",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .groups = odds_ratio,
};

const struct metric_kind metric_average_odds_difference = {
    .name = "average_odds_difference",
    .source = "Bellamy et al. 2018 (AIF360)",
    .doc = "mean of the differences of true and of false positive rates, group minus reference; the farthest from 0",
    .unit = "fraction", .lo = -1, .hi = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .shown = METRIC_SHOWN_CLEAN, .groups = average_odds,
};
