/* What metrics are computed from: rows of outcomes with the weights of their data set. Views borrow everything and are
 * only read; who goes through the rows has a reader of its own (outcomes.h). */
#ifndef ASSAY_METRICS_VIEW_H
#define ASSAY_METRICS_VIEW_H
#include "metrics/groups.h"
#include "metrics/metric.h"
#include "metrics/roc.h"

/* One scenario beside the clean rows of the same samples. */
struct scenario_view {
    const struct metric_subject *subject;
    const struct outcomes *outcomes, *clean;
    const double *weight;              /* [n] or NULL */
};

/* Several scenarios beside the clean rows of the same samples. */
struct several_view {
    const struct metric_subject *subject;
    const struct outcomes *clean;
    const struct outcomes *const *outcomes; /* [n], n > 0 */
    size_t n;
    const double *weight;              /* [rows] or NULL */
};

/* One scenario, its rates counted by the groups of a partition. */
struct groups_view {
    const struct metric_subject *subject;
    const struct outcomes *outcomes;
    const double *weight;              /* [n] or NULL */
    const struct metric_partition *partition; /* without codes: the whole, of which there are no slices */
    const struct groups *groups;
    int with_whole;                    /* the rates of all recorded rows, too, stand in this test */
    struct rate_value *rate;           /* [groups->n] working space, as is */
    struct interval_part *part;        /* [groups->n] */
};

/* Members against others, by one score. */
struct membership_view {
    const struct metric_subject *subject;
    const struct membership *membership;
};

/* Weight of row i. */
static inline double view_weight(const double *weight, size_t i)
{
    return weight != NULL ? weight[i] : 1;
}

/* A reader in clean and in each scenario of a view. */
struct several_reader { struct outcomes_reader clean, *outcomes; size_t n; };
/* Nonzero when out of memory. */
int several_read(const struct several_view *v, struct arena *arena, struct several_reader *out);
/* Sample i withstands: right clean and in every scenario. */
int several_survives(struct several_reader *r, size_t i);
void several_rest(const struct several_reader *r);

#endif
