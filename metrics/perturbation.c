/* How large and how costly the successful perturbations are. A sample that withstands has an unknown, larger norm: it
 * counts as infinite, so that the median is that of all attacked samples and not of the easy ones. */
#include <math.h>
#include <stdlib.h>
#include "metrics/value.h"

enum norm_column { COLUMN_LINF, COLUMN_L2 };

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Norms of the attacked rows; returns how many, *reached of them finite. */
static size_t norms(const struct outcomes *o, enum norm_column column, float *norm, size_t *reached)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = &o->row[i];
        if (!row->attacked)
            continue;
        *reached += row->success != 0;
        norm[n++] = !row->success ? INFINITY : column == COLUMN_LINF ? row->linf : row->l2;
    }
    return n;
}

static struct metric_value median(const struct metric_kind *self, const float *sorted, size_t n)
{
    if (n == 0)
        return value_null(self, NULL_ZERO_DENOMINATOR);
    struct metric_value v = value_of(self);
    v.value = ((double)sorted[(n - 1) / 2] + (double)sorted[n / 2]) / 2;
    if (!isfinite(v.value))
        value_drop(&v, NULL_CENSORED);
    return v;
}

static int median_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                          struct err *e)
{
    float *norm = malloc((c->outcomes->n + 1) * sizeof *norm);
    if (norm == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    size_t reached = 0, n = norms(c->outcomes, *(const enum norm_column *)self->detail, norm, &reached);
    qsort(norm, n, sizeof *norm, ascending);
    struct metric_value v = median(self, norm, n);
    v.n = n;
    v.count = reached;
    metric_add(out, &v);
    free(norm);
    return 0;
}

static int mean_queries_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                                struct err *e)
{
    (void)e;
    struct stats_mean queries = {0};
    for (size_t i = 0; i < c->outcomes->n; i++) {
        const struct outcome *row = &c->outcomes->row[i];
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
