/* Metrics: pure functions of outcomes, labels, attributes and membership. They never see the net.
 *
 * A metric is one struct at the foot of its family's file and one row in metrics.def. `compute` is called once for each
 * test that its `scope` names and adds values to the list. A value that is not defined is added as
 * undefined with a reason, never dropped and never 0. */
#ifndef ASSAY_METRICS_METRIC_H
#define ASSAY_METRICS_METRIC_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/param.h"
#include "metrics/outcomes.h"

/* Why a value is null; the text in the report. */
#define NULL_ZERO_DENOMINATOR "zero_denominator"
#define NULL_ZERO_OVER_ZERO "zero_over_zero"       /* ratio of two zeros */
#define NULL_SMALL_N "suppressed_small_n"
#define NULL_NOT_COMPUTED "not_computed"
#define NULL_TOO_FEW_GROUPS "too_few_groups"
#define NULL_ONE_CLASS "one_class_only"            /* members or non-members only */
#define NULL_NO_REFERENCE "no_reference"           /* the partition names no reference group */
#define NULL_CENSORED "more_than_half_censored"    /* median of something most samples never reached */

struct metric_interval { int given; double level, low, high; const char *method; /* "wilson", "delong", ... */ };

struct metric_value {
    const char *metric_id, *unit;      /* "fraction", "count", "nats", "" */
    int higher_is_better;
    double value;                      /* NaN where null_reason is given */
    const char *null_reason;           /* NULL = defined */
    size_t n, count;                   /* denominator, numerator where the value is a rate; else n = rows used, count =
                                          groups compared (disparities) or members (auc, advantage) */
    struct metric_interval ci;
    const char *slice_attribute, *slice_value; /* NULL = whole; "sex*race", "female*black"; classes: "class", name */
    const char *pair_low, *pair_high;  /* disparities: the two groups that make the value, lower rate first ("overall" =
                                          all rows); worst_corruption_accuracy: low = the scenario; else NULL */
    size_t groups_excluded;            /* disparities: groups left out because undefined or suppressed */
};

struct metric_list { struct metric_value *value; size_t n, capacity; struct arena *arena; int failed; };
/* Append (copies the struct; strings must live in the arena or be static). */
void metric_add(struct metric_list *list, const struct metric_value *v);

#define METRIC_PARTS_MOST 64       /* attributes of an intersection */
#define METRIC_GROUPS_MOST 10000   /* groups of a partition */

/* A partition of the rows by one attribute or an intersection. */
struct metric_partition {
    const char *attribute;             /* "sex", "sex*race" */
    size_t groups_n;
    const char *const *group;          /* [groups_n] */
    const int32_t *code;               /* [n], -1 = not recorded (takes no part) */
    int reference;                     /* group index, or -1 */
    size_t parts_n;                    /* attributes of an intersection; 0 = `attribute` alone */
    const char *const *part;
};
/* The test of a partition by these attributes, "fairness.static.sex_x_race"; what is no letter, digit, '_' or '-' becomes
 * '_', so two partitions may come to one id: such a subject is refused. NULL when out of memory. */
const char *metric_partition_id(struct arena *arena, const char *const *part, size_t n);

/* What is tested; owned by the caller for the whole evaluation. */
struct metric_subject {
    size_t classes;
    const char *const *class_name;     /* or NULL: "0", "1", ... (evaluate fills it in before metrics see it) */
    size_t partitions_n;
    const struct metric_partition *partition; /* attributes first, then intersections */
    int favorable;                     /* class, or -1: fairness then one-vs-rest is not computed */
    size_t min_group;                  /* smallest denominator that is not suppressed */
    double level;                      /* of intervals, 0.95 */
    size_t outcomes_n;
    const struct outcomes *outcomes;   /* every scenario; [0] is clean */
    const uint8_t *member;             /* [n] rows of clean that were trained on, or NULL; with members
                                          they are left out of leakage */
    const struct outcomes *members;    /* outcomes over a separate members data set, or NULL */
    const struct metric_partition *members_partition; /* [partitions_n], same groups, codes over the rows of members; or
                                          NULL (only needed with members). Where it or a code is NULL, the members have
                                          not all attributes: leakage is not sliced by that partition */
    /* Between tests: what was read of the arrays above may leave memory until it is read again; or NULL. */
    void (*rest)(const void *owner);
    const void *owner;
};

enum metric_scope {              /* bits: the tests that a metric belongs to */
    METRIC_CLEAN = 1,            /* robustness.clean */
    METRIC_NATURAL = 2,          /* robustness.natural.NAME, once per natural scenario */
    METRIC_NATURAL_SUMMARY = 4,  /* robustness.natural.summary, once over all of them */
    METRIC_ADVERSARIAL = 8,      /* robustness.adversarial.NAME, once per adversarial scenario */
    METRIC_WORST_CASE = 16,      /* robustness.worst_case.NORM, once per (norm, eps) over all attacks within it */
    METRIC_CALIBRATION = 32,     /* calibration.clean, once whole and once per partition */
    METRIC_PARTITION = 64,       /* fairness.static.ATTRIBUTE, once per scenario and partition */
    METRIC_MEMBERSHIP = 128,     /* leakage.membership.SCORE, once per score */
    METRIC_GAP = 256             /* leakage.membership.gap */
};

/* Membership scores: higher = rather a member. */
enum membership_score {
    MEMBERSHIP_LOSS, MEMBERSHIP_CONFIDENCE, MEMBERSHIP_ENTROPY, MEMBERSHIP_MODIFIED_ENTROPY, MEMBERSHIP_SCORES
};
extern const char *const membership_names[]; /* "loss", "confidence", "entropy", "modified_entropy", NULL */

struct groups;      /* groups.h */
struct membership;  /* roc.h */

struct metric_call {
    const struct metric_subject *subject;
    const struct outcomes *outcomes;           /* the scenario; NULL for summaries, worst cases and leakage */
    const struct outcomes *clean;
    const uint8_t *survived;                   /* [n] correct clean and in every scenario the call is about;
                                                  NATURAL, ADVERSARIAL, WORST_CASE */
    const struct metric_partition *partition;  /* PARTITION; CALIBRATION: NULL for the whole */
    const struct groups *groups;               /* PARTITION: counts of outcomes by partition */
    const struct outcomes *const *several;     /* NATURAL_SUMMARY */
    size_t several_n;
    const struct membership *membership;       /* MEMBERSHIP, GAP */
};

struct metric_kind {
    const char *name;                  /* "demographic_parity_difference", also the metric_id of its main value */
    const char *source, *doc, *unit;
    double lo, hi;
    int higher_is_better;
    unsigned scope;                    /* bits of enum metric_scope */
    int needs_favorable;
    const void *detail;                /* what tells the metrics of one family apart; private to the family */
    int (*compute)(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out, struct err *e);
};

extern const struct metric_kind *const metric_kinds[]; /* metrics.def, NULL-terminated */
const struct metric_kind *metric_find(const char *name);

#endif
