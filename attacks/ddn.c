/* Decoupled direction and norm. In the paper's symbols, with x_0 = x, delta_0 = 0 and eps_0 = initial_norm:
 *
 *     g = alpha_k grad J(x_{k-1}) / ||grad J(x_{k-1})||, delta_k = delta_{k-1} + g (targeted: - g),
 *     eps_k = (1 - gamma) eps_{k-1} if x_{k-1} is adversarial, else (1 + gamma) eps_{k-1},
 *     x_k = x + eps_k delta_k / ||delta_k||, cut to the box (and put on its grid of levels),
 *
 * and alpha falls from 1 to 0.01 as a cosine. Of the adversarial x_k the one nearest to x is kept, and drawn towards x
 * at the end: lengths of the paper are products of 1 - gamma and 1 + gamma, a grid of 5 %. Lengths are in units of the
 * box (root mean square of its widths), which in the paper is [0, 1]. A zero gradient is replaced by a normal draw, as
 * in the authors' code. The last x_k is looked at, too. */
#include <math.h>
#include "attacks/search.h"

#define LAST_ALPHA 0.01
#define BISECTIONS 10

struct ddn_params {
    long steps, levels;
    double gamma, initial_norm;
};

struct ddn {
    struct search s;
    const struct ddn_params *params;
    double *eps;             /* [n] radius */
    double unit;             /* of lengths, data units */
    double farthest;         /* no radius beyond it makes a difference */
};

static void layout(struct ddn *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    a->eps = scratch_take(memory, n, sizeof *a->eps);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct ddn){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static void open_rows(struct ddn *a, const struct attack_call *c)
{
    layout(a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(&a->s, c);
    a->unit = search_unit(c);
    a->farthest = a->unit * sqrt((double)c->size);
    for (size_t i = 0; i < c->n; i++)
        a->eps[i] = a->params->initial_norm * a->unit;
}

/* The nearest of the box's `levels` evenly spaced values, where that is allowed. */
static void quantize(struct ddn *a, size_t i)
{
    const struct attack_call *c = a->s.call;
    double last = (double)(a->params->levels - 1);
    float *iterate = search_at(&a->s, a->s.iterate, i);
    const float *lower = search_at(&a->s, a->s.lower, i), *upper = search_at(&a->s, a->s.upper, i);
    for (size_t j = 0; a->params->levels > 0 && j < c->size; j++) {
        double low = c->low[j], width = (double)c->high[j] - low;
        float v = (float)(low + width * (floor(((double)iterate[j] - low) / width * last + 0.5) / last));
        iterate[j] = lower[j] < upper[j] ? fminf(fmaxf(v, lower[j]), upper[j]) : iterate[j];
    }
}

static void advance(struct ddn *a, size_t i, uint32_t step, int adversarial)
{
    struct search *s = &a->s;
    const struct kern *kern = s->call->kern;
    float *iterate = search_at(s, s->iterate, i), *g = search_at(s, s->gradient, i);
    const float *x = s->call->x + i * s->size;
    double alpha = search_cosine(1, LAST_ALPHA, (double)step / (double)a->params->steps);
    a->eps[i] = fmin(a->eps[i] * (adversarial ? 1 - a->params->gamma : 1 + a->params->gamma), a->farthest);
    search_direction(s, i, step, g);
    kern->scale(s->size, (float)(alpha * a->unit), g, g);
    kern->add(s->size, iterate, g, iterate);
    double length = sqrt(kern->distance2(s->size, iterate, x));
    float factor = length > 0 ? (float)(a->eps[i] / length) : 0;
    kern->shrink_towards(s->size, factor, x, search_at(s, s->lower, i), search_at(s, s->upper, i), iterate);
    quantize(a, i);
}

static int run(const struct attack_call *c, struct err *e)
{
    struct ddn a = {.params = c->params};
    struct search *s = &a.s;
    uint32_t steps = (uint32_t)a.params->steps;
    (void)e;
    open_rows(&a, c);
    for (uint32_t step = 0; step <= steps && s->active > 0; step++) {
        if (step < steps) {
            search_gradient(s, LOSS_CROSS_ENTROPY);
            search_confirm(s);
        } else {
            search_score(s, s->iterate);
        }
        for (size_t i = 0; i < s->active; i++) { /* all rows, but when the run is to stop */
            int adversarial = search_is_adversarial(s, i);
            if (adversarial)
                search_keep_nearest(s, i, search_at(s, s->iterate, i), step);
            if (step < steps)
                advance(&a, i, step, adversarial);
        }
    }
    search_close(s, steps);
    if (a.params->levels == 0)
        search_bisect(s, s->gradient, BISECTIONS, steps);
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l2;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct ddn_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 100, 1, 100000, "iterations", "gradients a sample"),
    ROW(gamma, PARAM_REAL, 0.05, 1e-6, 0.999, "fraction", "by which the radius shrinks or grows a step"),
    ROW(initial_norm, PARAM_REAL, 1, 1e-9, 1e6, "widths of the box", "first radius"),
    ROW(levels, PARAM_INT, 0, 0, 65536, "levels", "of each value that the result may take, from low to high; 0: any"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    const struct ddn_params *p = params;
    (void)norm, (void)eps, (void)shape;
    if (p->levels == 1)
        return err_set(e, ERR_USAGE, "levels: one level leaves nothing to choose; set 2 or more, or 0 for none");
    return 0;
}

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct ddn_params *p = x->params;
    return (struct attack_passes){1 + BISECTIONS, (double)p->steps};
}

const struct attack_kind attack_ddn = {
    .name = "ddn",
    .source = "Rony et al. 2019, arXiv:1811.09600, alg. 1",
    .doc = "the shortest change: steps of unit gradients on a sphere that shrinks while the sample is broken",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct ddn_params),
    .params = rows,
    .finish = finish,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
