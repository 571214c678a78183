/* A patch that is put on any image, at any place.
 *
 * The artefact is a square P of side x side pixels that is fitted over places: each row of a batch B gets P at a place
 * drawn for it and this epoch, and
 *
 *     P <- cut(P + step of step_size along the signs of sum over B of grad J(x with P)),
 *
 * J the cross-entropy of the label (rows above `clip`, which are broken for good, take no part), or minus that of the
 * target class; cut: to the box. The step falls as half a cosine. In the norm l0, eps counts the values that change,
 * and so gives the side. The attack puts P on each sample at a place drawn for the sample. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "attacks/artefact.h"
#include "attacks/attack.h"
#include "attacks/epochs.h"
#include "attacks/search.h"

#define FIRST_STEP 0.1 /* widths of the box */
#define LAST_STEP 0.01 /* of the first */

struct patch_params {
    double step_size; /* 0: a tenth of the box's width */
    double clip;
    long side;        /* 0: the largest that eps allows */
    long epochs, batch, samples;
};

/* The first value that a patch of this side covers; its place is drawn by the key. Each of its rows covers side *
 * channels values from there, a row of the image apart. */
static size_t place(const struct shape *s, size_t side, const struct rng_key *key)
{
    size_t top = rng_below(key, 0, (uint32_t)(s->dim[0] - side + 1));
    size_t left = rng_below(key, 1, (uint32_t)(s->dim[1] - side + 1));
    return (top * s->dim[1] + left) * s->dim[2];
}

static void put(const struct shape *s, size_t side, size_t first, const float *patch, const float *lower,
                const float *upper, float *x)
{
    size_t across = side * s->dim[2];
    for (size_t y = 0; y < side; y++)
        for (size_t j = 0; j < across; j++) {
            size_t at = first + y * s->dim[1] * s->dim[2] + j;
            x[at] = fminf(fmaxf(patch[y * across + j], lower[at]), upper[at]);
        }
}

static void take(const struct shape *s, size_t side, size_t first, const float *gradient, double *sum)
{
    size_t across = side * s->dim[2];
    for (size_t y = 0; y < side; y++)
        for (size_t j = 0; j < across; j++)
            sum[y * across + j] += (double)gradient[first + y * s->dim[1] * s->dim[2] + j];
}

/* ---- the artefact ------------------------------------------------------------------------------------------------ */

struct patch_fit {
    const struct artefact_call *call;
    float *patch;                  /* the artefact */
    double *sum;                   /* (blocks of a batch, values) gradients, summed a block */
    size_t side, values, batches;
    float low, high;               /* of the box, over all values */
    uint32_t epoch;
};

static size_t values_of(const struct artefact_call *c)
{
    const struct patch_params *p = c->params;
    return (size_t)(p->side * p->side) * c->shape->dim[2];
}

/* An artefact has one value at least. */
static size_t size(const struct artefact_call *c)
{
    return values_of(c) > 0 ? values_of(c) : 1;
}

static size_t fit_scratch(const struct artefact_call *c)
{
    return ARTEFACT_BLOCK * (2 * sizeof(size_t) / sizeof(float) + 2 + c->classes + 2 * c->size);
}

static int takes_part(const struct artefact_call *c, float loss)
{
    const struct patch_params *p = c->params;
    return c->target >= 0 ? isfinite(loss) : (double)loss < p->clip; /* not NaN */
}

static int fit_block(void *context, const struct artefact_block *b, struct err *e)
{
    const struct patch_fit *f = context;
    const struct artefact_call *c = f->call;
    size_t d = c->size, *row = (size_t *)(void *)b->scratch, *first = row + ARTEFACT_BLOCK;
    int32_t *goal = (int32_t *)(void *)(first + ARTEFACT_BLOCK);
    float *loss = (float *)(void *)(goal + ARTEFACT_BLOCK), *logits = loss + ARTEFACT_BLOCK;
    float *x = logits + ARTEFACT_BLOCK * c->classes, *g = x + ARTEFACT_BLOCK * d;
    double *sum = f->sum + b->number * f->values;
    (void)e;
    memcpy(x, b->x, b->n * d * sizeof *x);
    for (size_t i = 0; i < b->n; i++) {
        struct rng_key key = {c->seed, b->sample[i], rng_stream(c->stream), f->epoch + 1};
        row[i] = i;
        goal[i] = c->target >= 0 ? c->target : b->label[i];
        first[i] = place(c->shape, f->side, &key);
        put(c->shape, f->side, first[i], f->patch, c->low, c->high, x + i * d);
    }
    b->oracle->gradient(b->oracle, b->n, x, row, &(struct loss){LOSS_CROSS_ENTROPY, goal, NULL}, logits, loss, g);
    memset(sum, 0, f->values * sizeof *sum);
    for (size_t i = 0; i < b->n; i++)
        if (takes_part(c, loss[i]))
            take(c->shape, f->side, first[i], g + i * d, sum);
    return 0;
}

