/* The parts of evaluate(): each adds the tests of one subject in the documented order. Private to evaluate*.c. */
#ifndef ASSAY_METRICS_EVALUATE_PARTS_H
#define ASSAY_METRICS_EVALUATE_PARTS_H
#include "metrics/evaluate.h"

struct evaluation {
    const struct metric_subject *subject;
    const struct outcomes *clean;
    struct tests *out;
    struct arena scratch;              /* freed when evaluate returns */
    uint8_t *survived;                 /* [n] scratch of one call */
    struct err *e;
};

/* Refuse a subject that contradicts itself. */
int evaluate_check(const struct metric_subject *subject, struct err *e);

int evaluate_robustness(struct evaluation *ev);
int evaluate_curves(struct evaluation *ev);
int evaluate_calibration(struct evaluation *ev);
int evaluate_fairness(struct evaluation *ev);
int evaluate_leakage(struct evaluation *ev);

/* A new test at the end of the list; its address holds until the next one. */
int evaluation_begin(struct evaluation *ev, const char *test_id, const char *scenario, struct test **test);
/* Every metric whose scope has this bit, in the order of metrics.def. */
int evaluation_run(struct evaluation *ev, struct test *test, enum metric_scope scope, const struct metric_call *call);
int evaluation_warn(struct evaluation *ev, struct test *test, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Formatted text in the arena of the tests. */
int evaluation_text(struct evaluation *ev, const char **text, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int evaluation_no_memory(struct evaluation *ev);
/* Scenarios of one family that share a name, norm or nothing (NULL = any), ordered by level; *n of them, in scratch. */
int evaluation_select(struct evaluation *ev, enum scenario_family family, const char *name, const char *norm,
                      const struct outcomes ***selected, size_t *n);
/* survived[i] = correct clean and in o. */
void evaluation_survivors(struct evaluation *ev, const struct outcomes *o);
/* A series of n points in the arena of the tests, intervals included; y and the limits still to be set. */
struct series_points { double *x, *y, *low, *high; };
int evaluation_series(struct evaluation *ev, struct test *test, struct metric_series head, size_t n,
                      struct series_points *points);
/* Set point i to the rate count / n with its Wilson interval; n > 0. */
void evaluation_point(const struct evaluation *ev, const struct series_points *p, size_t i, double x, size_t count,
                      size_t n);

#endif
