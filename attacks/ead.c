/* Elastic-net attack by its L1 rule. With g the gradient of ||y - x||_2^2 + c max(z_y - max_{j != y} z_j + kappa, 0) at
 * y_k, lengths in units of the box,
 *
 *     x_{k+1} = S(y_k - a_k g), y_{k+1} = x_{k+1} + k / (k + 3) (x_{k+1} - x_k), a_k = step_size sqrt(1 - k / steps),
 *
 * where S pulls each value beta towards x, not further than x, and cuts to the box. c is weighed for each sample
 * (weighing.h). Of the adversarial x_k the one nearest in L1 is kept. */
#include <math.h>
#include <string.h>
#include "attacks/weighing.h"

struct ead_params {
    long steps, rounds;
    double step_size, initial_c, beta, kappa;
};

struct ead {
    struct search s;               /* its iterate is y_k */
    struct weighing weigh;
    const struct ead_params *params;
    float *x;                      /* (n, size) x_k */
    double unit;
};

static void layout(struct ead *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    weighing_layout(&a->weigh, memory, n);
    a->x = scratch_take(memory, n * size, sizeof(float));
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct ead){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static float shrink(double v, float x, double beta, float low, float high)
{
    const double change = v - (double)x;
    const float to = change > beta ? (float)(v - beta) : change < -beta ? (float)(v + beta) : x;
    return to < low ? low : to > high ? high : to;
}

static void step(struct ead *a, size_t row, long k)
{
    struct search *s = &a->s;
    const struct ead_params *p = a->params;
    const float *x0 = s->call->x + row * s->size, *g = search_at(s, s->gradient, row);
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    float *y = search_at(s, s->iterate, row), *x = search_at(s, a->x, row);
    const double length = p->step_size * sqrt(1 - (double)k / (double)p->steps), unit = a->unit;
    const double c = p->kappa - (double)s->loss[row] > 0 ? a->weigh.c[row] : 0;
    const double momentum = (double)k / ((double)k + 3);
    for (size_t j = 0; j < s->size; j++) {
        /* Over values in units: the loss's slope is unit times that over the data's. */
        const double slope = 2 * ((double)y[j] - (double)x0[j]) / unit - c * (double)g[j] * unit;
        const float before = x[j];
        x[j] = shrink((double)y[j] - length * slope * unit, x0[j], p->beta * unit, lower[j], upper[j]);
        const float next = (float)((double)x[j] + momentum * ((double)x[j] - (double)before));
        y[j] = next < lower[j] ? lower[j] : next > upper[j] ? upper[j] : next;
    }
}

static void begin_round(struct ead *a)
{
    const struct search *s = &a->s;
    const struct attack_call *c = s->call;
    memcpy(s->iterate, c->x, c->n * s->size * sizeof(float));
    memcpy(a->x, c->x, c->n * s->size * sizeof(float));
}

static void run_round(struct ead *a)
{
    struct search *s = &a->s;
    for (long k = 0; k < a->params->steps && s->active > 0; k++) {
        search_gradient(s, LOSS_MARGIN);
        for (size_t i = 0; i < s->active; i++)
            step(a, s->row[i], k);
        search_score(s, a->x);
        for (size_t i = 0; i < s->active; i++)
            weighing_look(&a->weigh, s, s->row[i], search_at(s, a->x, s->row[i]),
                          (uint32_t)((a->weigh.round - 1) * a->params->steps + k + 1));
        search_drop_done(s);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct ead a = {.params = c->params};
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(&a.s, c);
    weighing_open(&a.weigh, &a.s, a.params->initial_c);
    a.unit = search_unit(c);
    while (weighing_next(&a.weigh, &a.s, a.params->rounds)) {
        begin_round(&a);
        run_round(&a);
    }
    search_close(&a.s, (uint32_t)(a.params->rounds * a.params->steps));
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l1;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct ead_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 1000, 1, 100000, "iterations", "of a round"),
    ROW(rounds, PARAM_INT, 9, 1, 100, "rounds", "of the search for c"),
    ROW(step_size, PARAM_REAL, 0.01, 1e-9, 10, "widths of the box", "of the first step"),
    ROW(initial_c, PARAM_REAL, 0.001, 1e-12, 1e12, "", "first weight of the loss"),
    ROW(beta, PARAM_REAL, 0.001, 0, 1, "widths of the box", "by which values are pulled towards x: the weight of L1"),
    ROW(kappa, PARAM_REAL, 0, 0, 1e6, "logits", "by which the goal's class is to lead"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct ead_params *p = x->params;
    const double steps = (double)p->rounds * (double)p->steps;
    return (struct attack_passes){1 + steps, steps};
}

const struct attack_kind attack_ead = {
    .name = "ead",
    .source = "Chen et al. 2018, arXiv:1709.04114, alg. 1 with the L1 rule",
    .doc = "the shortest change in L1: shrinking steps on length and margin, weighed for each sample",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct ead_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
