#include "metrics/form.h"
#include <math.h>
#include "metrics/value.h"
#include "metrics/view.h"

#define FORM(it) extern const struct form it;
#include "metrics/forms.def"
#undef FORM

const struct form *const forms[] = {
#define FORM(it) &it,
#include "metrics/forms.def"
#undef FORM
    NULL,
};

struct form_groups form_groups_of(const struct groups_view *v, const struct rate *rate)
{
    size_t n = v->groups->n;
    for (size_t g = 0; g < n; g++)
        v->rate[g] = groups_rate(v->groups, rate, g, v->subject->min_group);
    return (struct form_groups){.partition = v->partition, .n = n, .group = v->rate, .level = v->subject->level,
                                .overall = groups_rate(v->groups, rate, n, 0),
                                .interval = &v->subject->interval, .part = v->part};
}

void form_of_groups(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    if (self->rate->not_clean && v->outcomes->family == SCENARIO_CLEAN)
        return;
    if (self->rate->two_classes && v->subject->classes != 2) {
        struct metric_value value = value_null(self, NULL_NOT_COMPUTED);
        metric_add(out, &value);
        return;
    }
    struct form_groups g = form_groups_of(v, self->rate);
    self->form->compute(self, &g, out);
}

struct form_extent form_extent_of(const struct form_groups *g)
{
    struct form_extent x = {0};
    for (size_t i = 0; i < g->n; i++) {
        const struct rate_value *r = &g->group[i];
        if (rate_fault(r) != NULL)
            continue;
        if (x.groups == 0 || r->value < x.low_rate) {
            x.low = i;
            x.low_rate = r->value;
        }
        if (x.groups == 0 || r->value > x.high_rate || (x.high == x.low && r->value == x.high_rate)) {
            x.high = i;
            x.high_rate = r->value;
        }
        x.groups++;
        x.rows += r->n;
        x.effective_n += r->effective_n;
    }
    return x;
}

struct metric_value form_value(const struct metric_kind *kind, const struct form_groups *g, const struct form_extent *x)
{
    struct metric_value v = value_of(kind);
    v.n = x->rows;
    v.count = x->groups;
    v.effective_n = g->overall.is_weighted ? x->effective_n : 0;
    v.groups_excluded = g->n - x->groups;
    return v;
}

/* Of two means: from their normal intervals, whatever is chosen for rates. */
static const struct interval_method mean_difference = {.name = INTERVAL_NAMES("mover"),
                                                       .source = "Zou and Donner 2008", .two = interval_newcombe};
static const struct interval_method mean_ratio = {.name = INTERVAL_NAMES("mover_r"), .source = "Donner and Zou 2012",
                                                  .two = interval_mover_r};

const struct interval_method *form_interval(const struct interval_choice *choice, int ratio, int is_mean)
{
    if (is_mean)
        return ratio ? &mean_ratio : &mean_difference;
    return ratio ? interval_ratios[choice->ratio] : interval_differences[choice->difference];
}

const char *form_method(const struct interval_method *method, size_t comparisons, int is_weighted)
{
    return method->name[comparisons > 1][is_weighted != 0];
}

double form_unsigned(int ratio, double value)
{
    if (!ratio)
        return fabs(value);
    return value > 1 ? 1 / value : value;
}

void form_name_pair(struct metric_value *v, const char *a, double a_rate, const char *b, double b_rate)
{
    if (isnan(a_rate) || isnan(b_rate))
        return;
    v->pair_low = a_rate <= b_rate ? a : b;
    v->pair_high = a_rate <= b_rate ? b : a;
}

static void compare_interval(struct metric_value *v, const struct metric_kind *kind, int ratio,
                             const struct rate_value *group, const struct rate_value *base, size_t comparisons,
                             const struct form_groups *g)
{
    const struct interval_method *method = form_interval(g->interval, ratio, group->is_mean);
    struct interval_level level = interval_level(stats_level_for(g->level, comparisons));
    struct interval_part a = rate_part(group, level.z), b = rate_part(base, level.z);
    value_interval(v, kind, method->two(&a, &b, &level), g->level,
                   form_method(method, comparisons, group->is_weighted));
}

void form_compare(struct metric_value *v, const struct metric_kind *kind, int ratio, const struct rate_value *group,
                  const struct rate_value *base, size_t comparisons, const struct form_groups *g)
{
    if (group->null_reason != NULL) {
        value_drop(v, group->null_reason);
    } else if (ratio && !(base->value > 0)) {
        value_drop(v, group->value > 0 ? NULL_ZERO_DENOMINATOR : NULL_ZERO_OVER_ZERO);
    } else {
        v->value = ratio ? group->value / base->value : group->value - base->value;
        if (comparisons > 0)
            compare_interval(v, kind, ratio, group, base, comparisons, g);
    }
}

static double distance(int ratio, double value)
{
    return ratio ? 1 - form_unsigned(ratio, value) : form_unsigned(ratio, value);
}

size_t form_farthest(const struct metric_kind *kind, const struct form_groups *g, int ratio, size_t skip,
                     const struct rate_value *base)
{
    size_t worst = g->n;
    double worst_distance = -2;
    for (size_t i = 0; i < g->n; i++) {
        const struct rate_value *r = &g->group[i];
        if (i == skip || rate_fault(r) != NULL)
            continue;
        struct metric_value v = value_of(kind);
        form_compare(&v, kind, ratio, r, base, 0, g);
        double far = v.null_reason == NULL ? distance(ratio, v.value) : r->value > 0 ? -0.5 : -1;
        if (far > worst_distance) {
            worst = i;
            worst_distance = far;
        }
    }
    return worst;
}
