/* Each group against the partition's reference group, signed; the farthest, and as slices every group where there are
 * more than two (Bellamy et al. 2018, AIF360). */
#include "metrics/form.h"
#include "metrics/value.h"

static void add_slices(const struct metric_kind *self, const struct form_groups *g, int ratio,
                       const struct rate_value *base, struct metric_list *out)
{
    const struct metric_partition *p = g->partition;
    for (size_t i = 0; i < g->n; i++) {
        if ((int)i == p->reference)
            continue;
        const struct rate_value *r = &g->group[i];
        struct metric_value v = value_of(self);
        v.n = r->n + base->n;
        v.count = 2;
        v.effective_n = r->is_weighted ? r->effective_n + base->effective_n : 0;
        v.is_small = r->is_small;
        form_compare(&v, self, ratio, r, base, 1, g);
        form_name_pair(&v, p->group[i], r->value, p->group[p->reference], base->value);
        v.slice_attribute = p->attribute;
        v.slice_value = p->group[i];
        metric_add(out, &v);
    }
}

static void to_reference(const struct metric_kind *self, const struct form_groups *g, int ratio,
                         struct metric_list *out)
{
    const struct metric_partition *p = g->partition;
    struct form_extent x = form_extent_of(g);
    struct metric_value v = form_value(self, g, &x);
    struct rate_value base = {.null_reason = NULL_NO_REFERENCE};
    if (p->reference >= 0)
        base = g->group[p->reference];
    const char *fault = rate_fault(&base);
    if (fault != NULL || x.groups < 2) {
        value_drop(&v, fault != NULL ? fault : NULL_TOO_FEW_GROUPS);
    } else {
        size_t worst = form_farthest(self, g, ratio, (size_t)p->reference, &base);
        const struct rate_value *r = &g->group[worst];
        form_compare(&v, self, ratio, r, &base, x.groups - 1, g);
        form_name_pair(&v, p->group[worst], r->value, p->group[p->reference], base.value);
    }
    metric_add(out, &v);
    if (fault == NULL && g->n > 2)
        add_slices(self, g, ratio, &base, out);
}

static void difference(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    to_reference(self, g, 0, out);
}

static void ratio_of(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out)
{
    to_reference(self, g, 1, out);
}

const struct form form_difference_to_reference = {
    .name = "difference_to_reference", .doc = "group minus reference, the group farthest from 0", .lo = -1, .hi = 1,
    .shown = METRIC_SHOWN_ON_REQUEST, .compute = difference,
};

const struct form form_ratio_to_reference = {
    .name = "ratio_to_reference", .doc = "group over reference, the group farthest from 1", .is_ratio = 1, .lo = 0,
    .hi = 1e308, .higher_is_better = 1, .shown = METRIC_SHOWN_ON_REQUEST, .compute = ratio_of,
};
