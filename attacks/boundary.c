/* The boundary attack: a walk on the adversarial side of the decision's boundary, by labels alone. In the paper's
 * symbols, with o = x, the adversarial o~ and d = ||o - o~||:
 *
 *     eta ~ N(0, 1), made orthogonal to o - o~ and delta d long; o~ + eta goes back to the sphere of radius d around o,
 *     and then towards o by epsilon d; the step is kept where the point is still adversarial.
 *
 * delta follows the share of points on the sphere that are adversarial, asked in every tenth step, towards a half;
 * epsilon the share of whole steps that are, towards a quarter. */
#include <math.h>
#include <string.h>
#include "attacks/decision.h"

#define SPHERE_EVERY 10   /* steps between questions about the sphere alone */
#define SPHERE_ANSWERS 10 /* after which delta is set anew */
#define STEP_ANSWERS 30   /* after which epsilon is */
#define FARTHEST_HALVINGS 10

struct boundary_params { long steps, starts; double delta, epsilon, adaptation; };

/* Answers since the last change. */
struct boundary_share { long asked, adversarial; };

struct boundary {
    struct decision d;
    const struct boundary_params *params;
    double *delta, *epsilon;             /* [n] */
    struct boundary_share *sphere, *step; /* [n] */
    float *eta;                          /* (n, size), then the point on the sphere */
};

static void layout(struct boundary *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    decision_layout(&a->d, memory, n, size, classes);
    a->delta = scratch_take(memory, n, sizeof *a->delta);
    a->epsilon = scratch_take(memory, n, sizeof *a->epsilon);
    a->sphere = scratch_take(memory, n, sizeof *a->sphere);
    a->step = scratch_take(memory, n, sizeof *a->step);
    a->eta = scratch_take(memory, n * size, sizeof *a->eta);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct boundary){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

/* The point on the sphere: o + (o~ - o + delta d eta) / sqrt(1 + delta^2), eta a unit vector orthogonal to o~ - o. */
static void turn(struct boundary *a, size_t row, uint32_t step)
{
    const struct search *s = &a->d.s;
    const struct rng_key key = search_key(s, row, ((uint32_t)1 << 31) + step);
    const float *x = s->call->x + row * s->size, *from = search_at(s, s->iterate, row);
    const double distance = decision_distance(&a->d, row), delta = a->delta[row];
    float *eta = search_at(s, a->eta, row);
    double along = 0, length = 0;
    decision_direction(&a->d, row, &key, 0, eta);
    for (size_t j = 0; j < s->size; j++)
        along += ((double)from[j] - x[j]) * eta[j];
    along /= distance > 0 ? distance * distance : 1;
    for (size_t j = 0; j < s->size; j++) {
        double rest = eta[j] - along * ((double)from[j] - x[j]);
        length += rest * rest;
    }
    const double factor = length > 0 ? delta * distance / sqrt(length) : 0, shrink = 1 / sqrt(1 + delta * delta);
    for (size_t j = 0; j < s->size; j++) {
        double change = (double)from[j] - x[j];
        change += factor * (eta[j] - along * change);
        eta[j] = decision_clip(&a->d, row, j, x[j] + shrink * change);
    }
}

/* From the point on the sphere towards x. */
static void approach(struct boundary *a, size_t row)
{
    const struct search *s = &a->d.s;
    const float *x = s->call->x + row * s->size, *from = search_at(s, a->eta, row);
    float *to = search_at(s, a->d.point, row);
    for (size_t j = 0; j < s->size; j++)
        to[j] = decision_clip(&a->d, row, j, x[j] + (1 - a->epsilon[row]) * ((double)from[j] - x[j]));
}

/* By how much a step's size changes: up where more than `most` of the answers were adversarial, down below `least`. */
static double change(struct boundary_share *share, long enough, double least, double most, double factor)
{
    if (share->asked < enough)
        return 1;
    const double part = (double)share->adversarial / (double)share->asked;
    *share = (struct boundary_share){0, 0};
    return part > most ? factor : part < least ? 1 / factor : 1;
}

static void ask_sphere(struct boundary *a)
{
    struct search *s = &a->d.s;
    for (size_t i = 0; i < s->active; i++)
        memcpy(search_at(s, a->d.point, s->row[i]), search_at(s, a->eta, s->row[i]), s->size * sizeof(float));
    decision_ask(&a->d);
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        a->sphere[row].asked++;
        a->sphere[row].adversarial += a->d.adversarial[row];
        double factor = change(&a->sphere[row], SPHERE_ANSWERS, 0.2, 0.5, a->params->adaptation);
        a->delta[row] = fmin(a->delta[row] * factor, 1);
        a->epsilon[row] = fmin(a->epsilon[row] * factor, 0.5);
    }
}

static void ask_step(struct boundary *a)
{
    struct search *s = &a->d.s;
    for (size_t i = 0; i < s->active; i++)
        approach(a, s->row[i]);
    decision_ask(&a->d);
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        a->step[row].asked++;
        a->step[row].adversarial += a->d.adversarial[row];
        a->epsilon[row] = fmin(a->epsilon[row] * change(&a->step[row], STEP_ANSWERS, 0.1, 0.25,
                                                        a->params->adaptation), 0.5);
        if (a->d.adversarial[row])
            memcpy(search_at(s, s->iterate, row), search_at(s, a->d.point, row), s->size * sizeof(float));
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct boundary a = {.params = c->params};
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    for (size_t row = 0; row < c->n; row++) {
        a.delta[row] = a.params->delta;
        a.epsilon[row] = a.params->epsilon;
        a.sphere[row] = a.step[row] = (struct boundary_share){0, 0};
    }
    decision_open(&a.d, c, a.params->starts);
    decision_list(&a.d);
    decision_bisect(&a.d, 0, FARTHEST_HALVINGS);
    for (uint32_t step = 1; step <= (uint32_t)a.params->steps && !oracle_stopped(c->oracle); step++) {
        a.d.step = step;
        decision_list(&a.d);
        for (size_t i = 0; i < a.d.s.active; i++)
            turn(&a, a.d.s.row[i], step);
        if (step % SPHERE_EVERY == 0)
            ask_sphere(&a);
        ask_step(&a);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l2;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct boundary_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 25000, 1, 1e7, "queries", "along the boundary; one in ten asks twice"),
    ROW(starts, PARAM_INT, 100, 1, 1e6, "draws", "tried for a first adversarial point"),
    ROW(delta, PARAM_REAL, 0.01, 1e-9, 1, "share", "of the distance, first step on the sphere"),
    ROW(epsilon, PARAM_REAL, 0.01, 1e-9, 0.5, "share", "of the distance, first step towards x"),
    ROW(adaptation, PARAM_REAL, 1.5, 1, 10, "factor", "by which the steps grow or shrink"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct boundary_params *p = x->params;
    const double steps = (double)p->steps, sphere = floor(steps / SPHERE_EVERY);
    return (struct attack_passes){1 + (double)p->starts + FARTHEST_HALVINGS + steps + sphere, 0};
}

const struct attack_kind attack_boundary = {
    .name = "boundary",
    .source = "Brendel, Rauber & Bethge 2018, arXiv:1712.04248, alg. 1, sec. 2.3-2.4",
    .doc = "the shortest change by labels alone: random steps along the boundary, kept where the sample stays broken",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_LABEL,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct boundary_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
