/* All tests of a run from its outcomes. */
#ifndef ASSAY_METRICS_EVALUATE_H
#define ASSAY_METRICS_EVALUATE_H
#include "metrics/metric.h"

/* y over x, e.g. robust accuracy over eps; ci arrays may be NULL. */
struct metric_series {
    const char *series_id, *x_name, *x_unit, *metric_id;
    size_t n;
    const double *x, *y, *low, *high;
};

enum test_status { TEST_OK, TEST_SKIPPED, TEST_NOT_APPLICABLE };
extern const char *const test_status_names[]; /* "completed", "skipped", "not_applicable", NULL */

struct test_warning { const char *code, *message; };

struct test {
    const char *test_id;               /* "robustness.adversarial.pgd_linf", "fairness.static.sex" ... */
    const char *scenario;              /* "clean", "adversarial.pgd_linf@0.03", "worst_case.linf@0.03", "natural",
                                          "members"; curves: "adversarial.pgd_linf" */
    enum test_status status;
    const char *status_reason;         /* or NULL */
    struct metric_list metrics;
    size_t series_n;
    const struct metric_series *series;
    size_t warnings_n;
    const struct test_warning *warning;
};

struct tests {
    size_t n, capacity;
    struct test *test;
    struct arena arena;                /* of the list and its names */
    size_t workers_n;
    struct arena *worker;              /* [workers_n] of values, by the thread that computed them */
};

/* Walks families.def: every family lists its tests, in the order of the table, then subject->threads threads compute
 * them; values do not depend on the number of threads. A subject that contradicts itself (rows of different samples,
 * codes out of range ...) is ERR_RUN. Fairness without a favorable class holds accuracy only, with a warning. The tests
 * refer to names of the subject, which must outlive them. The caller frees with tests_free, after an error too. */
int evaluate(const struct metric_subject *subject, struct tests *out, struct err *e);
void tests_free(struct tests *t);
/* Add a warning to test number `test`; the message is copied, the code must outlive the
 * tests. ERR_RUN without memory. */
int tests_warn(struct tests *t, size_t test, const char *code, const char *message, struct err *e);
/* First value with this id and no slice; NULL if absent. */
const struct metric_value *test_value(const struct test *t, const char *metric_id);

#endif