static int fit_batch(void *context, uint64_t epoch, size_t first, size_t n, struct err *e)
{
    struct patch_fit *f = context;
    const struct artefact_call *c = f->call;
    const struct patch_params *p = c->params;
    double longest = p->step_size > 0 ? p->step_size : FIRST_STEP * ((double)f->high - (double)f->low);
    double t = (double)(epoch * f->batches + first / (size_t)p->batch) / (double)((size_t)p->epochs * f->batches);
    double step = search_cosine(longest, LAST_STEP * longest, t) * (c->target >= 0 ? -1 : 1);
    f->epoch = (uint32_t)epoch;
    TRY(c->each(c, first, n, fit_block, f, e));
    for (size_t j = 0; j < f->values; j++) {
        double sum = 0;
        for (size_t b = 0; b < (n + ARTEFACT_BLOCK - 1) / ARTEFACT_BLOCK; b++)
            sum += f->sum[b * f->values + j];
        double moved = (double)f->patch[j] + (sum > 0 ? step : sum < 0 ? -step : 0);
        f->patch[j] = fminf(fmaxf((float)moved, f->low), f->high);
    }
    return 0;
}

static struct epochs epochs_of(const struct artefact_call *c)
{
    const struct patch_params *p = c->params;
    return (struct epochs){(uint64_t)p->epochs, (size_t)p->batch, (size_t)p->samples, values_of(c)};
}

static uint64_t rows_of(const struct artefact_call *c)
{
    const struct epochs over = epochs_of(c);
    return over.floats > 0 ? epochs_rows_left(&over, c) : 0;
}

/* The patch begins as the middle of the box that holds those of all values. */
static void begin(struct patch_fit *f)
{
    const struct artefact_call *c = f->call;
    f->low = c->low[0];
    f->high = c->high[0];
    for (size_t j = 1; j < c->size; j++) {
        f->low = fminf(f->low, c->low[j]);
        f->high = fmaxf(f->high, c->high[j]);
    }
    for (size_t j = 0; j < size(c); j++)
        f->patch[j] = (float)(((double)f->low + (double)f->high) / 2);
}

static int make(const struct artefact_call *c, float *out, struct err *e)
{
    const struct patch_params *p = c->params;
    const struct epochs over = epochs_of(c);
    struct patch_fit f = {.call = c, .patch = out, .side = (size_t)p->side, .values = over.floats};
    f.batches = (epochs_rows(&over, c) + over.batch - 1) / over.batch;
    begin(&f);
    if (f.values == 0)
        return 0;
    f.sum = calloc(epochs_blocks(&over, c) * f.values, sizeof *f.sum);
    int code = f.sum == NULL ? err_set(e, ERR_RUN, "out of memory for the fit of a patch; lower 'batch'")
                             : epochs_run(&over, c, f.patch, fit_batch, &f, e);
    free(f.sum);
    return code;
}

const struct artefact_kind artefact_patch = {
    .name = "patch",
    .source = "Brown et al. 2017, arXiv:1712.09665, sec. 2; steps along signs in place of its optimiser",
    .doc = "a square that raises the mean loss over the fitting rows and places (targeted: lowers that of the class)",
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
    const struct patch_params *p = c->params;
    size_t d = c->size;
    float *lower = c->scratch, *upper = c->scratch + d;
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = {c->seed, c->sample[i], rng_stream(c->scenario), 0};
        norm_bounds(c->norm, c->eps, d, c->x + i * d, c->low, c->high, c->feature, lower, upper);
        put(c->shape, (size_t)p->side, place(c->shape, (size_t)p->side, &key), c->artefact[0], lower, upper,
            c->adv + i * d);
        c->steps[i] = 0;
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l0;
}

/* The side of the largest square within an image that changes eps values at most. */
static long largest_side(double eps, const struct shape *s)
{
    size_t side = s->dim[0] < s->dim[1] ? s->dim[0] : s->dim[1];
    while (side > 0 && (double)(side * side * s->dim[2]) > eps)
        side--;
    return (long)side;
}

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct patch_params *p = params;
    long largest = largest_side(eps, shape);
    (void)norm;
    if (eps > 0 && largest == 0)
        return err_set(e, ERR_USAGE, "eps: %g values are less than one pixel, which has %zu; eps counts values in l0",
                       eps, shape->dim[2]);
    if (p->side > largest)
        return err_set(e, ERR_USAGE, "side: a square of %ld pixels does not fit; with eps %g, which counts values, and "
                       "images of %zu x %zu it has %ld at most", p->side, eps, shape->dim[0], shape->dim[1], largest);
    if (p->side == 0)
        p->side = largest;
    return 0;
}

static const char *const needs[] = {"patch", NULL};

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct patch_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(side, PARAM_INT, 0, 0, 65535, "pixels", "of the square; 0: the largest that changes eps values at most"),
    ROW(epochs, PARAM_INT, 20, 1, 100000, "epochs", "passes over the fitting rows, each at new places"),
    ROW(batch, PARAM_INT, 64, 1, 1e6, "rows", "of each step"),
    ROW(samples, PARAM_INT, 0, 0, 1e12, "rows", "fitting rows, from the first; 0: all"),
    ROW(step_size, PARAM_REAL, 0, 0, 1e6, "data units",
        "length of the first step in each value, falls to a hundredth; 0: a tenth of the box's width"),
    ROW(clip, PARAM_REAL, 9, 1e-6, 1e6, "nats", "loss from which a row takes no part in a step; not if targeted"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct patch_params *p = x->params;
    return (struct attack_passes){0, (double)p->epochs};
}

const struct attack_kind attack_patch = {
    .name = "patch",
    .source = "Brown et al. 2017, arXiv:1712.09665, sec. 2",
    .doc = "a square that is put on any image at any place, fitted beforehand",
    .problem = ATTACK_FITTED,
    .needs = needs,
    .offers = offers,
    .knowledge = KNOW_NONE,
    .targeted = 1,
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct patch_params),
    .params = rows,
    .finish = finish,
    .scratch = run_scratch,
    .run = run,
    .passes = passes};
