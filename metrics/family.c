#include "metrics/family.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "metrics/view.h"

#define FAMILY(it) extern const struct family_kind it;
#include "metrics/families.def"
#undef FAMILY

const struct family_kind *const family_kinds[] = {
#define FAMILY(it) &it,
#include "metrics/families.def"
#undef FAMILY
    NULL,
};

/* ---- enumerating
 * ---------------------------------------------------------------------------------------------------- */

int evaluation_no_memory(struct evaluation *ev)
{
    return err_set(ev->e, ERR_RUN, "metrics: out of memory");
}

/* The array with room for one more, doubled in the arena when it is full (the smaller ones stay behind); NULL when out
 * of memory. */
static void *roomy(struct arena *arena, void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    size_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
    void *grown = arena_array(arena, wanted, size);
    if (grown != NULL && n > 0)
        memcpy(grown, array, n * size);
    *capacity = grown != NULL ? wanted : *capacity;
    return grown;
}

int evaluation_test(struct evaluation *ev, const char *test_id, const char *scenario, size_t *at)
{
    struct tests *t = ev->out;
    struct test *test = roomy(&t->arena, t->test, t->n, &t->capacity, sizeof *test);
    if (test == NULL)
        return evaluation_no_memory(ev);
    t->test = test;
    if (at != NULL)
        *at = t->n;
    test[t->n++] = (struct test){.test_id = test_id, .scenario = scenario};
    return 0;
}

int evaluation_job(struct evaluation *ev, const struct family_kind *family, size_t first, size_t step, size_t n,
                   const void *detail)
{
    struct job *job = roomy(&ev->scratch, ev->job, ev->jobs_n, &ev->jobs_capacity, sizeof *job);
    if (job == NULL)
        return evaluation_no_memory(ev);
    ev->job = job;
    job[ev->jobs_n++] = (struct job){family, first, step, n, detail};
    return 0;
}

int evaluation_add(struct evaluation *ev, const struct family_kind *family, const char *test_id, const char *scenario,
                   const void *detail)
{
    size_t at;
    TRY(evaluation_test(ev, test_id, scenario, &at));
    return evaluation_job(ev, family, at, 1, 1, detail);
}

/* NULL when out of memory. */
static const char *text_of(struct arena *arena, const char *fmt, va_list args)
{
    char buffer[512];
    vsnprintf(buffer, sizeof buffer, fmt, args);
    return arena_strdup(arena, buffer);
}

int evaluation_text(struct evaluation *ev, const char **text, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    *text = text_of(&ev->out->arena, fmt, args);
    va_end(args);
    return *text == NULL ? evaluation_no_memory(ev) : 0;
}

/* By level; scenarios of one level stay in their order. */
static void insert_by_level(const struct outcomes **list, size_t n, const struct outcomes *o)
{
    for (; n > 0 && list[n - 1]->level > o->level; n--)
        list[n] = list[n - 1];
    list[n] = o;
}

int evaluation_select(struct evaluation *ev, enum scenario_family family, const char *name, const char *norm,
                      const struct outcomes ***selected, size_t *n)
{
    const struct metric_subject *s = ev->subject;
    *n = 0;
    *selected = arena_array(&ev->scratch, s->outcomes_n, sizeof **selected);
    if (*selected == NULL)
        return evaluation_no_memory(ev);
    for (size_t i = 0; i < s->outcomes_n; i++) {
        const struct outcomes *o = &s->outcomes[i];
        if (o->family == family && (name == NULL || strcmp(o->name, name) == 0) &&
            (norm == NULL || strcmp(o->norm, norm) == 0))
            insert_by_level(*selected, (*n)++, o);
    }
    return 0;
}

/* ---- computing
 * ------------------------------------------------------------------------------------------------------ */

struct test *work_test(struct work *w, size_t i)
{
    struct test *test = &w->out->test[w->job->first + i * w->job->step];
    test->metrics.arena = w->arena;
    return test;
}

int work_no_memory(struct work *w)
{
    return err_set(w->e, ERR_RUN, "metrics: out of memory");
}

