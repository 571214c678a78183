/* Nesterov's momentum: gradients are taken where the gathered direction leads. In the paper's symbols
 *
 *     x_nes = x_t + alpha mu g_t,  g_{t+1} = mu g_t + grad J(x_nes) / ||grad J(x_nes)||_1,
 *     x_{t+1} = P(x_t + alpha sign g_{t+1}).
 *
 * x_nes is cut to ball and box here, as every point that is asked: so one that is adversarial is an answer, too. */
#include <math.h>
#include <string.h>
#include "attacks/momentum.h"
#include "attacks/search.h"

struct ni_params {
    double step_size, decay;
    long steps;
    int loss;
};

struct ni {
    struct search s;
    const struct ni_params *params;
    float *velocity;               /* (n, size) g_t */
    float *place;                  /* (n, size) x_t; the iterate is x_nes */
};

static void layout(struct ni *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    a->velocity = scratch_take(memory, n * size, sizeof(float));
    a->place = scratch_take(memory, n * size, sizeof(float));
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct ni){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static void leave_if_adversarial(struct search *s, const float *points, uint32_t step)
{
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        s->done[row] = (uint8_t)(!s->call->oracle->random && search_is_adversarial(s, row));
        if (s->done[row])
            search_keep(s, row, points + row * s->size, INFINITY, step);
    }
    search_drop_done(s);
}

static void look_ahead(struct ni *a, size_t row)
{
    struct search *s = &a->s;
    float *x = search_at(s, s->iterate, row);
    const float *place = search_at(s, a->place, row), *velocity = search_at(s, a->velocity, row);
    const double length = a->params->step_size * a->params->decay;
    for (size_t j = 0; j < s->size; j++)
        x[j] = (float)((double)place[j] + length * (double)velocity[j]);
    search_project(s, row, x);
}

static void step(struct ni *a, size_t row)
{
    struct search *s = &a->s;
    const struct attack_call *c = s->call;
    float *g = search_at(s, s->gradient, row), *place = search_at(s, a->place, row);
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    momentum_gather(a->params->decay, s->size, lower, upper, g, search_at(s, a->velocity, row));
    c->norm->step(c->kern, (float)a->params->step_size, s->size, lower, upper, g, place);
    search_project(s, row, place);
}

static int run(const struct attack_call *c, struct err *e)
{
    struct ni a = {.params = c->params};
    struct search *s = &a.s;
    uint32_t steps = (uint32_t)a.params->steps;
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(s, c);
    memset(a.velocity, 0, c->n * c->size * sizeof(float));
    memcpy(a.place, c->x, c->n * c->size * sizeof(float));
    for (uint32_t t = 0; c->eps > 0 && t < steps && s->active > 0; t++) {
        for (size_t i = 0; i < s->active; i++)
            look_ahead(&a, s->row[i]);
        search_gradient(s, (enum loss_kind)a.params->loss);
        search_confirm(s);
        leave_if_adversarial(s, s->iterate, t);
        for (size_t i = 0; i < s->active; i++)
            step(&a, s->row[i]);
    }
    for (size_t i = 0; c->eps > 0 && i < s->active; i++)
        search_keep(s, s->row[i], search_at(s, a.place, s->row[i]), INFINITY, steps);
    return 0;
}

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct ni_params *p = params;
    (void)norm, (void)shape, (void)e;
    if (p->step_size == 0)
        p->step_size = eps / (double)p->steps;
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_linf;
}

#define ROW(key, type, standard, min, max, unit, doc, choices) \
    {#key, type, offsetof(struct ni_params, key), standard, min, max, unit, doc, choices, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 10, 1, 100000, "iterations", "gradients a sample", NULL),
    ROW(step_size, PARAM_REAL, 0, 0, 1e6, "data units", "length of a step; 0: eps / steps", NULL),
    ROW(decay, PARAM_REAL, 1, 0, 2, "", "share of the directions so far that each step keeps (mu)", NULL),
    ROW(loss, PARAM_CHOICE, LOSS_CROSS_ENTROPY, 0, 2, "", "loss that is climbed (targeted: descended)", loss_names),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct ni_params *p = x->params;
    return (struct attack_passes){0, (double)p->steps};
}

const struct attack_kind attack_ni_fgsm = {
    .name = "ni_fgsm",
    .source = "Lin et al. 2020, arXiv:1908.06281, alg. 1 without the scale copies",
    .doc = "mi_fgsm whose gradients are taken where the gathered direction leads",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct ni_params),
    .params = rows,
    .finish = finish,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
