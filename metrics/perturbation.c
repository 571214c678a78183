/* How large and how costly the successful perturbations are. A sample that withstands has an unknown, larger norm: it
 * counts as infinite, so that the median is that of all attacked samples and not of the easy ones. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "metrics/value.h"
#include "metrics/view.h"

/* The norm's column in struct outcome; `range`: in shares of each value's range. */
struct norm_column { size_t offset; int range; };

/* Norms are not negative, so their bits ascend with them; samples that withstand count as infinite. */
static uint32_t key_of(const struct outcome *row, const struct norm_column *column)
{
    float norm = INFINITY;
    uint32_t key;
    if (row->success)
        memcpy(&norm, (const char *)row + column->offset, sizeof norm);
    memcpy(&key, &norm, sizeof key);
    return key;
}

/* Ranks are found digit by digit (radix selection), so that memory does not grow with the samples as sorting would. */
#define DIGIT_BITS 8
#define DIGITS (32 / DIGIT_BITS)

/* How much the attacked rows of each value of a digit weigh, among those whose higher digits are `prefix`'s. */
static void weigh_digits(const struct scenario_view *v, const struct norm_column *column, int digit, uint32_t prefix,
                         double weight[1 << DIGIT_BITS])
{
    struct outcomes_reader rows = outcomes_read(v->outcomes);
    int shift = digit * DIGIT_BITS;
    for (size_t value = 0; value < 1 << DIGIT_BITS; value++)
        weight[value] = 0;
    for (size_t i = 0; i < v->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        uint32_t key = key_of(row, column);
        if (row->attacked && (uint64_t)key >> (shift + DIGIT_BITS) == (uint64_t)prefix >> (shift + DIGIT_BITS))
            weight[key >> shift & ((1 << DIGIT_BITS) - 1)] += view_weight(v->weight, i);
    }
    outcomes_rest(&rows);
}

/* The least norm such that rows up to it weigh `half` (or_equal) or more than it. Sums of weights differ by rounding
 * with their order, so where no value is left the last with rows is taken. */
static double norm_at(const struct scenario_view *v, const struct norm_column *column, double half, int or_equal)
{
    double weight[1 << DIGIT_BITS], below = 0;
    uint32_t key = 0;
    for (int digit = DIGITS - 1; digit >= 0; digit--) {
        weigh_digits(v, column, digit, key, weight);
        uint32_t last = 0, value = 0;
        for (; value < 1 << DIGIT_BITS; value++) {
            if (!(weight[value] > 0))
                continue;
            last = value;
            if (or_equal ? below + weight[value] >= half : below + weight[value] > half)
                break;
            below += weight[value];
        }
        if (value == 1 << DIGIT_BITS)
            below -= weight[last];
        key |= last << digit * DIGIT_BITS;
    }
    float norm;
    memcpy(&norm, &key, sizeof norm);
    return (double)norm;
}

static void median(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    const struct norm_column *column = self->detail;
    if (column->range && !v->outcomes->in_ranges)
        return;
    struct outcomes_reader rows = outcomes_read(v->outcomes);
    struct metric_value value = value_of(self);
    struct stats_share attacked = {0};
    for (size_t i = 0; i < v->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        if (row->attacked)
            stats_share_add(&attacked, row->success, view_weight(v->weight, i));
    }
    outcomes_rest(&rows);
    value.n = attacked.n;
    value.count = attacked.count;
    value.effective_n = v->weight != NULL ? stats_share_effective_n(&attacked) : 0;
    double half = attacked.weights / 2;
    if (value.n == 0)
        value_drop(&value, NULL_ZERO_DENOMINATOR);
    else
        value.value = (norm_at(v, column, half, 1) + norm_at(v, column, half, 0)) / 2;
    if (value.n > 0 && !isfinite(value.value))
        value_drop(&value, NULL_CENSORED);
    metric_add(out, &value);
}

static void mean_queries(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    struct outcomes_reader rows = outcomes_read(v->outcomes);
    struct stats_mean queries = {0};
    for (size_t i = 0; i < v->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i);
        if (row->attacked && row->carried != OUTCOME_TAKEN_OVER)
            stats_mean_add(&queries, (double)row->queries_forward + (double)row->queries_gradient,
                           view_weight(v->weight, i));
    }
    outcomes_rest(&rows);
    struct metric_value value = value_mean(self, &queries, v->weight != NULL, v->subject->level);
    metric_add(out, &value);
}

/* Each norm brings its column and its median. */
#define NORM(norm)                                                                                                  \
    const struct metric_kind metric_median_##norm = {                                                               \
        .name = "median_" #norm, .source = "Carlini et al. 2019", .unit = "data units", .lo = 0, .hi = 1e308,       \
        .doc = "median " #norm " norm over the attacked samples, failures infinite (l0: values changed); count: "   \
               "successes",                                                                                         \
        .higher_is_better = 1, .scope = METRIC_ADVERSARIAL,                                                         \
        .detail = &(const struct norm_column){offsetof(struct outcome, norm), 0}, .scenario = median,               \
    };                                                                                                              \
    const struct metric_kind metric_median_##norm##_range = {                                                       \
        .name = "median_" #norm "_range", .source = "Carlini et al. 2019", .unit = "shares of each range", .lo = 0, \
        .hi = 1e308,                                                                                                \
        .doc = "the same of " #norm " in shares of each feature's range (l0: features changed), where eps is in them", \
        .higher_is_better = 1, .scope = METRIC_ADVERSARIAL,                                                         \
        .detail = &(const struct norm_column){offsetof(struct outcome, norm##_range), 1}, .scenario = median,       \
    };
#include "attacks/norms.def"
#undef NORM

const struct metric_kind metric_mean_queries = {
    .name = "mean_queries", .source = "",
    .doc = "forward and gradient queries a sample that was attacked here; rows taken over from a smaller eps do not "
           "count",
    .unit = "queries", .lo = 0, .hi = 1e308, .higher_is_better = 1, .scope = METRIC_ADVERSARIAL,
    .scenario = mean_queries,
};
