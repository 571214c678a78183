#include "attacks/fab.h"
#include <math.h>
#include <string.h>
#include "attacks/hyperplane.h"

void fab_layout(struct fab *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    a->other = scratch_take(memory, n, sizeof *a->other);
    a->order = scratch_take(memory, n * classes, sizeof *a->order);
    a->slope = scratch_take(memory, n * size, sizeof(float));
    a->level = scratch_take(memory, n, sizeof *a->level);
    a->near = scratch_take(memory, n, sizeof *a->near);
    a->here = scratch_take(memory, size, sizeof(float));
    a->there = scratch_take(memory, size, sizeof(float));
}

size_t fab_scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    fab_layout(&(struct fab){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

void fab_open(struct fab *a, const struct attack_call *c)
{
    struct search *s = &a->s;
    a->params = c->params;
    fab_layout(a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(s, c);
    search_leave_broken(s);
    for (size_t i = 0; i < c->n; i++)
        search_order_classes(s->classes, s->logits + i * s->classes, c->label[i], a->order + i * s->classes);
}

/* A random start of half the shortest change, uniform in direction of the ball; the first run begins at x. */
static void start(struct fab *a, uint32_t restart)
{
    struct search *s = &a->s;
    const struct attack_call *c = s->call;
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        float *x = search_at(s, s->iterate, row);
        memcpy(x, c->x + row * s->size, s->size * sizeof *x);
        if (restart == 0 || !(s->best[row] > 0) || !isfinite(s->best[row]))
            continue;
        const struct rng_key key = search_key(s, row, restart);
        c->norm->start(c->kern, &key, s->best[row] / 2, s->size, search_at(s, s->lower, row),
                       search_at(s, s->upper, row), a->here, x);
        c->kern->clamp(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), x);
    }
}

static double level_of(const struct fab *a, size_t row)
{
    const float *z = a->s.logits + row * a->s.classes;
    return (double)z[a->other[row]] - (double)z[a->s.call->label[row]];
}

/* Note the plane of the class just asked about, if it is the nearest one so far. */
static void take_plane(struct fab *a, size_t row, int first)
{
    struct search *s = &a->s;
    float *g = search_at(s, s->gradient, row);
    norm_mask_fixed(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), g);
    const double f = level_of(a, row), dual = hyperplane_dual(s->call->norm, s->size, g);
    const double away = dual > 0 && isfinite(dual) ? fabs(f) / dual : INFINITY;
    if (!first && !(away < a->near[row]))
        return;
    a->near[row] = away;
    a->level[row] = f;
    memcpy(search_at(s, a->slope, row), g, s->size * sizeof *g);
}

void fab_ask_planes(struct fab *a, long first, long last)
{
    struct search *s = &a->s;
    for (long at = first; at <= last; at++) {
        for (size_t i = 0; i < s->active; i++)
            a->other[s->row[i]] = a->order[s->row[i] * s->classes + (size_t)at];
        search_gradient_of(s, LOSS_DIFFERENCE, s->call->label, a->other);
        if (at == first)
            search_confirm(s);
        for (size_t i = 0; i < s->active; i++)
            take_plane(a, s->row[i], at == first);
    }
}

static void step(struct fab *a, size_t row)
{
    struct search *s = &a->s;
    const struct attack_call *c = s->call;
    const float *x = c->x + row * s->size, *w = search_at(s, a->slope, row);
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    float *at = search_at(s, s->iterate, row);
    double along = 0;
    for (size_t j = 0; j < s->size; j++)
        along += (double)w[j] * ((double)at[j] - (double)x[j]);
    hyperplane_project(c->norm, s->size, w, -a->level[row], at, lower, upper, a->here);
    hyperplane_project(c->norm, s->size, w, along - a->level[row], x, lower, upper, a->there);
    const double d1 = c->norm->distance(c->kern, s->size, a->here, at);
    const double d2 = c->norm->distance(c->kern, s->size, a->there, x);
    const double share = fmin(d1 + d2 > 0 ? d1 / (d1 + d2) : 0, a->params->alpha_max), eta = a->params->eta;
    for (size_t j = 0; j < s->size; j++) {
        const double from_here = (double)at[j] + eta * ((double)a->here[j] - (double)at[j]);
        const double from_x = (double)x[j] + eta * ((double)a->there[j] - (double)x[j]);
        at[j] = (float)((1 - share) * from_here + share * from_x);
    }
    c->kern->clamp(s->size, lower, upper, at);
}

/* What the logits of x_{k+1} say: across the boundary it is noted, and drawn back. */
static void look(struct fab *a, size_t row)
{
    struct search *s = &a->s;
    float *at = search_at(s, s->iterate, row);
    const float *x = s->call->x + row * s->size;
    if (!search_is_adversarial(s, row))
        return;
    search_keep_nearest(s, row, at, a->steps);
    for (size_t j = 0; j < s->size; j++)
        at[j] = (float)((double)x[j] + a->params->beta * ((double)at[j] - (double)x[j]));
}

void fab_run(struct fab *a, uint32_t restart, long rank)
{
    struct search *s = &a->s;
    start(a, restart);
    for (long k = 0; k < a->params->steps && s->active > 0; k++) {
        fab_ask_planes(a, rank < 0 ? 0 : rank, rank < 0 ? (long)s->classes - 2 : rank);
        for (size_t i = 0; i < s->active; i++)
            step(a, s->row[i]);
        search_score(s, s->iterate);
        a->steps++;
        for (size_t i = 0; i < s->active; i++)
            look(a, s->row[i]);
        search_drop_done(s);
    }
    for (size_t i = 0; i < s->active; i++)
        if (!isfinite(s->best[s->row[i]]))
            s->call->steps[s->row[i]] = a->steps;
}

void fab_close(struct fab *a)
{
    if (a->s.call->enough == 0)
        search_bisect(&a->s, a->slope, FAB_BISECTIONS, a->steps);
}

int fab_offers(const struct norm_kind *norm)
{
    return norm != &norm_l0;
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct fab_params *p = c->params;
    struct fab a = {.steps = 0};
    (void)e;
    fab_open(&a, c);
    for (uint32_t restart = 0; restart < (uint32_t)p->restarts && !oracle_stopped(c->oracle); restart++)
        fab_run(&a, restart, -1);
    fab_close(&a);
    return 0;
}

static const struct param rows[] = {
    FAB_ROWS_COMMON,
    FAB_ROW(restarts, PARAM_INT, 1, 1, 1000, "runs", "the first from x, others from random points near it"),
    FAB_ROWS_END};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct fab_params *p = x->params;
    const double steps = (double)p->restarts * (double)p->steps;
    return (struct attack_passes){1 + steps + FAB_BISECTIONS, steps * ((double)x->classes - 1)};
}

const struct attack_kind attack_fab = {
    .name = "fab",
    .source = "Croce & Hein 2020, arXiv:1907.02044, alg. 1",
    .doc = "the shortest change: steps to the nearest plane of all classes, drawn back to x; a gradient each",
    .problem = ATTACK_MINIMAL,
    .offers = fab_offers,
    .knowledge = KNOW_GRADIENT,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct fab_params),
    .params = rows,
    .scratch = fab_scratch,
    .run = run,
    .passes = passes};
