/* Metrics: pure functions of outcomes, weights, labels, attributes and membership. They never see the net.
 *
 * A metric is one struct at the foot of its family's file and one row in metrics.def. It says which tests it belongs to
 * (`scope`) and which view it is computed from: one of the slots below, called once for each test that `scope` names,
 * which adds values to the list. A value that is not defined is added as undefined with a reason, never dropped and
 * never 0. Metrics of groups come from two more tables: rates.def (rate.h) and forms.def (form.h), each rate by itself
 * and in each form. */
#ifndef ASSAY_METRICS_METRIC_H
#define ASSAY_METRICS_METRIC_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/param.h"
#include "metrics/interval.h"
#include "metrics/outcomes.h"

/* Why a value is null; the text in the report. */
#define NULL_ZERO_DENOMINATOR "zero_denominator"
#define NULL_ZERO_OVER_ZERO "zero_over_zero"       /* ratio of two zeros */
#define NULL_SMALL_N "suppressed_small_n"           /* compared with a reference group below min_group */
#define NULL_NOT_COMPUTED "not_computed"
#define NULL_TOO_FEW_GROUPS "too_few_groups"
#define NULL_ONE_CLASS "one_class_only"            /* members or non-members only */
#define NULL_NO_REFERENCE "no_reference"           /* the partition names no reference group */
#define NULL_CENSORED "more_than_half_censored"    /* median of something most samples never reached */

struct metric_interval { int given; double level, low, high; const char *method; /* "wilson", "delong", ... */ };

/* Of a value against its being 0 (or 1, ratios). Adjusted over all values of this metric in the tests (adjust.h). */
struct metric_p {
    int given;
    double value, holm, benjamini_hochberg;
    double mid;                        /* of exact tests: the mid-p-value; NaN: there is none */
    size_t comparisons;                /* that it is adjusted for */
    const char *method;                /* "mcnemar_exact", ... */
};

struct metric_value {
    const char *metric_id, *unit;      /* "fraction", "count", "nats", "" */
    int higher_is_better;
    double value;                      /* weighted; NaN where null_reason is given */
    const char *null_reason;           /* NULL = defined */
    size_t n, count;                   /* rows, never weighted: denominator, numerator where the value is a rate; else
                                          n = rows used, count = groups compared (disparities) or members (auc,
                                          advantage) */
    double effective_n;                /* Kish's, of the n rows; 0 = the data set has no weights */
    struct metric_interval ci;
    struct metric_p p;
    const char *slice_judge;           /* with a slice: who answered; NULL = the target */
    const char *slice_attribute, *slice_value; /* NULL = whole; "sex*race", "female*black"; classes: "class", name */
    const char *pair_low, *pair_high;  /* disparities: the two groups that make the value, lower rate first ("overall" =
                                          all rows); worst_corruption_accuracy: low = the scenario; else NULL */
    size_t groups_excluded;            /* disparities: groups left out because undefined or small */
    int is_small;                      /* slices: on fewer rows than min_group; shown, concludes nothing */
};

struct metric_list { struct metric_value *value; size_t n, capacity; struct arena *arena; int failed; };
/* Append (copies the struct; strings must live in the arena or be static). Out of memory sets `failed`. */
void metric_add(struct metric_list *list, const struct metric_value *v);

#define METRIC_PARTS_MOST 64       /* attributes of an intersection */
#define METRIC_GROUPS_MOST 10000   /* groups of a partition */

/* A partition of the rows by one attribute or an intersection. */
struct metric_partition {
    const char *attribute;             /* "sex", "sex*race" */
    size_t groups_n;
    const char *const *group;          /* [groups_n] */
    const int32_t *code;               /* [n], -1 = not recorded (takes no part); NULL: all rows in one group */
    int reference;                     /* group index, or -1 */
    size_t parts_n;                    /* attributes of an intersection; 0 = `attribute` alone */
    const char *const *part;
};
/* The test of a partition by these attributes, "fairness.static.sex_x_race". The id is ASCII: each byte of the names'
 * UTF-8 that is no letter, digit, '_' or '-' becomes '%' and two hexadecimal digits, "gr%C3%B6%C3%9Fe", so that no two
 * names make one id. Only an intersection and an attribute whose own name has "_x_" may: such a subject is refused.
 * NULL when out of memory. */
const char *metric_partition_id(struct arena *arena, const char *const *part, size_t n);

/* What a probe measured on the net: one test, its values as they go into the report. */
struct metric_probe { const char *test_id, *scenario; size_t n; const struct metric_value *value; };

