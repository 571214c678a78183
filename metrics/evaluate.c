#include "metrics/evaluate_parts.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "metrics/stats.h"

const char *const test_status_names[] = {"completed", "skipped", "not_applicable"};

int evaluation_no_memory(struct evaluation *ev)
{
    return err_set(ev->e, ERR_RUN, "metrics: out of memory");
}

/* The last window of each scenario that the test before read, and the rest of what it read. */
static void put_away(const struct metric_subject *s)
{
    if (s->rest != NULL)
        s->rest(s->owner);
    for (size_t i = 0; i < s->outcomes_n; i++)
        if (s->outcomes[i].passed != NULL)
            s->outcomes[i].passed(s->outcomes[i].row, s->outcomes[i].n);
}

int evaluation_begin(struct evaluation *ev, const char *test_id, const char *scenario, struct test **test)
{
    struct tests *t = ev->out;
    put_away(ev->subject);
    if (t->n == t->capacity) {
        size_t capacity = t->capacity == 0 ? 64 : 2 * t->capacity;
        struct test *grown = arena_array(&t->arena, capacity, sizeof *grown);
        if (grown == NULL)
            return evaluation_no_memory(ev);
        if (t->n > 0)
            memcpy(grown, t->test, t->n * sizeof *grown);
        t->test = grown;
        t->capacity = capacity;
    }
    *test = &t->test[t->n++];
    **test = (struct test){.test_id = test_id, .scenario = scenario, .metrics.arena = &t->arena};
    return 0;
}

int evaluation_run(struct evaluation *ev, struct test *test, enum metric_scope scope, const struct metric_call *call)
{
    for (size_t i = 0; metric_kinds[i] != NULL; i++) {
        const struct metric_kind *kind = metric_kinds[i];
        if (!(kind->scope & (unsigned)scope) || (kind->needs_favorable && ev->subject->favorable < 0))
            continue;
        int status = kind->compute(kind, call, &test->metrics, ev->e);
        if (status == 0 && test->metrics.failed)
            status = evaluation_no_memory(ev);
        if (status != 0) {
            err_prepend(ev->e, "metric %s of %s", kind->name, test->test_id);
            return status;
        }
    }
    return 0;
}

static int text_of(struct evaluation *ev, const char **text, const char *fmt, va_list args)
{
    char buffer[512];
    vsnprintf(buffer, sizeof buffer, fmt, args);
    *text = arena_strdup(&ev->out->arena, buffer);
    return *text == NULL ? evaluation_no_memory(ev) : 0;
}

int evaluation_text(struct evaluation *ev, const char **text, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int status = text_of(ev, text, fmt, args);
    va_end(args);
    return status;
}

int evaluation_warn(struct evaluation *ev, struct test *test, const char *code, const char *fmt, ...)
{
    struct test_warning *warning = arena_array(&ev->out->arena, test->warnings_n + 1, sizeof *warning);
    if (warning == NULL)
        return evaluation_no_memory(ev);
    if (test->warnings_n > 0)
        memcpy(warning, test->warning, test->warnings_n * sizeof *warning);
    va_list args;
    va_start(args, fmt);
    warning[test->warnings_n].code = code;
    int status = text_of(ev, &warning[test->warnings_n].message, fmt, args);
    va_end(args);
    test->warning = warning;
    test->warnings_n++;
    return status;
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

void evaluation_survivors(struct evaluation *ev, const struct outcomes *o)
{
    for (size_t i = 0; i < o->n; i++)
        ev->survived[i] = outcomes_row(o, i)->correct != 0 && outcomes_row(ev->clean, i)->correct != 0;
}

int evaluation_series(struct evaluation *ev, struct test *test, struct metric_series head, size_t n,
                      struct series_points *p)
{
    double *points = arena_array(&ev->out->arena, 4 * n, sizeof *points);
    struct metric_series *series = arena_array(&ev->out->arena, test->series_n + 1, sizeof *series);
    if (points == NULL || series == NULL)
        return evaluation_no_memory(ev);
    *p = (struct series_points){points, points + n, points + 2 * n, points + 3 * n};
    head.n = n;
    head.x = p->x;
    head.y = p->y;
    head.low = p->low;
    head.high = p->high;
    if (test->series_n > 0)
        memcpy(series, test->series, test->series_n * sizeof *series);
    series[test->series_n++] = head;
    test->series = series;
    return 0;
}

void evaluation_point(const struct evaluation *ev, const struct series_points *p, size_t i, double x, size_t count,
                      size_t n)
{
    struct stats_range range = stats_wilson((double)count, (double)n, stats_z(ev->subject->level));
    p->x[i] = x;
    p->y[i] = (double)count / (double)n;
    p->low[i] = range.low;
    p->high[i] = range.high;
}

static int evaluate_all(struct evaluation *ev)
{
    ev->survived = arena_array(&ev->scratch, ev->clean->n, sizeof *ev->survived);
    if (ev->survived == NULL)
        return evaluation_no_memory(ev);
    TRY(evaluate_robustness(ev));
    TRY(evaluate_curves(ev));
    TRY(evaluate_calibration(ev));
    TRY(evaluate_fairness(ev));
    return evaluate_leakage(ev);
}

/* Classes without names are called by their number; metrics find a name in any case. */
static int name_classes(struct evaluation *ev, struct metric_subject *subject)
{
    if (subject->class_name != NULL)
        return 0;
    const char **name = arena_array(&ev->out->arena, subject->classes, sizeof *name);
    if (name == NULL)
        return evaluation_no_memory(ev);
    for (size_t k = 0; k < subject->classes; k++)
        TRY(evaluation_text(ev, &name[k], "%zu", k));
    subject->class_name = name;
    return 0;
}

int evaluate(const struct metric_subject *subject, struct tests *out, struct err *e)
{
    *out = (struct tests){0};
    TRY(evaluate_check(subject, e));
    stats_start();
    struct metric_subject named = *subject;
    struct evaluation ev = {.subject = &named, .clean = &subject->outcomes[0], .out = out, .e = e};
    if (arena_init(&out->arena, 0) != 0 || arena_init(&ev.scratch, 0) != 0)
        return evaluation_no_memory(&ev);
    int status = name_classes(&ev, &named);
    if (status == 0)
        status = evaluate_all(&ev);
    arena_free(&ev.scratch);
    return status;
}

void tests_free(struct tests *t)
{
    arena_free(&t->arena);
    *t = (struct tests){0};
}

const struct metric_value *test_value(const struct test *t, const char *metric_id)
{
    for (size_t i = 0; i < t->metrics.n; i++) {
        const struct metric_value *v = &t->metrics.value[i];
        if (v->slice_attribute == NULL && strcmp(v->metric_id, metric_id) == 0)
            return v;
    }
    return NULL;
}
