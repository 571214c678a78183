/* Disparate impact (Feldman et al. 2015): the ratio of selection rates to the reference group under its own name. */
#include "metrics/form.h"
#include "metrics/view.h"

static void disparate_impact(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    struct form_groups g = form_groups_of(v, &rate_selection);
    form_ratio_to_reference.compute(self, &g, out);
}

const struct metric_kind metric_disparate_impact_ratio = {
    .name = "disparate_impact_ratio", .source = "Feldman et al. 2015; Bellamy et al. 2018 (AIF360)",
    .doc = "selection rate: group over reference; the four-fifths rule asks for at least 0.8",
    .unit = "fraction", .lo = 0, .hi = 1e308, .higher_is_better = 1, .scope = METRIC_PARTITION, .needs_favorable = 1,
    .shown = METRIC_SHOWN_CLEAN, .groups = disparate_impact,
};
