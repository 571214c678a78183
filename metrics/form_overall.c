/* The group farthest from all rows together (Bird et al. 2020, fairlearn). No interval: the group is part of the
 * whole, so the two rates are not independent. */
#include "metrics/form.h"
#include "metrics/value.h"

static void to_overall(const struct metric_kind *self, const struct form_groups *g, int ratio, struct metric_list *out)
{
    struct form_extent x = form_extent_of(g);
    struct metric_value v = form_value(self, g, &x);
    if (x.groups < 2) {
        value_drop(&v, NULL_TOO_FEW_GROUPS);
        metric_add(out, &v);
        return;
    }
    size_t worst = form_farthest(self, g, ratio, g->n, &g->overall);
    const struct rate_value *r = &g->group[worst];
    form_compare(&v, self, ratio, r, &g->overall, 0, g);
    if (v.null_reason == NULL)
        v.value = form_unsigned(ratio, v.value);
    form_name_pair(&v, g->partition->group[worst], r->value, "overall", g->overall.value);
    metric_add(out, &v);
}

static void difference(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    to_overall(self, g, 0, out);
}

static void ratio_of(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    to_overall(self, g, 1, out);
}

const struct form form_difference_to_overall = {
    .name = "difference_to_overall", .doc = "largest distance of a group from all rows together", .lo = 0, .hi = 1,
    .shown = METRIC_SHOWN_ON_REQUEST, .compute = difference,
};

const struct form form_ratio_to_overall = {
    .name = "ratio_to_overall", .doc = "smallest ratio of a group and all rows together", .is_ratio = 1, .lo = 0,
    .hi = 1, .higher_is_better = 1, .shown = METRIC_SHOWN_ON_REQUEST, .compute = ratio_of,
};
