/* Decoupled direction and norm. In the paper's symbols, with x_0 = x, delta_0 = 0 and eps_0 = initial_norm:
 *
 *     g = alpha_k grad J(x_{k-1}) / ||grad J(x_{k-1})||, delta_k = delta_{k-1} + g (targeted: - g),
 *     eps_k = (1 - gamma) eps_{k-1} if x_{k-1} is adversarial, else (1 + gamma) eps_{k-1},
 *     x_k = x + eps_k delta_k / ||delta_k||, cut to the box (and put on its grid of levels),
 *
 * and alpha falls from 1 to 0.01 as a cosine. Of the adversarial x_k the one nearest to x is kept. Lengths are in units
 * of the box (root mean square of its widths), which in the paper is [0, 1]. A zero gradient is replaced by a normal
 * draw, as in the authors' code. The last x_k is looked at, too. */
#include <math.h>
#include <string.h>
#include "attacks/attack.h"
#include "engine/base/det64.h"

#define LAST_ALPHA 0.01

struct ddn_params {
    long steps, levels;
    double gamma, initial_norm;
};

struct ddn {
    const struct attack_call *call;
    const struct ddn_params *params;
    size_t *row;             /* (n) 0, 1, 2 ... */
    double *eps, *best;      /* (n) radius; distance of the nearest adversarial point so far */
    int32_t *goal;           /* (n) true label, or target */
    float *iterate;          /* (n, size) x_k */
    float *gradient;         /* (n, size) */
    float *logits;           /* (n, classes) */
    float *lower, *upper;    /* (n, size) */
    double unit;             /* of lengths, data units */
    double farthest;         /* no radius beyond it makes a difference */
};

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params;
    size_t words = (sizeof(size_t) + 2 * sizeof(double)) / sizeof(float);
    return n * (words + 1 + classes + 4 * shape_size(s));
}

static void *take(float **scratch, size_t n, size_t bytes)
{
    float *p = *scratch;
    *scratch += n * (bytes / sizeof(float));
    return p;
}

static void prepare(struct ddn *a)
{
    const struct attack_call *c = a->call;
    size_t n = c->n, d = c->size;
    float *scratch = c->scratch;
    a->row = take(&scratch, n, sizeof *a->row);
    a->eps = take(&scratch, n, sizeof *a->eps);
    a->best = take(&scratch, n, sizeof *a->best);
    a->goal = take(&scratch, n, sizeof *a->goal);
    a->logits = take(&scratch, n * c->oracle->classes, sizeof(float));
    a->iterate = take(&scratch, n * d, sizeof(float));
    a->gradient = take(&scratch, n * d, sizeof(float));
    a->lower = take(&scratch, n * d, sizeof(float));
    a->upper = take(&scratch, n * d, sizeof(float));
    a->farthest = sqrt(c->kern->distance2(d, c->high, c->low));
    a->unit = a->farthest / sqrt((double)d);
    memcpy(a->iterate, c->x, n * d * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        a->row[i] = i;
        a->eps[i] = a->params->initial_norm * a->unit;
        a->best[i] = INFINITY;
        a->goal[i] = c->target != NULL ? c->target[i] : c->label[i];
        norm_bounds(c->norm, c->eps, d, c->x + i * d, c->low, c->high, c->feature, a->lower + i * d, a->upper + i * d);
    }
}

/* NaN: the query was beyond the sample's budget. */
static int is_adversarial(const struct ddn *a, size_t i)
{
    const struct oracle *o = a->call->oracle;
    const float *z = a->logits + i * o->classes;
    if (isnan(z[0]))
        return 0;
    return (loss_argmax(o->classes, z) == a->goal[i]) == (a->call->target != NULL);
}

/* Approximate logits only propose: a float32 score decides. */
static int is_confirmed(struct ddn *a, size_t i)
{
    const struct oracle *o = a->call->oracle;
    if (o->approximate && is_adversarial(a, i))
        o->score(o, 1, a->iterate + i * a->call->size, a->row + i, a->logits + i * o->classes);
    return is_adversarial(a, i);
}

