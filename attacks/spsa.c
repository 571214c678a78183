/* SPSA: Adam on gradients estimated from scores. In the paper's symbols, with v_i drawn from {-1, 1}^d:
 *
 *     g = mean of (f(x_t + delta v_i) - f(x_t - delta v_i)) / (2 delta) v_i, x_{t+1} = Pi(x_t + Adam(g)),
 *
 * where f is the margin by which the sample is broken, and Pi puts points into the ball and the box. delta and the
 * step are shares of each value's box. x_t is looked at in every iteration. */
#include <math.h>
#include <string.h>
#include "attacks/adam.h"
#include "attacks/search.h"

struct spsa_params { long iterations, pairs; double delta, step; };

struct spsa {
    struct search s;
    const struct spsa_params *params;
    float *point;                  /* (n, size) asked about */
    double *estimate;              /* (n, size) g, times the pairs */
    double *mean, *variance;       /* (n, size) Adam's */
    double *up;                    /* [n] f(x_t + delta v) */
};

static void layout(struct spsa *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 0);
    a->point = scratch_take(memory, n * size, sizeof *a->point);
    a->estimate = scratch_take(memory, n * size, sizeof *a->estimate);
    a->mean = scratch_take(memory, n * size, sizeof *a->mean);
    a->variance = scratch_take(memory, n * size, sizeof *a->variance);
    a->up = scratch_take(memory, n, sizeof *a->up);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct spsa){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static double width(const struct spsa *a, size_t j)
{
    return (double)a->s.call->high[j] - a->s.call->low[j];
}

/* The points x_t + sign delta v of the active rows, and their scores. */
static void ask_side(struct spsa *a, uint32_t t, long pair, int sign)
{
    struct search *s = &a->s;
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        const struct rng_key key = search_key(s, row, t);
        const float *from = search_at(s, s->iterate, row);
        float *to = search_at(s, a->point, row);
        for (size_t j = 0; j < s->size; j++) {
            const int up = rng_word(&key, (uint64_t)pair * s->size + j) & 1;
            const double v = (double)from[j] + (up ? sign : -sign) * a->params->delta * width(a, j);
            const int fixed = !(search_at(s, s->lower, row)[j] < search_at(s, s->upper, row)[j]);
            to[j] = fixed ? from[j] : fminf(fmaxf((float)v, s->call->low[j]), s->call->high[j]);
        }
    }
    search_score(s, a->point);
}

/* One pair of points: its difference goes to the estimate in units of the box. */
static void add_pair(struct spsa *a, uint32_t t, long pair)
{
    struct search *s = &a->s;
    ask_side(a, t, pair, 1);
    for (size_t i = 0; i < s->active; i++)
        a->up[s->row[i]] = (double)search_loss(s, LOSS_MARGIN, s->row[i]);
    ask_side(a, t, pair, -1);
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        const struct rng_key key = search_key(s, row, t);
        const double slope = (a->up[row] - (double)search_loss(s, LOSS_MARGIN, row)) / (2 * a->params->delta);
        double *g = a->estimate + row * s->size;
        for (size_t j = 0; isfinite(slope) && j < s->size; j++)
            g[j] += rng_word(&key, (uint64_t)pair * s->size + j) & 1 ? slope : -slope;
    }
}

static void step(struct spsa *a, size_t row, const struct adam_age *age)
{
    const struct search *s = &a->s;
    float *x = search_at(s, s->iterate, row);
    for (size_t j = 0; j < s->size; j++) {
        const size_t at = row * s->size + j;
        const double g = a->estimate[at] / (double)a->params->pairs;
        a->mean[at] = adam_mean(a->mean[at], g);
        a->variance[at] = adam_variance(a->variance[at], g);
        const double change = adam_change(age, 1, a->mean[at], a->variance[at]);
        x[j] = (float)((double)x[j] + a->params->step * width(a, j) * change);
    }
    search_project(s, row, search_at(s, s->iterate, row));
}

/* Rows whose x_t is adversarial have their answer, and those that may not ask leave. */
static void look(struct spsa *a, uint32_t t)
{
    struct search *s = &a->s;
    search_score(s, s->iterate);
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        s->call->steps[row] = t;
        s->done[row] = (uint8_t)search_is_adversarial(s, row);
        if (s->done[row])
            search_keep(s, row, search_at(s, s->iterate, row), 0, t);
        s->done[row] = s->done[row] || oracle_left(s->call->oracle, row) == 0;
    }
    search_drop_done(s);
}

static int run(const struct attack_call *c, struct err *e)
{
    struct spsa a = {.params = c->params};
    struct search *s = &a.s;
    struct adam_age age = adam_newborn();
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(s, c);
    memset(a.mean, 0, c->n * c->size * sizeof *a.mean);
    memset(a.variance, 0, c->n * c->size * sizeof *a.variance);
    for (uint32_t t = 1; c->eps > 0 && t <= (uint32_t)a.params->iterations && s->active > 0; t++) {
        memset(a.estimate, 0, c->n * c->size * sizeof *a.estimate);
        for (long pair = 0; pair < a.params->pairs; pair++)
            add_pair(&a, t, pair);
        adam_grow(&age);
        for (size_t i = 0; i < s->active; i++)
            step(&a, s->row[i], &age);
        look(&a, t);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm == &norm_linf || norm == &norm_l2;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct spsa_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(iterations, PARAM_INT, 100, 1, 1e6, "iterations", "steps of Adam"),
    ROW(pairs, PARAM_INT, 128, 1, 1e6, "pairs", "of queries in each iteration, for the estimate of the gradient"),
    ROW(delta, PARAM_REAL, 0.01, 1e-6, 1, "widths of the box", "to either side of the point in a pair"),
    ROW(step, PARAM_REAL, 0.01, 1e-6, 1, "widths of the box", "Adam's step"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct spsa_params *p = x->params;
    return (struct attack_passes){(double)p->iterations * (2 * (double)p->pairs + 1), 0};
}

const struct attack_kind attack_spsa = {
    .name = "spsa",
    .source = "Uesato et al. 2018, arXiv:1802.05666, alg. 1",
    .doc = "steps of Adam on gradients estimated from pairs of scores; for nets whose gradients mislead",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_SCORE,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct spsa_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
