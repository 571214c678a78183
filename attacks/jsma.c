/* Jacobian-based saliency map. Of the softmax outputs F the sum over j != t of dF_j is -dF_t, so the map of a pair of
 * values (p, q) is the square of dF_t / dx_p + dF_t / dx_q, and the pair that it ranks first is made of the two values
 * with the largest slope of log F_t that may still move. Each step both go a share theta of their box (untargeted: up
 * the loss of the label), until the end of it. */
#include <math.h>
#include <string.h>
#include "attacks/search.h"

struct jsma_params {
    double theta, share;
    long at_once;
};

/* The value that may gain most; SIZE_MAX where none gains. */
static size_t most_salient(const struct search *s, size_t row)
{
    const float *g = s->gradient + row * s->size, *x = s->iterate + row * s->size;
    const float *lower = s->lower + row * s->size, *upper = s->upper + row * s->size;
    size_t best = SIZE_MAX;
    float most = 0;
    for (size_t j = 0; j < s->size; j++) {
        const int may = (g[j] > 0 && x[j] < upper[j]) || (g[j] < 0 && x[j] > lower[j]);
        const float width = upper[j] - lower[j], gain = fabsf(g[j]) * width;
        if (may && gain > most) {
            most = gain;
            best = j;
        }
    }
    return best;
}

static int move(const struct jsma_params *p, struct search *s, size_t row)
{
    float *g = search_at(s, s->gradient, row), *x = search_at(s, s->iterate, row);
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    int moved = 0;
    for (long k = 0; k < p->at_once; k++) {
        const size_t j = most_salient(s, row);
        if (j == SIZE_MAX)
            break;
        const double by = p->theta * ((double)upper[j] - (double)lower[j]);
        const float to = (float)((double)x[j] + (g[j] > 0 ? by : -by));
        x[j] = to < lower[j] ? lower[j] : to > upper[j] ? upper[j] : to;
        g[j] = 0;
        moved = 1;
    }
    return moved;
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    struct search search;
    (void)params;
    search_layout(&search, &memory, n, shape_size(s), classes, 1);
    return memory.used;
}

static uint32_t most_steps(const struct jsma_params *p, size_t size)
{
    return (uint32_t)fmax(ceil(p->share * (double)size / (double)p->at_once / p->theta), 1);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct jsma_params *p = c->params;
    struct search search, *s = &search;
    const uint32_t steps = most_steps(p, c->size);
    (void)e;
    search_layout(s, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes, 1);
    search_open(s, c);
    for (uint32_t k = 0; k <= steps && s->active > 0; k++) {
        if (k < steps)
            search_gradient(s, LOSS_CROSS_ENTROPY);
        else
            search_score(s, s->iterate);
        search_confirm(s);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            s->done[row] = (uint8_t)search_is_adversarial(s, row);
            if (s->done[row])
                search_keep_nearest(s, row, search_at(s, s->iterate, row), k);
            s->done[row] |= isfinite(s->best[row]) || (k < steps && !move(p, s, row));
            c->steps[row] = k;
        }
        search_drop_done(s);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l0;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct jsma_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(theta, PARAM_REAL, 1, 1e-6, 1, "widths of the box", "by which a value moves at a time"),
    ROW(share, PARAM_REAL, 0.2, 1e-6, 1, "share", "of all values that may be moved at most (gamma)"),
    ROW(at_once, PARAM_INT, 2, 1, 64, "values", "that move in a step"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct jsma_params *p = x->params;
    return (struct attack_passes){1, (double)most_steps(p, shape_size(x->shape))};
}

const struct attack_kind attack_jsma = {
    .name = "jsma",
    .source = "Papernot et al. 2016, arXiv:1511.07528, alg. 2 on the softmax outputs",
    .doc = "few changed values: the pair with the steepest slope goes to the end of its box, until the label changes",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct jsma_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
