/* Forms: a rate compared between the groups of a partition.
 *
 * A form is one struct at the foot of its file and one row in forms.def; each rate with a prefix then is a metric in
 * it, PREFIX_NAME. Groups whose rate is undefined or small (rate_fault) take no part and are counted in
 * groups_excluded. Intervals hold for all comparisons together (Bonferroni), so the worst one may be picked from
 * them. */
#ifndef ASSAY_METRICS_FORM_H
#define ASSAY_METRICS_FORM_H
#include "metrics/rate.h"

/* The rate of every group; what a form is computed from. */
struct form_groups {
    const struct metric_partition *partition;
    size_t n;
    const struct rate_value *group;    /* [n] */
    struct rate_value overall;         /* of all recorded rows */
    double level;                      /* of the intervals */
    const struct interval_choice *interval;
    struct interval_part *part;        /* [n] working space */
};

struct form {
    const char *name;                  /* "difference": the end of the metric's name */
    const char *doc;                   /* follows the rate's title: "largest minus smallest of the groups" */
    int is_ratio;                      /* its unit is then "fraction", whatever the rate's; of equal groups
                                          it is 1, else 0 */
    double lo, hi;                     /* bounds; of differences: times the width of the rate's own */
    int higher_is_better;
    enum metric_shown shown;           /* or less, where the rate's forms_shown is less */
    void (*compute)(const struct metric_kind *self, const struct form_groups *g, struct metric_list *out);
};

extern const struct form *const forms[];        /* forms.def, NULL-terminated */
extern const struct form form_difference, form_ratio, form_difference_to_reference, form_ratio_to_reference,
    form_difference_to_overall, form_ratio_to_overall;

/* metric_kind.groups of every metric that has a rate and a form. */
void form_of_groups(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out);
/* What it calls the form's compute with. It lies in the working space of the view: the next call overwrites it. */
struct form_groups form_groups_of(const struct groups_view *v, const struct rate *rate);

/* Largest minus smallest, or smallest over largest rate, at g->level: the forms of form_between.c. */
struct metric_value form_between(const struct metric_kind *kind, const struct form_groups *g, int ratio);

/* For the files of forms. What the defined groups have in common: how many, their rows, the groups of the smallest and
 * the largest rate (two different groups even where all are equal). */
struct form_extent { size_t groups, rows, low, high; double low_rate, high_rate, effective_n; };
struct form_extent form_extent_of(const struct form_groups *g);
/* A value with what is common to all comparisons: n, count, effective_n, groups_excluded. */
struct metric_value form_value(const struct metric_kind *kind, const struct form_groups *g,
                               const struct form_extent *x);
/* Set the value of one group against a base. comparisons: that the interval must hold for together; 0: no interval. */
void form_compare(struct metric_value *v, const struct metric_kind *kind, int ratio, const struct rate_value *group,
                  const struct rate_value *base, size_t comparisons, const struct form_groups *g);
/* The group farthest from the base, `skip` apart, or g->n where there is none; an undefined comparison only if no other
 * is. */
size_t form_farthest(const struct metric_kind *kind, const struct form_groups *g, int ratio, size_t skip,
                     const struct rate_value *base);
/* Without its sign or direction: |d|; r or 1/r, whichever is at most 1. */
double form_unsigned(int ratio, double value);
/* Name the pair, the lower rate first. */
void form_name_pair(struct metric_value *v, const char *a, double a_rate, const char *b, double b_rate);
/* How two groups are compared: as chosen; means by MOVER. */
const struct interval_method *form_interval(const struct interval_choice *choice, int ratio, int is_mean);
/* "newcombe", "mover_r_bonferroni", "mover_effective_n" ... */
const char *form_method(const struct interval_method *method, size_t comparisons, int is_weighted);

#endif
