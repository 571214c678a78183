/* Small subjects for the tests of metrics. */
#ifndef ASSAY_TESTS_METRICS_SUBJECT_H
#define ASSAY_TESTS_METRICS_SUBJECT_H
#include "metrics/evaluate.h"

/* A row whose prediction is `predicted`; the rest set so that nothing is 0. index is the caller's. */
struct outcome outcome_of(uint64_t index, int label, int predicted);
/* Append `times` rows of one label, prediction and group. */
struct rows { size_t n; struct outcome row[512]; int32_t code[512]; };
void rows_add(struct rows *r, int group, int label, int predicted, size_t times);
/* A subject of one clean scenario and one partition over rows; classes 2, favorable 1, min_group 1, no reference, all
 * forms. */
struct subject {
    struct metric_subject metric;
    struct outcomes outcomes[16];
    struct metric_partition partition;
};
void subject_of_rows(struct subject *s, const struct rows *r, const char *const *group, size_t groups_n);

/* The test with this id and scenario; fails the test if there is none. */
const struct test *find_test(const struct tests *t, const char *test_id, const char *scenario);
/* The value of a slice (value NULL = whole); fails the test if there is none. */
const struct metric_value *find_value(const struct test *t, const char *metric_id, const char *slice_value);
/* Evaluate, or fail the test. */
void evaluate_or_fail(const struct metric_subject *subject, struct tests *t);

/* Both defined and nearly equal. */
void expect_value(const struct metric_value *v, double value);
void expect_null(const struct metric_value *v, const char *reason);
void expect_pair(const struct metric_value *v, const char *low, const char *high);

#endif
