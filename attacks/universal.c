/* One perturbation for all samples.
 *
 * The artefact is a delta that raises the mean clipped loss over the fitting rows: with batches B of rows in order,
 *
 *     delta <- project(delta + step of step_size along grad (1/|B|) sum over B of min(J(x + delta), clip)),
 *
 * where x + delta is cut to the box, and gradients at the cut that lead out of it take no part. Clipping keeps rows
 * that are broken for good from taking all the gradient. The attack adds delta to each sample, within ball and box. */
#include <stdlib.h>
#include <string.h>
#include "attacks/artefact.h"
#include "attacks/attack.h"
#include "attacks/epochs.h"

struct universal_params {
    double step_size; /* 0: 2.5 eps / steps */
    double clip;
    long epochs, batch, samples;
};

/* ---- the artefact ------------------------------------------------------------------------------------------------ */

struct fit {
    const struct artefact_call *call;
    float *delta;                  /* [size] the artefact */
    float *gradient;               /* [size] */
    float *lower, *upper, *zero;   /* [size] of delta; its centre */
    double *sum;                   /* (blocks of a batch, size) gradients, summed a block */
    double step_size;
};

static size_t size(const struct artefact_call *c)
{
    return c->size;
}

static size_t fit_scratch(const struct artefact_call *c)
{
    return ARTEFACT_BLOCK * (sizeof(size_t) / sizeof(float) + 1 + c->classes + 2 * c->size);
}

/* Gradients of one row, but where its value stands at the box and would only be driven against it. */
static void add_gradient(const struct artefact_call *c, const float *x, const float *delta, const float *g, double *sum)
{
    for (size_t j = 0; j < c->size; j++) {
        double moved = (double)x[j] + (double)delta[j];
        int stuck = (g[j] > 0 && moved > (double)c->high[j]) || (g[j] < 0 && moved < (double)c->low[j]);
        sum[j] += stuck ? 0 : (double)g[j];
    }
}

static int fit_block(void *context, const struct artefact_block *b, struct err *e)
{
    const struct fit *f = context;
    const struct artefact_call *c = f->call;
    const struct universal_params *p = c->params;
    size_t d = c->size, *row = (size_t *)(void *)b->scratch;
    float *loss = b->scratch + ARTEFACT_BLOCK * (sizeof(size_t) / sizeof(float));
    float *logits = loss + ARTEFACT_BLOCK, *x = logits + ARTEFACT_BLOCK * c->classes, *g = x + ARTEFACT_BLOCK * d;
    double *sum = f->sum + b->number * d;
    (void)e;
    for (size_t i = 0; i < b->n; i++) {
        row[i] = i;
        c->kern->add(d, b->x + i * d, f->delta, x + i * d);
        c->kern->clamp(d, c->low, c->high, x + i * d);
    }
    b->oracle->gradient(b->oracle, b->n, x, row, &(struct loss){LOSS_CROSS_ENTROPY, b->label, NULL}, logits, loss, g);
    memset(sum, 0, d * sizeof *sum);
    for (size_t i = 0; i < b->n; i++)
        if ((double)loss[i] < p->clip) /* not NaN */
            add_gradient(c, b->x + i * d, f->delta, g + i * d, sum);
    return 0;
}

static int fit_batch(void *context, uint64_t epoch, size_t first, size_t n, struct err *e)
{
    struct fit *f = context;
    const struct artefact_call *c = f->call;
    size_t d = c->size;
    (void)epoch;
    TRY(c->each(c, first, n, fit_block, f, e));
    for (size_t b = 1; b < (n + ARTEFACT_BLOCK - 1) / ARTEFACT_BLOCK; b++)
        for (size_t j = 0; j < d; j++)
            f->sum[j] += f->sum[b * d + j];
    for (size_t j = 0; j < d; j++)
        f->gradient[j] = (float)(f->sum[j] / (double)n);
    c->norm->step(c->kern, (float)f->step_size, d, f->lower, f->upper, f->gradient, f->delta);
    norm_project(c->norm, c->kern, c->eps, d, f->zero, f->lower, f->upper, f->delta);
    return 0;
}

static struct epochs epochs_of(const struct artefact_call *c)
{
    const struct universal_params *p = c->params;
    return (struct epochs){(uint64_t)p->epochs, (size_t)p->batch, (size_t)p->samples, c->size};
}

