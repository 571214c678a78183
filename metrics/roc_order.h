/* Rows of membership inference from the highest score down, in memory that hardly grows with them. */
#ifndef ASSAY_METRICS_ROC_ORDER_H
#define ASSAY_METRICS_ROC_ORDER_H
#include "metrics/metric.h"

struct roc_entry {
    float score;              /* a score that is not a number counts as -INFINITY */
    int32_t label;
    uint64_t row : 62;        /* of its outcomes */
    uint64_t member : 1, correct : 1;
};

typedef void roc_visitor(void *context, const struct roc_entry *entry);

/* Every row that takes part, in index order: those of the clean outcomes, then those of subject->members. */
void roc_each(const struct metric_subject *subject, enum membership_score score, roc_visitor *visit, void *context);

/* Every row that takes part, scores descending, rows of one score in any order. The rows are gone through once for each
 * range of scores that fits a buffer of `capacity` rows (at least 2), where they are sorted; 0 = 16,384 or a sixteenth
 * of the rows, so that the passes are few. Nonzero when out of memory. */
int roc_descending(const struct metric_subject *subject, enum membership_score score, size_t capacity,
                   roc_visitor *visit,
                   void *context);

#endif
