#include "metrics/evaluate.h"
#include <stdlib.h>
#include <string.h>
#include "engine/base/pool.h"
#include "metrics/adjust.h"
#include "metrics/evaluate_check.h"
#include "metrics/family.h"

const char *const test_status_names[] = {"completed", "skipped", "not_applicable", NULL};

/* What was read may leave memory. */
static void put_away(const struct metric_subject *s)
{
    if (s->rest != NULL)
        s->rest(s->owner);
}

static int compute(void *context, size_t worker, size_t item, struct err *e)
{
    struct evaluation *ev = context;
    struct work w = {.subject = ev->subject, .clean = ev->clean, .job = &ev->job[item], .out = ev->out,
                     .arena = &ev->out->worker[worker], .e = e};
    if (arena_init(&w.scratch, 0) != 0)
        return work_no_memory(&w);
    int status = w.job->family->compute(&w);
    if (status != 0)
        err_prepend(e, "%s", work_test(&w, 0)->test_id);
    arena_free(&w.scratch);
    put_away(ev->subject);
    return status;
}

/* Every job, each by one thread. */
static int compute_all(struct evaluation *ev)
{
    struct pool *pool;
    size_t threads = ev->subject->threads > 0 ? ev->subject->threads : 1;
    threads = threads < ev->jobs_n ? threads : ev->jobs_n;
    ev->out->worker = calloc(threads, sizeof *ev->out->worker);
    if (ev->out->worker == NULL)
        return evaluation_no_memory(ev);
    for (; ev->out->workers_n < threads; ev->out->workers_n++)
        if (arena_init(&ev->out->worker[ev->out->workers_n], 0) != 0)
            return evaluation_no_memory(ev);
    TRY(pool_create(&pool, threads, ev->e));
    int status = pool_run(pool, ev->jobs_n, compute, ev, ev->subject->stop, ev->e);
    pool_free(pool);
    return status;
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

static int evaluate_named(struct evaluation *ev, struct metric_subject *subject)
{
    TRY(name_classes(ev, subject));
    for (size_t f = 0; family_kinds[f] != NULL; f++)
        TRY(family_kinds[f]->enumerate(family_kinds[f], ev));
    put_away(subject);
    return compute_all(ev);
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
    int status = evaluate_named(&ev, &named);
    if (status == 0 && adjust_tests(out) != 0)
        status = evaluation_no_memory(&ev);
    arena_free(&ev.scratch);
    return status;
}

void tests_free(struct tests *t)
{
    for (size_t i = 0; i < t->workers_n; i++)
        arena_free(&t->worker[i]);
    free(t->worker);
    arena_free(&t->arena);
    *t = (struct tests){0};
}

int tests_warn(struct tests *t, size_t test, const char *code, const char *message, struct err *e)
{
    struct test *own = &t->test[test];
    struct test_warning *warning = arena_array(&t->arena, own->warnings_n + 1, sizeof *warning);
    char *copy = arena_strdup(&t->arena, message);
    if (warning == NULL || copy == NULL)
        return err_set(e, ERR_RUN, "out of memory for warnings");
    if (own->warnings_n > 0)
        memcpy(warning, own->warning, own->warnings_n * sizeof *warning);
    warning[own->warnings_n++] = (struct test_warning){code, copy};
    own->warning = warning;
    return 0;
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
