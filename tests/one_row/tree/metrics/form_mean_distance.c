/* How far the groups are from all rows together, in the mean of the groups: beside the worst, a measure of many. */
#include <math.h>
#include "metrics/form.h"
#include "metrics/value.h"

static void mean_distance(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    struct form_extent x = form_extent_of(g);
    struct metric_value v = form_value(self, g, &x);
    double sum = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->group[i].null_reason == NULL)
            sum += fabs(g->group[i].value - g->overall.value);
    v.value = sum / (double)x.groups;
    if (x.groups < 2)
        value_drop(&v, NULL_TOO_FEW_GROUPS);
    metric_add(out, &v);
}

const struct form form_mean_distance = {
    .name = "mean_distance", .doc = "mean distance of the groups from all rows together", .lo = 0, .hi = 1,
    .shown = METRIC_SHOWN_ON_REQUEST, .compute = mean_distance,
};
