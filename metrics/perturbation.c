/* How large and how costly the successful perturbations are. A sample that withstands has an unknown, larger norm: it
 * counts as infinite, so that the median is that of all attacked samples and not of the easy ones. */
#include <math.h>
#include <string.h>
#include "metrics/value.h"

enum norm_column { COLUMN_LINF, COLUMN_L2 };

/* Norms are not negative, so their bits ascend with them; samples that withstand count as infinite. */
static uint32_t key_of(const struct outcome *row, enum norm_column column)
{
    float norm = !row->success ? INFINITY : column == COLUMN_LINF ? row->linf : row->l2;
    uint32_t key;
    memcpy(&key, &norm, sizeof key);
    return key;
}

/* Ranks are found digit by digit (radix selection), so that memory does not grow with the samples as sorting would. */
#define DIGIT_BITS 8
#define DIGITS (32 / DIGIT_BITS)

/* How many attacked rows have each value of a digit, among those whose higher digits are `prefix`'s. */
static void count_digits(const struct outcomes *o, enum norm_column column, int digit, uint32_t prefix,
                         size_t count[1 << DIGIT_BITS])
{
    int shift = digit * DIGIT_BITS;
    memset(count, 0, (1 << DIGIT_BITS) * sizeof *count);
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = outcomes_row(o, i);
        uint32_t key = key_of(row, column);
        if (row->attacked && (uint64_t)key >> (shift + DIGIT_BITS) == (uint64_t)prefix >> (shift + DIGIT_BITS))
            count[key >> shift & ((1 << DIGIT_BITS) - 1)]++;
    }
}

/* The norm that stands at `rank` (from 0, below the number of attacked rows) in ascending order. */
static double norm_of_rank(const struct outcomes *o, enum norm_column column, size_t rank)
{
    size_t count[1 << DIGIT_BITS];
    uint32_t key = 0;
    for (int digit = DIGITS - 1; digit >= 0; digit--) {
        count_digits(o, column, digit, key, count);
        uint32_t value = 0;
        while (rank >= count[value])
            rank -= count[value++];
        key |= value << digit * DIGIT_BITS;
    }
    float norm;
    memcpy(&norm, &key, sizeof norm);
    return (double)norm;
}

static int median_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                          struct err *e)
{
    enum norm_column column = *(const enum norm_column *)self->detail;
    const struct outcomes *o = c->outcomes;
    struct metric_value v = value_of(self);
    (void)e;
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = outcomes_row(o, i);
        v.n += row->attacked != 0;
        v.count += row->attacked && row->success;
    }
    if (v.n == 0) {
        value_drop(&v, NULL_ZERO_DENOMINATOR);
    } else {
        v.value = (norm_of_rank(o, column, (v.n - 1) / 2) + norm_of_rank(o, column, v.n / 2)) / 2;
        if (!isfinite(v.value))
            value_drop(&v, NULL_CENSORED);
    }
    metric_add(out, &v);
    return 0;
}

static int mean_queries_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                struct err *e)
{
    (void)e;
    struct stats_mean queries = {0};
    for (size_t i = 0; i < c->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(c->outcomes, i);
        if (row->attacked)
            stats_mean_add(&queries, (double)row->queries_forward + (double)row->queries_gradient);
    }
    struct metric_value v = value_mean(self, &queries, c->subject->level);
    metric_add(out, &v);
    return 0;
}

const struct metric_kind metric_median_linf = {
    .name = "median_linf", .source = "Carlini et al. 2019",
    .doc = "median Linf norm over the attacked samples, failures infinite; count: successes", .unit = "data units",
    .lo = 0, .hi = 1e308, .higher_is_better = 1, .scope = METRIC_ADVERSARIAL,
    .detail = &(const enum norm_column){COLUMN_LINF}, .compute = median_compute,
};

const struct metric_kind metric_median_l2 = {
    .name = "median_l2", .source = "Carlini et al. 2019",
    .doc = "median L2 norm over the attacked samples, failures infinite; count: successes", .unit = "data units",
    .lo = 0, .hi = 1e308, .higher_is_better = 1, .scope = METRIC_ADVERSARIAL,
    .detail = &(const enum norm_column){COLUMN_L2}, .compute = median_compute,
};

const struct metric_kind metric_mean_queries = {
    .name = "mean_queries", .source = "", .doc = "forward and gradient queries an attacked sample", .unit = "queries",
    .lo = 0, .hi = 1e308, .higher_is_better = 1, .scope = METRIC_ADVERSARIAL, .compute = mean_queries_compute,
};
