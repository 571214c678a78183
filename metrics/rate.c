#include "metrics/rate.h"
#include <math.h>
#include "metrics/value.h"
#include "metrics/view.h"

#define RATE(it) extern const struct rate it;
#include "metrics/rates.def"
#undef RATE

const struct rate *const rates[] = {
#define RATE(it) &it,
#include "metrics/rates.def"
#undef RATE
    NULL,
};

static struct rate_value mean_of(const struct stats_mean *mean)
{
    struct rate_value v = {.n = mean->n, .value = NAN, .error = NAN, .is_mean = 1};
    v.effective_n = stats_effective_n(mean->weights, mean->weight_squares);
    if (mean->n > 0)
        v.value = mean->mean;
    if (mean->n > 1)
        v.error = stats_standard_error(mean);
    return v;
}

static struct rate_value share_of(const struct stats_share *share)
{
    struct rate_value v = {.n = share->n, .count = share->count, .value = NAN, .error = NAN};
    v.effective_n = stats_share_effective_n(share);
    v.hits = stats_share_effective_count(share);
    if (share->n > 0)
        v.value = stats_share_value(share);
    return v;
}

struct rate_value rate_of(const struct rate *rate, const struct rate_sums *sums, int is_weighted, size_t least)
{
    struct rate_value v = rate->column != NULL ? mean_of(&sums->mean) : share_of(&sums->share);
    v.is_weighted = is_weighted;
    if (v.n == 0)
        v.null_reason = NULL_ZERO_DENOMINATOR;
    v.is_small = v.n > 0 && v.n < least;
    if (v.null_reason != NULL)
        v.value = NAN;
    return v;
}

const char *rate_fault(const struct rate_value *v)
{
    return v->null_reason != NULL ? v->null_reason : v->is_small ? NULL_SMALL_N : NULL;
}

struct stats_range rate_range(const struct rate_value *v, double z)
{
    if (v->is_mean)
        return (struct stats_range){v->value - z * v->error, v->value + z * v->error};
    return stats_wilson(v->hits, v->effective_n, z);
}

struct interval_part rate_part(const struct rate_value *v, double z)
{
    return (struct interval_part){v->value, v->hits, v->effective_n, rate_range(v, z)};
}

/* The interval of a defined rate. */
static void add_interval(struct metric_value *v, const struct metric_kind *kind, const struct rate_value *r,
                         const struct metric_subject *subject)
{
    const struct interval_method *method = interval_rates[subject->interval.rate];
    struct interval_level level = interval_level(subject->level);
    struct stats_range range = r->is_mean ? rate_range(r, level.z) : method->rate(r->hits, r->effective_n, &level);
    value_interval(v, kind, range, subject->level,
                   r->is_mean ? METHOD("normal", r->is_weighted) : method->name[0][r->is_weighted != 0]);
}

/* The value of a metric with its interval. */
static struct metric_value to_metric(const struct metric_kind *kind, const struct rate_value *r,
                                     const struct metric_subject *subject)
{
    struct metric_value v = value_of(kind);
    v.n = r->n;
    v.count = r->count;
    v.effective_n = r->is_weighted ? r->effective_n : 0;
    v.value = r->value;
    v.is_small = r->is_small;
    if (r->null_reason != NULL)
        value_drop(&v, r->null_reason);
    else
        add_interval(&v, kind, r, subject);
    return v;
}

static void add_group(const struct metric_kind *self, const struct groups_view *v, size_t g, struct metric_list *out)
{
    int whole = g == v->groups->n;
    struct rate_value r = groups_rate(v->groups, self->rate, g, whole ? 0 : v->subject->min_group);
    struct metric_value value = to_metric(self, &r, v->subject);
    if (self->rate->two_classes && v->subject->classes != 2)
        value = value_null(self, NULL_NOT_COMPUTED);
    if (!whole) {
        value.slice_attribute = v->partition->attribute;
        value.slice_value = v->partition->group[g];
    }
    metric_add(out, &value);
}

void rate_of_groups(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    if (self->rate->not_clean && v->outcomes->family == SCENARIO_CLEAN)
        return;
    if (v->with_whole || v->partition->code == NULL)
        add_group(self, v, v->groups->n, out);
    for (size_t g = 0; v->partition->code != NULL && g < v->groups->n; g++)
        add_group(self, v, g, out);
}

static int counts(const struct rate *rate, const struct rate_row *row)
{
    return rate->among == NULL || rate->among(row);
}

/* The whole and the classes of a share over the rows of one scenario; share: [1 + classes]. */
static void count_classes(const struct rate *rate, const struct scenario_view *v, struct stats_share *share)
{
    struct outcomes_reader row = outcomes_read(v->outcomes), clean = outcomes_read(v->clean);
    for (size_t i = 0; i < v->outcomes->n; i++) {
        struct rate_row r = {outcomes_row(&row, i), outcomes_row(&clean, i), v->subject->favorable};
        if (!counts(rate, &r))
            continue;
        stats_share_add(&share[0], rate->holds(&r), view_weight(v->weight, i));
        stats_share_add(&share[1 + r.row->label], rate->holds(&r), view_weight(v->weight, i));
    }
    outcomes_rest(&row);
    outcomes_rest(&clean);
}

static void add_scenario(const struct metric_kind *self, const struct scenario_view *v, int with_classes,
                         struct metric_list *out)
{
    struct stats_share *share = arena_array(out->arena, 1 + v->subject->classes, sizeof *share);
    if (share == NULL) {
        out->failed = 1;
        return;
    }
    count_classes(self->rate, v, share);
    struct metric_value value = value_share(self, &share[0], v->weight != NULL, v->subject);
    metric_add(out, &value);
    if (with_classes)
        value_add_classes(self, v->subject, share + 1, v->weight != NULL, out);
}

void rate_of_scenario(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    add_scenario(self, v, 0, out);
}

void rate_of_classes(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    add_scenario(self, v, 1, out);
}
