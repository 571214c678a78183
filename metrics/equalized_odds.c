/* Equalized odds: true and false positive rates both agree between the groups (Hardt et al. 2016).
 *
 * The value is null as soon as one of the two parts is; the part that is defined stands under its own id
 * (equal_opportunity_..., fpr_...). */
#include <math.h>
#include "metrics/disparity.h"

/* The worse of two disparities; each interval was made at half the error, so both hold together at `level`. */
static struct metric_value worse_of(const struct metric_kind *kind, int ratio, const struct metric_value *tpr,
                                    const struct metric_value *fpr, double level)
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
    value_interval(&v, kind, range, level, ratio ? "mover_r_bonferroni" : "newcombe_bonferroni");
    return v;
}

static int equalized_odds_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                  struct err *e)
{
    (void)e;
    enum disparity_form form = *(const enum disparity_form *)self->detail;
    double level = c->subject->level, each = stats_level_for(level, 2);
    struct metric_value tpr = disparity_between(self, c, (struct disparity){RATE_TPR, form}, each);
    struct metric_value fpr = disparity_between(self, c, (struct disparity){RATE_FPR, form}, each);
    struct metric_value v = worse_of(self, form == DISPARITY_RATIO, &tpr, &fpr, level);
    metric_add(out, &v);
    return 0;
}

/* Group minus reference in both rates. The interval of their mean adds the squared distances to the limits of the
 * parts (Zou and Donner 2008); positives and negatives are different rows, so the parts are independent. */
struct odds { const char *null_reason; double value; struct stats_range range; size_t n; };

static struct stats_range part_range(const struct rate_value *group, const struct rate_value *base, double z)
{
    return stats_newcombe(group->value, stats_wilson((double)group->count, (double)group->n, z), base->value,
                          stats_wilson((double)base->count, (double)base->n, z));
}

static struct odds average_odds(const struct confusion *group, const struct confusion *base, size_t least, double z)
{
    struct rate_value tpr = rate_of(RATE_TPR, group, least), base_tpr = rate_of(RATE_TPR, base, least);
    struct rate_value fpr = rate_of(RATE_FPR, group, least), base_fpr = rate_of(RATE_FPR, base, least);
    const struct rate_value *part[] = {&base_tpr, &base_fpr, &tpr, &fpr};
    for (size_t i = 0; i < 4; i++)
        if (part[i]->null_reason != NULL)
            return (struct odds){.null_reason = part[i]->null_reason, .value = NAN};
    double a = tpr.value - base_tpr.value, b = fpr.value - base_fpr.value;
    struct stats_range ra = part_range(&tpr, &base_tpr, z), rb = part_range(&fpr, &base_fpr, z);
    double down = sqrt((a - ra.low) * (a - ra.low) + (b - rb.low) * (b - rb.low));
    double up = sqrt((ra.high - a) * (ra.high - a) + (rb.high - b) * (rb.high - b));
    return (struct odds){.value = (a + b) / 2,
                         .range = {(a + b - down) / 2, (a + b + up) / 2},
                         .n = tpr.n + fpr.n + base_tpr.n + base_fpr.n};
}

static struct odds group_odds(const struct metric_call *c, size_t g, size_t comparisons)
{
    const struct confusion *group = c->groups->group;
    double z = stats_z(stats_level_for(c->subject->level, comparisons));
    return average_odds(&group[g], &group[c->partition->reference], c->subject->min_group, z);
}

static struct metric_value odds_value(const struct metric_kind *self, const struct metric_call *c, size_t g,
                                      size_t comparisons)
{
    struct odds odds = group_odds(c, g, comparisons);
    if (odds.null_reason != NULL)
        return value_null(self, odds.null_reason);
    struct metric_value v = value_of(self);
    v.value = odds.value;
    v.n = odds.n;
    v.count = 2;
    v.pair_low = c->partition->group[odds.value <= 0 ? g : (size_t)c->partition->reference];
    v.pair_high = c->partition->group[odds.value <= 0 ? (size_t)c->partition->reference : g];
    value_interval(&v, self, odds.range, c->subject->level, comparisons == 1 ? "mover" : "mover_bonferroni");
    return v;
}

/* Groups that compare with the reference, and the one of them farthest from 0. */
static size_t comparable(const struct metric_call *c, size_t *worst)
{
    size_t defined = 0;
    double farthest = -1;
    for (size_t g = 0; g < c->groups->n; g++) {
        struct odds odds = group_odds(c, g, 1);
        if ((int)g == c->partition->reference || odds.null_reason != NULL)
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
static const char *reference_fault(const struct metric_call *c)
{
    if (c->partition->reference < 0)
        return NULL_NO_REFERENCE;
    const char *fault = group_odds(c, (size_t)c->partition->reference, 1).null_reason;
    return fault != NULL ? fault : NULL_TOO_FEW_GROUPS;
}

static int average_odds_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                struct err *e)
{
    (void)e;
    size_t worst = 0, defined = c->partition->reference < 0 ? 0 : comparable(c, &worst);
    struct metric_value v = defined == 0 ? value_null(self, reference_fault(c)) : odds_value(self, c, worst, defined);
    v.count = defined == 0 ? 0 : defined + 1;
    v.groups_excluded = c->groups->n - v.count;
    metric_add(out, &v);
    for (size_t g = 0; defined > 0 && c->groups->n > 2 && g < c->groups->n; g++) {
        if ((int)g == c->partition->reference)
            continue;
        v = odds_value(self, c, g, 1);
        v.slice_attribute = c->partition->attribute;
        v.slice_value = c->partition->group[g];
        metric_add(out, &v);
    }
    return 0;
}

const struct metric_kind metric_equalized_odds_difference = {
    .name = "equalized_odds_difference",
    .source = "Hardt et al. 2016; Bird et al. 2020 (fairlearn)",
    .doc = "the larger of the differences of true and of false positive rates",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .detail = &(const enum disparity_form){DISPARITY_DIFFERENCE}, .compute = equalized_odds_compute,
};

const struct metric_kind metric_equalized_odds_ratio = {
    .name = "equalized_odds_ratio",
    .source = "Hardt et al. 2016; Bird et al. 2020 (fairlearn)",
    .doc = "the smaller of the ratios of true and of false positive rates",
    .unit = "fraction", .lo = 0, .hi = 1, .higher_is_better = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .detail = &(const enum disparity_form){DISPARITY_RATIO}, .compute = equalized_odds_compute,
};

const struct metric_kind metric_average_odds_difference = {
    .name = "average_odds_difference",
    .source = "Bellamy et al. 2018 (AIF360)",
    .doc = "mean of the differences of true and of false positive rates, group minus reference; the farthest from 0",
    .unit = "fraction", .lo = -1, .hi = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .compute = average_odds_compute,
};