/* Whether the test of this scope holds the metric; clean: its scenario is. */
static int holds(const struct work *w, const struct metric_kind *kind, enum metric_scope scope, int clean)
{
    if (!(kind->scope & (unsigned)scope) || (kind->needs_favorable && w->subject->favorable < 0))
        return 0;
    return w->subject->all_forms || kind->shown == METRIC_SHOWN || (clean && kind->shown == METRIC_SHOWN_CLEAN);
}

static int finished(struct work *w, const struct test *t)
{
    return t->metrics.failed ? work_no_memory(w) : 0;
}

int work_scenario(struct work *w, struct test *t, enum metric_scope scope, const struct scenario_view *view)
{
    for (const struct metric_kind *const *k = metric_kinds(); *k != NULL; k++)
        if (holds(w, *k, scope, 1))
            (*k)->scenario(*k, view, &t->metrics);
    return finished(w, t);
}

int work_several(struct work *w, struct test *t, enum metric_scope scope, const struct several_view *view)
{
    for (const struct metric_kind *const *k = metric_kinds(); *k != NULL; k++)
        if (holds(w, *k, scope, 1))
            (*k)->several(*k, view, &t->metrics);
    return finished(w, t);
}

int work_groups(struct work *w, struct test *t, enum metric_scope scope, const struct groups_view *view)
{
    int clean = view->outcomes->family == SCENARIO_CLEAN;
    for (const struct metric_kind *const *k = metric_kinds(); *k != NULL; k++)
        if (holds(w, *k, scope, clean))
            (*k)->groups(*k, view, &t->metrics);
    return finished(w, t);
}

int work_membership(struct work *w, struct test *t, enum metric_scope scope, const struct membership_view *view)
{
    for (const struct metric_kind *const *k = metric_kinds(); *k != NULL; k++)
        if (holds(w, *k, scope, 1))
            (*k)->membership(*k, view, &t->metrics);
    return finished(w, t);
}

int work_warn(struct work *w, struct test *t, const char *code, const char *fmt, ...)
{
    struct test_warning *warning = arena_array(w->arena, t->warnings_n + 1, sizeof *warning);
    if (warning == NULL)
        return work_no_memory(w);
    if (t->warnings_n > 0)
        memcpy(warning, t->warning, t->warnings_n * sizeof *warning);
    va_list args;
    va_start(args, fmt);
    warning[t->warnings_n] = (struct test_warning){code, text_of(w->arena, fmt, args)};
    va_end(args);
    t->warning = warning;
    return warning[t->warnings_n++].message == NULL ? work_no_memory(w) : 0;
}

int work_series(struct work *w, struct test *t, struct metric_series head, size_t n, struct series_points *p)
{
    double *points = arena_array(w->arena, 4 * n, sizeof *points);
    struct metric_series *series = arena_array(w->arena, t->series_n + 1, sizeof *series);
    if (points == NULL || series == NULL)
        return work_no_memory(w);
    *p = (struct series_points){points, points + n, points + 2 * n, points + 3 * n};
    head.n = n;
    head.x = p->x;
    head.y = p->y;
    head.low = p->low;
    head.high = p->high;
    if (t->series_n > 0)
        memcpy(series, t->series, t->series_n * sizeof *series);
    series[t->series_n++] = head;
    t->series = series;
    return 0;
}

void work_point(const struct work *w, const struct series_points *p, size_t i, double x,
                const struct stats_share *share)
{
    struct stats_range range = stats_share_range(share, stats_z(w->subject->level));
    p->x[i] = x;
    p->y[i] = stats_share_value(share);
    p->low[i] = range.low;
    p->high[i] = range.high;
}

int work_warn_not_finite(struct work *w, struct test *t, const struct outcomes *o)
{
    struct outcomes_reader rows = outcomes_read(o);
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++)
        n += outcomes_row(&rows, i)->status == OUTCOME_NOT_FINITE;
    outcomes_rest(&rows);
    if (n == 0)
        return 0;
    return work_warn(w, t, "outputs_not_finite",
                     "the output%s%s of %zu of %zu samples was not finite: rates count them as wrong, means leave "
                     "them out",
                     o->judge != NULL ? " of " : "", o->judge != NULL ? o->judge : "", n, o->n);
}