static void keep_nearest(struct ddn *a, size_t i, uint32_t step)
{
    const struct attack_call *c = a->call;
    size_t d = c->size;
    double distance = c->norm->distance(c->kern, d, a->iterate + i * d, c->x + i * d);
    if (!(distance < a->best[i]))
        return;
    a->best[i] = distance;
    c->steps[i] = step;
    memcpy(c->adv + i * d, a->iterate + i * d, d * sizeof(float));
}

/* The gradient over its length, in the values that can move; drawn where there is none. Returns its factor. */
static double direction(struct ddn *a, size_t i, uint32_t step)
{
    const struct attack_call *c = a->call;
    size_t d = c->size;
    float *g = a->gradient + i * d;
    const float *lower = a->lower + i * d, *upper = a->upper + i * d;
    norm_mask_fixed(d, lower, upper, g);
    double length = norm_l2_scaled(c->kern, d, g);
    if (!(length > 0)) {
        struct rng_key key = {c->seed, c->sample[i], rng_stream(c->scenario), step};
        rng_fill_normal(&key, 0, d, g);
        norm_mask_fixed(d, lower, upper, g);
        length = norm_l2_scaled(c->kern, d, g);
    }
    return length > 0 ? (c->target != NULL ? -1 : 1) / length : 0;
}

/* The nearest of the box's `levels` evenly spaced values, where that is allowed. */
static void quantize(struct ddn *a, size_t i)
{
    const struct attack_call *c = a->call;
    double last = (double)(a->params->levels - 1);
    float *iterate = a->iterate + i * c->size;
    const float *lower = a->lower + i * c->size, *upper = a->upper + i * c->size;
    for (size_t j = 0; a->params->levels > 0 && j < c->size; j++) {
        double low = c->low[j], width = (double)c->high[j] - low;
        float v = (float)(low + width * (floor(((double)iterate[j] - low) / width * last + 0.5) / last));
        iterate[j] = lower[j] < upper[j] ? fminf(fmaxf(v, lower[j]), upper[j]) : iterate[j];
    }
}

static void advance(struct ddn *a, size_t i, uint32_t step, int adversarial)
{
    const struct attack_call *c = a->call;
    size_t d = c->size;
    float *iterate = a->iterate + i * d, *g = a->gradient + i * d;
    const float *x = c->x + i * d;
    double turn = det_cos(3.141592653589793 * (double)step / (double)a->params->steps);
    double alpha = LAST_ALPHA + (1 - LAST_ALPHA) * (1 + turn) / 2;
    a->eps[i] = fmin(a->eps[i] * (adversarial ? 1 - a->params->gamma : 1 + a->params->gamma), a->farthest);
    c->kern->scale(d, (float)(alpha * a->unit * direction(a, i, step)), g, g);
    c->kern->add(d, iterate, g, iterate);
    double length = sqrt(c->kern->distance2(d, iterate, x));
    float factor = length > 0 ? (float)(a->eps[i] / length) : 0;
    c->kern->shrink_towards(d, factor, x, a->lower + i * d, a->upper + i * d, iterate);
    quantize(a, i);
}

static int run(const struct attack_call *c, struct err *e)
{
    struct ddn a = {.call = c, .params = c->params};
    const struct oracle *o = c->oracle;
    uint32_t steps = (uint32_t)a.params->steps;
    (void)e;
    prepare(&a);
    for (uint32_t step = 0; step <= steps; step++) {
        if (step < steps)
            o->gradient(o, c->n, a.iterate, a.row, a.goal, LOSS_ASCENT, a.logits, NULL, a.gradient);
        else
            o->score(o, c->n, a.iterate, a.row, a.logits);
        for (size_t i = 0; i < c->n; i++) {
            int adversarial = step < steps ? is_confirmed(&a, i) : is_adversarial(&a, i);
            if (adversarial)
                keep_nearest(&a, i, step);
            if (step < steps)
                advance(&a, i, step, adversarial);
        }
    }
    for (size_t i = 0; i < c->n; i++)
        c->steps[i] = isfinite(a.best[i]) ? c->steps[i] : steps;
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
    .run = run};
