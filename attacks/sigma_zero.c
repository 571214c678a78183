/* sigma-zero: the fewest changed values. With delta the change in units of each value's box, Adam goes down
 *
 *     max(z_y - max_{j != y} z_j, 0) + 1/d sum over i of delta_i^2 / (delta_i^2 + sigma)
 *
 * by gradients over their largest magnitude, its rate falling as a cosine; after each step values below a threshold
 * tau, which rises by a hundredth of the rate where the point is adversarial and falls where it is not, become 0. Of
 * the adversarial points the one with fewest changes is kept. */
#include <math.h>
#include <string.h>
#include "attacks/adam.h"
#include "attacks/search.h"

#define LAST_RATE 0.1

struct sigma_params {
    long steps;
    double step_size, sigma, threshold;
};

struct sigma {
    struct search s;
    const struct sigma_params *params;
    float *delta, *first, *second; /* (n, size) and Adam's moments */
    double *tau;                   /* [n] */
};

static void layout(struct sigma *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    a->delta = scratch_take(memory, n * size, sizeof(float));
    a->first = scratch_take(memory, n * size, sizeof(float));
    a->second = scratch_take(memory, n * size, sizeof(float));
    a->tau = scratch_take(memory, n, sizeof *a->tau);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct sigma){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

/* The objective's gradient over delta, over its largest magnitude, in the place of the loss's over x. */
static void objective(struct sigma *a, size_t row)
{
    struct search *s = &a->s;
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    const float *delta = search_at(s, a->delta, row);
    const double hinge = (double)s->loss[row] < 0 ? 1 : 0, sigma = a->params->sigma;
    float *g = search_at(s, s->gradient, row);
    double largest = 0;
    for (size_t j = 0; j < s->size; j++) {
        const double d = delta[j], width = (double)upper[j] - (double)lower[j], below = d * d + sigma;
        const double sparse = 2 * d * sigma / (below * below) / (double)s->size;
        g[j] = (float)(width > 0 ? sparse - (hinge > 0 ? (double)g[j] * width : 0) : 0);
        largest = fmax(largest, fabs((double)g[j]));
    }
    for (size_t j = 0; j < s->size; j++)
        g[j] = largest > 0 && isfinite(largest) ? (float)((double)g[j] / largest) : 0;
}

static void step(struct sigma *a, size_t row, const struct adam_age *age, double rate)
{
    struct search *s = &a->s;
    const float *x = s->call->x + row * s->size, *g = search_at(s, s->gradient, row);
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    float *delta = search_at(s, a->delta, row), *m = search_at(s, a->first, row), *v = search_at(s, a->second, row);
    float *at = search_at(s, s->iterate, row);
    for (size_t j = 0; j < s->size; j++) {
        const double width = (double)upper[j] - (double)lower[j];
        m[j] = (float)adam_mean((double)m[j], (double)g[j]);
        v[j] = (float)adam_variance((double)v[j], (double)g[j]);
        double d = (double)delta[j] - adam_change(age, rate, (double)m[j], (double)v[j]);
        const double low = width > 0 ? ((double)lower[j] - (double)x[j]) / width : 0;
        const double high = width > 0 ? ((double)upper[j] - (double)x[j]) / width : 0;
        d = d < low ? low : d > high ? high : d;
        delta[j] = fabs(d) < a->tau[row] ? 0 : (float)d;
        const float moved = (float)((double)x[j] + (double)delta[j] * width);
        at[j] = delta[j] == 0 ? x[j] : moved < lower[j] ? lower[j] : moved > upper[j] ? upper[j] : moved;
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct sigma a = {.params = c->params};
    struct search *s = &a.s;
    const long steps = a.params->steps;
    struct adam_age age = adam_newborn();
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(s, c);
    search_leave_broken(s);
    memset(a.delta, 0, c->n * c->size * sizeof(float));
    memset(a.first, 0, c->n * c->size * sizeof(float));
    memset(a.second, 0, c->n * c->size * sizeof(float));
    for (size_t i = 0; i < c->n; i++)
        a.tau[i] = a.params->threshold;
    for (long k = 1; k <= steps && s->active > 0; k++) {
        const double share = search_cosine(1, LAST_RATE, (double)(k - 1) / (double)steps);
        adam_grow(&age);
        search_gradient(s, LOSS_MARGIN);
        search_confirm(s);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            const int adversarial = search_is_adversarial(s, row);
            if (adversarial)
                search_keep_nearest(s, row, search_at(s, s->iterate, row), (uint32_t)k);
            objective(&a, row);
            step(&a, row, &age, a.params->step_size * share);
            a.tau[row] = fmin(fmax(a.tau[row] + (adversarial ? 0.01 : -0.01) * share, 0), 1);
        }
        search_drop_done(s);
    }
    search_close(s, (uint32_t)steps);
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_l0;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct sigma_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 1000, 1, 100000, "iterations", "gradients a sample"),
    ROW(step_size, PARAM_REAL, 1, 1e-9, 10, "widths of the box", "of Adam at first (its learning rate)"),
    ROW(sigma, PARAM_REAL, 0.001, 1e-12, 1, "", "below whose root a change hardly counts as one"),
    ROW(threshold, PARAM_REAL, 0.3, 0, 1, "widths of the box", "first tau"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct sigma_params *p = x->params;
    return (struct attack_passes){1, (double)p->steps};
}

const struct attack_kind attack_sigma_zero = {
    .name = "sigma_zero",
    .source = "Cina et al. 2025, arXiv:2402.01879, alg. 1",
    .doc = "the fewest changed values: Adam on a smooth count of them and the margin",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct sigma_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