static uint64_t rows_of(const struct artefact_call *c)
{
    const struct epochs over = epochs_of(c);
    return epochs_rows_left(&over, c);
}

/* delta moves within [low - high, high - low]; where features are immutable it is 0. */
static void fit_bounds(struct fit *f)
{
    const struct artefact_call *c = f->call;
    float *low = f->gradient, *high = f->delta; /* not used yet */
    for (size_t j = 0; j < c->size; j++) {
        high[j] = c->high[j] - c->low[j];
        low[j] = -high[j];
    }
    norm_bounds(c->norm, c->eps, c->size, f->zero, low, high, c->feature, f->lower, f->upper);
    memset(f->delta, 0, c->size * sizeof(float));
}

static int make(const struct artefact_call *c, float *out, struct err *e)
{
    const struct universal_params *p = c->params;
    const struct epochs over = epochs_of(c);
    struct fit f = {.call = c, .delta = out};
    size_t d = c->size, steps = over.n * ((epochs_rows(&over, c) + over.batch - 1) / over.batch);
    f.step_size = p->step_size > 0 ? p->step_size : 2.5 * c->eps / (double)steps;
    float *floats = calloc(4 * d, sizeof *floats);
    f.sum = calloc(epochs_blocks(&over, c) * d, sizeof *f.sum);
    int code = 0;
    if (floats == NULL || f.sum == NULL) {
        code = err_set(e, ERR_RUN, "out of memory for the fit of a universal perturbation; lower 'batch'");
    } else {
        f.gradient = floats;
        f.lower = floats + d;
        f.upper = floats + 2 * d;
        f.zero = floats + 3 * d;
        fit_bounds(&f);
        code = epochs_run(&over, c, f.delta, fit_batch, &f, e);
    }
    free(floats);
    free(f.sum);
    return code;
}

const struct artefact_kind artefact_universal = {
    .name = "universal",
    .source = "Shafahi et al. 2020, arXiv:1811.11304, alg. 2",
    .doc = "a perturbation that raises the mean clipped loss over the fitting rows, for each norm and eps",
    .scope = ARTEFACT_OF_SCENARIO,
    .knowledge = KNOW_GRADIENT,
    .size = size,
    .scratch = fit_scratch,
    .rows = rows_of,
    .make = make};

/* ---- the attack -------------------------------------------------------------------------------------------------- */

static size_t run_scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params, (void)classes, (void)n;
    return 2 * shape_size(s);
}

static int run(const struct attack_call *c, struct err *e)
{
    size_t d = c->size;
    float *lower = c->scratch, *upper = c->scratch + d;
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        const float *x = c->x + i * d;
        float *adv = c->adv + i * d;
        norm_bounds(c->norm, c->eps, d, x, c->low, c->high, c->feature, lower, upper);
        c->kern->add(d, x, c->artefact[0], adv);
        norm_project(c->norm, c->kern, c->eps, d, x, lower, upper, adv);
        c->steps[i] = 0;
    }
    return 0;
}

static const char *const needs[] = {"universal", NULL};

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct universal_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(epochs, PARAM_INT, 10, 1, 100000, "epochs", "passes over the fitting rows"),
    ROW(batch, PARAM_INT, 256, 1, 1e6, "rows", "of each step"),
    ROW(samples, PARAM_INT, 0, 0, 1e12, "rows", "fitting rows, from the first; 0: all"),
    ROW(step_size, PARAM_REAL, 0, 0, 1e6, "data units", "length of a step; 0: 2.5 eps / steps of all epochs"),
    ROW(clip, PARAM_REAL, 9, 1e-6, 1e6, "nats", "loss from which a row takes no part in a step"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct universal_params *p = x->params;
    return (struct attack_passes){0, (double)p->epochs};
}

const struct attack_kind attack_universal = {
    .name = "universal",
    .source = "Moosavi-Dezfooli et al. 2017, arXiv:1610.08401; fitted as in Shafahi et al. 2020, arXiv:1811.11304",
    .doc = "one perturbation for all samples, fitted beforehand",
    .problem = ATTACK_FITTED,
    .needs = needs,
    .offers = norm_has_step,
    .knowledge = KNOW_NONE,
    .targeted = 0,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct universal_params),
    .params = rows,
    .scratch = run_scratch,
    .run = run,
    .passes = passes};
