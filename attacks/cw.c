/* Carlini and Wagner's attack in L2. With x' = low + width (tanh w + 1) / 2, which cannot leave the box, Adam minimises
 *
 *     sum over i of ((x'_i - x_i) / unit)^2 + c max(z_y - max_{j != y} z_j + kappa, 0)
 *
 * over w (targeted: max_{j != t} z_j - z_t), and c is weighed for each sample (weighing.h). Lengths are in units of the
 * box, [0, 1] in the paper. Values at the ends of the box start at 1e-6 of its width inside, where tanh still has a
 * slope (in torchattacks they never move). */
#include <math.h>
#include <string.h>
#include "attacks/adam.h"
#include "attacks/weighing.h"
#include "engine/base/det64.h"

#define INSIDE 0.999999

struct cw_params {
    long steps, rounds;
    double step_size, initial_c, kappa;
};

struct cw {
    struct search s;
    struct weighing weigh;
    const struct cw_params *params;
    float *w, *first, *second;     /* (n, size) and Adam's moments */
    double unit;
};

static void layout(struct cw *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    weighing_layout(&a->weigh, memory, n);
    a->w = scratch_take(memory, n * size, sizeof(float));
    a->first = scratch_take(memory, n * size, sizeof(float));
    a->second = scratch_take(memory, n * size, sizeof(float));
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct cw){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static double tanh_of(double w)
{
    return 1 - 2 / (det_exp(2 * w) + 1);
}

static double atanh_of(double v)
{
    return det_log((1 + v) / (1 - v)) / 2;
}

/* w of x, and Adam's moments at 0. */
static void begin_round(struct cw *a)
{
    const struct search *s = &a->s;
    const struct attack_call *c = s->call;
    memset(a->first, 0, c->n * s->size * sizeof(float));
    memset(a->second, 0, c->n * s->size * sizeof(float));
    for (size_t i = 0; i < c->n * s->size; i++) {
        const double low = s->lower[i], width = (double)s->upper[i] - low;
        const double v = width > 0 ? 2 * ((double)c->x[i] - low) / width - 1 : 0;
        a->w[i] = (float)atanh_of(INSIDE * v);
    }
}

static void present(struct cw *a, size_t row)
{
    struct search *s = &a->s;
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    const float *w = search_at(s, a->w, row);
    float *x = search_at(s, s->iterate, row);
    for (size_t j = 0; j < s->size; j++) {
        const double share = (tanh_of((double)w[j]) + 1) / 2;
        const float v = (float)((double)lower[j] + ((double)upper[j] - (double)lower[j]) * share);
        x[j] = v < lower[j] ? lower[j] : v > upper[j] ? upper[j] : v;
    }
}

/* The objective, and its gradient over w in the place of the loss's over x. */
static double weigh_gradient(struct cw *a, size_t row)
{
    struct search *s = &a->s;
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    const float *x0 = s->call->x + row * s->size, *x = search_at(s, s->iterate, row), *w = search_at(s, a->w, row);
    const double hinge = fmax(a->params->kappa - (double)s->loss[row], 0), c = hinge > 0 ? a->weigh.c[row] : 0;
    float *g = search_at(s, s->gradient, row);
    double length = 0;
    for (size_t j = 0; j < s->size; j++) {
        const double t = tanh_of((double)w[j]), slope = ((double)upper[j] - (double)lower[j]) / 2 * (1 - t * t);
        const double delta = ((double)x[j] - (double)x0[j]) / a->unit;
        length += delta * delta;
        g[j] = (float)((2 * delta / a->unit - c * (double)g[j]) * slope);
    }
    return length + c * hinge;
}

static void step(struct cw *a, size_t row, const struct adam_age *age)
{
    struct search *s = &a->s;
    float *w = search_at(s, a->w, row), *m = search_at(s, a->first, row), *v = search_at(s, a->second, row);
    const float *g = search_at(s, s->gradient, row);
    for (size_t j = 0; j < s->size; j++) {
        m[j] = (float)adam_mean((double)m[j], (double)g[j]);
        v[j] = (float)adam_variance((double)v[j], (double)g[j]);
        w[j] -= (float)adam_change(age, a->params->step_size, (double)m[j], (double)v[j]);
    }
}

static void run_round(struct cw *a)
{
    struct search *s = &a->s;
    const long steps = a->params->steps;
    struct adam_age age = adam_newborn();
    for (long k = 1; k <= steps && s->active > 0; k++) {
        adam_grow(&age);
        for (size_t i = 0; i < s->active; i++)
            present(a, s->row[i]);
        search_gradient(s, LOSS_MARGIN);
        search_confirm(s);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            const double objective = weigh_gradient(a, row);
            weighing_look(&a->weigh, s, row, search_at(s, s->iterate, row),
                          (a->weigh.round - 1) * (uint32_t)steps + (uint32_t)k);
            s->done[row] |= (uint8_t)weighing_is_stuck(&a->weigh, row, objective, k, steps);
            step(a, row, &age);
        }
        search_drop_done(s);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct cw a = {.params = c->params};
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
    return norm == &norm_l2;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct cw_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 1000, 1, 100000, "iterations", "of Adam in a round, at most"),
    ROW(rounds, PARAM_INT, 9, 1, 100, "rounds", "of the search for c"),
    ROW(step_size, PARAM_REAL, 0.01, 1e-9, 10, "", "of Adam (its learning rate)"),
    ROW(initial_c, PARAM_REAL, 0.001, 1e-12, 1e12, "", "first weight of the loss"),
    ROW(kappa, PARAM_REAL, 0, 0, 1e6, "logits", "by which the goal's class is to lead"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct cw_params *p = x->params;
    return (struct attack_passes){1, (double)p->rounds * (double)p->steps};
}

const struct attack_kind attack_cw = {
    .name = "cw",
    .source = "Carlini & Wagner 2017, arXiv:1608.04644, sec. VI-A",
    .doc = "the shortest change: Adam on its length and the margin, weighed for each sample",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct cw_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