/* What is tested; owned by the caller for the whole evaluation. */
struct metric_subject {
    size_t classes;
    const char *const *class_name;     /* or NULL: "0", "1", ... (evaluate fills it in before metrics see it) */
    size_t partitions_n;
    const struct metric_partition *partition; /* attributes first, then intersections */
    int favorable;                     /* class, or -1: fairness then one-vs-rest is not computed */
    size_t min_group;                  /* smallest denominator that disparities rest on; counts rows, not weights */
    int all_forms;                     /* everything in every scenario, also what metric_kind.shown keeps back */
    double level;                      /* of intervals, 0.95 */
    struct interval_choice interval;   /* by which method; zeros: the defaults */
    size_t outcomes_n;
    const struct outcomes *outcomes;   /* every scenario; [0] is clean */
    size_t judged_n;
    const struct outcomes *judged;     /* what others than the target say of the same inputs */
    size_t probes_n;
    const struct metric_probe *probe;
    const double *weight;              /* [n] of clean, above 0; or NULL: every row counts the same */
    const uint8_t *member;             /* [n] rows of clean that were trained on, or NULL; with members
                                          they are left out of leakage */
    const struct outcomes *members;    /* outcomes over a separate members data set, or NULL */
    const double *members_weight;      /* [n] of members, or NULL */
    const struct metric_partition *members_partition; /* [partitions_n], same groups, codes over the rows of members; or
                                          NULL (only needed with members). Where it or a code is NULL, the members have
                                          not all attributes: leakage is not sliced by that partition */
    /* Between tests: what was read of the arrays above may leave memory until it is read again, also by other threads
     * meanwhile; or NULL. */
    void (*rest)(const void *owner);
    const void *owner;
    size_t threads;                    /* that compute tests; 0 stands for 1. No effect on values */
    const atomic_int *stop;            /* once it is not 0, no test is begun any more: ERR_INTERRUPTED; or NULL */
};

enum metric_scope {              /* bits: the tests that a metric belongs to, and in parentheses its slot there */
    METRIC_CLEAN = 1,            /* robustness.clean (scenario) */
    METRIC_NATURAL = 2,          /* robustness.natural.NAME, once per natural scenario (scenario) */
    METRIC_NATURAL_SUMMARY = 4,  /* robustness.natural.summary, once over all of them (several) */
    METRIC_ADVERSARIAL = 8,      /* robustness.adversarial.NAME, once per adversarial scenario (scenario) */
    METRIC_WORST_CASE = 16,      /* robustness.worst_case.NORM, once per budget over all attacks within it (several) */
    METRIC_CALIBRATION = 32,     /* calibration.clean, whole and per partition (groups) */
    METRIC_PARTITION = 64,       /* fairness.static.ATTRIBUTE, once per scenario and partition (groups) */
    METRIC_MEMBERSHIP = 128,     /* leakage.membership.SCORE, once per score (membership) */
    METRIC_GAP = 256,            /* leakage.membership.gap (membership) */
    METRIC_OWN = 512             /* computed by its own family, in none of these slots */
};

/* Where a test of groups holds the metric, unless subject.all_forms asks for everything. */
enum metric_shown { METRIC_SHOWN, METRIC_SHOWN_CLEAN /* not in other scenarios */, METRIC_SHOWN_ON_REQUEST };

/* Membership scores: higher = rather a member. */
enum membership_score {
    MEMBERSHIP_LOSS, MEMBERSHIP_CONFIDENCE, MEMBERSHIP_ENTROPY, MEMBERSHIP_MODIFIED_ENTROPY, MEMBERSHIP_SCORES
};
extern const char *const metric_membership_names[]; /* "loss", "confidence", "entropy", "modified_entropy", NULL */

struct metric_kind;
struct rate;              /* rate.h */
struct form;              /* form.h */
struct scenario_view;     /* view.h: one scenario beside clean */
struct several_view;      /* view.h: several scenarios beside clean */
struct groups_view;       /* view.h: one scenario counted by the groups of a partition */
struct membership_view;   /* view.h: members against others */

/* Add the metric's values of a view, the whole first, then slices. They only read, so several threads may compute. */
typedef void metric_of_scenario(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out);
typedef void metric_of_several(const struct metric_kind *self, const struct several_view *v, struct metric_list *out);
typedef void metric_of_groups(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out);
typedef void metric_of_membership(const struct metric_kind *self, const struct membership_view *v,
                                  struct metric_list *out);

struct metric_kind {
    const char *name;                  /* "demographic_parity_difference", also the metric_id of its main value */
    const char *source, *doc, *unit;
    double lo, hi;
    int higher_is_better;
    unsigned scope;                    /* bits of enum metric_scope */
    int needs_favorable;
    enum metric_shown shown;
    const struct rate *rate;           /* of rates.def: the rate, and the form it is in (NULL: by itself) */
    const struct form *form;
    const void *detail;                /* what tells the metrics of one file apart; private to it */
    metric_of_scenario *scenario;      /* slots: NULL where `scope` does not call them */
    metric_of_several *several;
    metric_of_groups *groups;
    metric_of_membership *membership;
};

/* Every metric, NULL-terminated: rates, metrics.def, rates in every form. */
const struct metric_kind *const *metric_kinds(void);
const char *metric_name(size_t i); /* NULL behind the last */
const struct metric_kind *metric_find(const char *name);

#endif
