/* Fast minimum norm. In the paper's symbols, with x_0 = x, delta = x_k - x, L the margin's loss and g its gradient:
 *
 *     eps_k = ||delta|| + L / ||g||_q        while no adversarial point is known (q the dual norm),
 *     eps_k = min((1 - gamma_k) eps, ||best||) where x_k is adversarial, else (1 + gamma_k) eps,
 *     x_{k+1} = P_eps_k(x_k + alpha_k g / ||g||_2),
 *
 * gamma_k falling from gamma to gamma_last and alpha_k from 1 to 0.01 as cosines; in L0 radii are whole and change by
 * at least 1. The estimate of the boundary gets 2 % more: without it a radius that ends just there, on a net that is
 * linear between, is never left (adv_lib succeeds on 4 % so). P is the exact projection on ball and box. In norms other
 * than L0 the answer is drawn towards x at the end. */
#include <math.h>
#include "attacks/hyperplane.h"
#include "attacks/search.h"

#define LAST_ALPHA 0.01
#define SLACK 1.02
#define BISECTIONS 8

struct fmn_params {
    long steps;
    double gamma, gamma_last;
};

struct fmn {
    struct search s;
    const struct fmn_params *params;
    double *eps;                   /* [n] */
    float *bounds;                 /* [2 * size] */
    double unit, farthest;         /* of lengths; no radius beyond makes a difference */
};

static void layout(struct fmn *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    a->eps = scratch_take(memory, n, sizeof *a->eps);
    a->bounds = scratch_take(memory, 2 * size, sizeof(float));
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct fmn){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

/* ||delta|| + L / ||g||_q, of a gradient that is not over its length yet; of L0 the values to move one after the other
 * are not estimated: a value more. */
static double estimate(const struct fmn *a, size_t row, const float *g)
{
    const struct search *s = &a->s;
    const struct attack_call *c = s->call;
    const double away = c->norm->distance(c->kern, s->size, search_at(s, s->iterate, row), c->x + row * s->size);
    const double slope = hyperplane_dual(c->norm, s->size, g), loss = fabs((double)s->loss[row]);
    return slope > 0 && isfinite(loss) ? SLACK * (away + loss / slope) : a->farthest;
}

static double next_radius(const struct fmn *a, size_t row, const float *g, int adversarial, double gamma)
{
    const double eps = a->eps[row], best = a->s.best[row];
    double next;
    if (a->s.call->norm == &norm_l0)
        next = adversarial ? fmin(fmin(eps - 1, floor(eps * (1 - gamma))), best - 1)
                           : fmax(eps + 1, floor(eps * (1 + gamma)));
    else if (adversarial)
        next = fmin(eps * (1 - gamma), best);
    else
        next = isfinite(best) ? eps * (1 + gamma) : estimate(a, row, g);
    return fmin(fmax(next, 0), a->farthest);
}

static void advance(struct fmn *a, size_t row, uint32_t k, int adversarial)
{
    struct search *s = &a->s;
    const struct attack_call *c = s->call;
    const double t = (double)k / (double)a->params->steps;
    float *x = search_at(s, s->iterate, row), *g = search_at(s, s->gradient, row);
    norm_mask_fixed(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), g);
    a->eps[row] = next_radius(a, row, g, adversarial, search_cosine(a->params->gamma, a->params->gamma_last, t));
    search_direction(s, row, k, g);
    c->kern->scale(s->size, (float)(a->unit * search_cosine(1, LAST_ALPHA, t)), g, g);
    c->kern->add(s->size, x, g, x);
    search_project_within(s, row, a->eps[row], a->bounds, x);
}

static void open_rows(struct fmn *a, const struct attack_call *c)
{
    layout(a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(&a->s, c);
    a->unit = search_unit(c);
    a->farthest = c->norm->distance(c->kern, c->size, c->high, c->low);
    for (size_t i = 0; i < c->n; i++)
        a->eps[i] = c->norm == &norm_l0 ? 1 : a->farthest;
}

static int run(const struct attack_call *c, struct err *e)
{
    struct fmn a = {.params = c->params};
    struct search *s = &a.s;
    const uint32_t steps = (uint32_t)a.params->steps;
    (void)e;
    open_rows(&a, c);
    for (uint32_t k = 0; k <= steps && s->active > 0; k++) {
        if (k < steps)
            search_gradient(s, LOSS_MARGIN);
        else
            search_score(s, s->iterate);
        search_confirm(s);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            const int adversarial = search_is_adversarial(s, row);
            if (adversarial)
                search_keep_nearest(s, row, search_at(s, s->iterate, row), k);
            s->done[row] |= (uint8_t)(s->best[row] <= 0);
            if (k < steps)
                advance(&a, row, k, adversarial);
        }
        search_drop_done(s);
    }
    search_close(s, steps);
    if (c->norm != &norm_l0 && c->enough == 0)
        search_bisect(s, s->gradient, BISECTIONS, steps);
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_linf || norm == &norm_l2 || norm == &norm_l1 || norm == &norm_l0;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct fmn_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 100, 1, 100000, "iterations", "gradients a sample"),
    ROW(gamma, PARAM_REAL, 0.05, 1e-6, 0.999, "fraction", "by which the radius shrinks or grows at first"),
    ROW(gamma_last, PARAM_REAL, 0.001, 0, 0.999, "fraction", "and at the end"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct fmn_params *p = x->params;
    return (struct attack_passes){1 + BISECTIONS, (double)p->steps};
}

const struct attack_kind attack_fmn = {
    .name = "fmn",
    .source = "Pintor et al. 2021, arXiv:2102.12827, alg. 1",
    .doc = "the shortest change: steps of unit gradients in a ball that shrinks while the sample is broken",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct fmn_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
