/* Families: tests of one kind, from enumeration to values.
 *
 * A family is one struct at the foot of its file and one row in families.def. First every family lists its tests and
 * the jobs that compute them, in the order of the report, by one thread; then the jobs of all families are computed by
 * several threads. A job fills its own tests alone and only reads the rest, so values and their order do not depend on
 * the threads. A family's metrics are those of metric_kinds() whose scope names its tests; it calls them through the
 * slot of the view it makes (metric.h). */
#ifndef ASSAY_METRICS_FAMILY_H
#define ASSAY_METRICS_FAMILY_H
#include "metrics/evaluate.h"
#include "metrics/stats.h"

/* What a job fills: tests first, first + step, ... (n of them). */
struct family_kind;
struct job { const struct family_kind *family; size_t first, step, n; const void *detail; };

/* Enumeration: by one thread. */
struct evaluation {
    const struct metric_subject *subject;
    const struct outcomes *clean;
    struct tests *out;
    struct arena scratch;              /* until evaluate returns: details of jobs */
    struct job *job;
    size_t jobs_n, jobs_capacity;
    struct err *e;
};

/* Computation: of one job by one thread. */
struct work {
    const struct metric_subject *subject;
    const struct outcomes *clean;
    const struct job *job;
    struct tests *out;
    struct arena *arena;               /* of values and texts: lives as long as the tests */
    struct arena scratch;              /* of this job */
    struct err *e;
};

struct family_kind {
    const char *name, *doc;
    const char *tests;                 /* how their ids begin: "robustness.natural." */
    /* List what the subject asks for: nothing where it has no such rows. */
    int (*enumerate)(const struct family_kind *self, struct evaluation *ev);
    int (*compute)(struct work *w);
};

extern const struct family_kind *const family_kinds[]; /* families.def, NULL-terminated */

/* Enumerating. A new test at the end of the list; *at: its number, or NULL. */
int evaluation_test(struct evaluation *ev, const char *test_id, const char *scenario, size_t *at);
/* A job for n tests that were added: first, first + step ... */
int evaluation_job(struct evaluation *ev, const struct family_kind *family, size_t first, size_t step, size_t n,
                   const void *detail);
/* A test and a job for it alone. */
int evaluation_add(struct evaluation *ev, const struct family_kind *family, const char *test_id, const char *scenario,
                   const void *detail);
/* Formatted text in the arena of the tests. */
int evaluation_text(struct evaluation *ev, const char **text, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int evaluation_no_memory(struct evaluation *ev);
/* Scenarios of one family that share a name, norm or nothing (NULL = any), ordered by level; *n of them, in scratch. */
int evaluation_select(struct evaluation *ev, enum scenario_family family, const char *name, const char *norm,
                      const struct outcomes ***selected, size_t *n);

/* Computing. Test number i of the job. */
struct test *work_test(struct work *w, size_t i);
int work_no_memory(struct work *w);
/* The metrics of a scope from a view, in the order of metric_kinds(). */
int work_scenario(struct work *w, struct test *t, enum metric_scope scope, const struct scenario_view *view);
int work_several(struct work *w, struct test *t, enum metric_scope scope, const struct several_view *view);
int work_groups(struct work *w, struct test *t, enum metric_scope scope, const struct groups_view *view);
int work_membership(struct work *w, struct test *t, enum metric_scope scope, const struct membership_view *view);
int work_warn(struct work *w, struct test *t, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A series of n points; y and the limits still to be set. */
struct series_points { double *x, *y, *low, *high; };
int work_series(struct work *w, struct test *t, struct metric_series head, size_t n, struct series_points *points);
/* Set point i to the share with its Wilson interval; it has rows. */
void work_point(const struct work *w, const struct series_points *p, size_t i, double x,
                const struct stats_share *share);
/* Warn of rows whose output was not finite, if there are any: outputs_not_finite. */
int work_warn_not_finite(struct work *w, struct test *t, const struct outcomes *o);

#endif
