/* Membership scores as ROC curves: what the metrics need of them, gathered from the highest score down. */
#ifndef ASSAY_METRICS_ROC_H
#define ASSAY_METRICS_ROC_H
#include "metrics/metric.h"
#include "metrics/stats.h"

enum { ROC_FPR_0_01, ROC_FPR_0_001, ROC_TARGETS }; /* false positive rates */

__extension__ typedef unsigned __int128 roc_wide;

/* Rows above a threshold, and what they weigh. */
struct roc_step { size_t members, others; double members_weight, others_weight; };

struct roc {
    const char *attribute, *value;     /* the slice; NULL = whole */
    struct stats_share members, others; /* rows; hits are those classified correctly */
    int is_weighted;
    /* Placements, in half rows: how many others a member beats (a tie is one half), how many members beat an other. */
    uint64_t wins;                     /* the sum over either kind */
    roc_wide member_squares, other_squares; /* sums of their squares */
    /* The same by weight, in whole rows; used only where there are weights. */
    double weighted_wins, weighted_member_squares, weighted_other_squares;
    double advantage;                  /* largest TPR - FPR over all thresholds, at least 0 */
    /* Rows above the lowest threshold whose false positive rate is <= the target; nothing is interpolated. */
    struct roc_step at_fpr[ROC_TARGETS];
};

struct membership {
    size_t slices_n;
    const struct roc *slice;           /* [0] whole, then the classes, then the groups of each partition */
};

/* Members are the rows of subject->members and non-members the clean rows, or both are told apart by subject->member.
 * With separate members, clean rows that subject->member marks take no part. A score that is not a number ranks below
 * all. Nonzero when out of memory. */
int roc_prepare(const struct metric_subject *subject, enum membership_score score, struct arena *arena,
                       struct membership *out);

/* Whether rows of both kinds have the attributes of partition p, so that there are slices by it. */
int roc_slices(const struct metric_subject *subject, size_t p);

/* Mann-Whitney, ties half, pairs by the product of their weights; both kinds present. */
double roc_auc(const struct roc *roc);
/* Its interval by DeLong et al. 1988, with weights of their weighted placements and effective n. Where that has no
 * width (a perfect separation, or one row of a kind) Wilson's, as if the rarer kind were all there is; *method tells
 * which. */
struct stats_range roc_auc_range(const struct roc *roc, double level, const char **method);

#endif
