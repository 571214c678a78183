/* Rates: a weighted sum over a weighted sum of the rows of a group.
 *
 * A rate is one struct at the foot of its file and one row in rates.def. It says of a row whether it counts (`among`)
 * and whether it is a hit (`holds`): a share; or which number is averaged over the rows that count (`column`): a mean.
 * The row brings the rate's values of every group and one metric for each form in forms.def, PREFIX_FORM. */
#ifndef ASSAY_METRICS_RATE_H
#define ASSAY_METRICS_RATE_H
#include "metrics/metric.h"
#include "metrics/stats.h"

/* What a rate sees: a row, the clean row of the same sample, and the favorable class (-1: none). */
struct rate_row { const struct outcome *row, *clean; int favorable; };

struct rate {
    struct metric_kind value;          /* its values; metric_kinds() has it with .rate set */
    const char *title;                 /* "true positive rate": begins the docs of its forms */
    const char *prefix;                /* of its forms' ids, "equal_opportunity"; NULL: it has no forms */
    enum metric_shown forms_shown;
    int not_clean;                     /* on clean rows it is another rate: left out there */
    int two_classes;                   /* with more it is null (not_computed) */
    int (*among)(const struct rate_row *r);     /* NULL = every row */
    int (*holds)(const struct rate_row *r);     /* shares */
    double (*column)(const struct rate_row *r); /* means, at least 0; rows where it is not a number do not count */
};

extern const struct rate *const rates[];        /* rates.def, NULL-terminated */
extern const struct rate rate_selection, rate_tpr, rate_fpr, rate_accuracy, rate_robust_accuracy;

/* The sums of one rate over one group. */
struct rate_sums { struct stats_share share; struct stats_mean mean; /* of a column */ };

struct rate_value {
    size_t count, n;
    double value;                      /* NaN where null_reason is given */
    double effective_n;                /* n where there are no weights */
    double error;                      /* standard error of a mean; NaN: none, or a share */
    double hits;                       /* of a share, among the effective n */
    int is_mean, is_weighted;
    int is_small;                      /* defined, on fewer rows than `least` */
    const char *null_reason;
};

/* least: smallest n that is not small; is_weighted: the data set has weights. */
struct rate_value rate_of(const struct rate *rate, const struct rate_sums *sums, int is_weighted, size_t least);
/* Why it takes no part in comparisons of groups: it is undefined, or small; NULL: it does. */
const char *rate_fault(const struct rate_value *v);
/* Wilson's interval of a share, the normal one of a mean, by the effective n; NaN where there is none. */
struct stats_range rate_range(const struct rate_value *v, double z);
/* What comparisons are made of. */
struct interval_part rate_part(const struct rate_value *v, double z);
/* metric_kind.groups of rates: the whole where the view has it, then every group. */
void rate_of_groups(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out);
/* metric_kind.scenario: the whole; rate_of_classes: the whole, then every class. */
void rate_of_scenario(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out);
void rate_of_classes(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out);

#endif
