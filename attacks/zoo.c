/* Zeroth order optimisation: Carlini and Wagner's objective (cw) by scores alone. With delta = x' - x in units of the
 * box, it goes down
 *
 *     f(x') = sum over i of delta_i^2 + c max(log F_y - max_{j != y} log F_j + kappa, 0)
 *
 * (targeted: max_{j != t} log F_j - log F_t; differences of log F are those of the logits), c weighed for each sample
 * (weighing.h). A step draws a batch of coordinates, asks two queries of each for the symmetric difference quotient
 *
 *     g_i = (f(x' + h e_i) - f(x' - h e_i)) / 2h,
 *
 * and ADAM moves each with moments and an age of its own (alg. 2), inside the box; then x' is looked at. h and the step
 * are shares of each value's box. The quotient of the length is known without asking. Points beyond the box are cut to
 * it, and the difference is over the distance of the floats that were asked about. Where both answers are the same to
 * the bit, the net may see steps only (whole numbers, few bits) and every quotient is 0: the coordinate's h then grows
 * tenfold, up to the box, until the round ends.
 *
 * ZOO-Newton is left out: it divides by h^2 = 1e-8, and a second difference of float32 logits is rounding there. */
#include <math.h>
#include <string.h>
#include "attacks/adam.h"
#include "attacks/weighing.h"

#define AT_ONCE 32 /* coordinates of a row that are asked about in one call */
#define WIDEN 10   /* times h, where nothing is to be seen */

struct zoo_params {
    long steps, rounds, coordinates;
    double step_size, initial_c, h, kappa;
};

struct zoo {
    struct search s;
    struct weighing weigh;
    const struct zoo_params *params;
    float *h;                      /* (n, size) shares of the box */
    double *mean, *variance;       /* (n, size) Adam's */
    struct adam_age *age;          /* (n, size) */
    uint32_t *order;               /* (n, size) coordinates that can move; a step takes those at the front */
    size_t *moving;                /* [n] how many these are */
    float *slope;                  /* [size] of the hinge along the batch, a share of the box each */
    float *point, *logits;         /* (2 AT_ONCE, size) x' + h e_i, x' - h e_i, of the next i ...; and the answers */
    double unit;
};

static void layout(struct zoo *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 0);
    weighing_layout(&a->weigh, memory, n);
    a->h = scratch_take(memory, n * size, sizeof *a->h);
    a->mean = scratch_take(memory, n * size, sizeof *a->mean);
    a->variance = scratch_take(memory, n * size, sizeof *a->variance);
    a->age = scratch_take(memory, n * size, sizeof *a->age);
    a->order = scratch_take(memory, n * size, sizeof *a->order);
    a->moving = scratch_take(memory, n, sizeof *a->moving);
    a->slope = scratch_take(memory, size, sizeof *a->slope);
    a->point = scratch_take(memory, 2 * AT_ONCE * size, sizeof *a->point);
    a->logits = scratch_take(memory, 2 * AT_ONCE * classes, sizeof *a->logits);
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct zoo){.params = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static void open_rows(struct zoo *a)
{
    const struct search *s = &a->s;
    for (size_t i = 0; i < s->call->n; i++) {
        const float *lower = search_at(s, s->lower, i), *upper = search_at(s, s->upper, i);
        a->moving[i] = 0;
        for (size_t j = 0; j < s->size; j++)
            if (lower[j] < upper[j])
                a->order[i * s->size + a->moving[i]++] = (uint32_t)j;
    }
    a->unit = search_unit(s->call);
}

static void begin_round(struct zoo *a)
{
    const struct search *s = &a->s;
    const size_t values = s->call->n * s->size;
    memcpy(s->iterate, s->call->x, values * sizeof *s->iterate);
    memset(a->mean, 0, values * sizeof *a->mean);
    memset(a->variance, 0, values * sizeof *a->variance);
    for (size_t i = 0; i < values; i++) {
        a->age[i] = adam_newborn();
        a->h[i] = (float)a->params->h;
    }
}

static double width(const struct zoo *a, size_t j)
{
    return (double)a->s.call->high[j] - (double)a->s.call->low[j];
}

/* Value j of x' moved by a share of its box, inside its bounds. */
static float moved(const struct zoo *a, size_t row, size_t j, double share)
{
    const struct search *s = &a->s;
    const float v = (float)((double)search_at(s, s->iterate, row)[j] + share * width(a, j));
    return fminf(fmaxf(v, search_at(s, s->lower, row)[j]), search_at(s, s->upper, row)[j]);
}

/* The first `batch` of the row's coordinates are drawn anew from all that can move. */
static void draw_batch(struct zoo *a, size_t row, size_t batch, uint32_t step)
{
    const struct rng_key key = search_key(&a->s, row, step);
    uint32_t *order = a->order + row * a->s.size;
    for (size_t k = 0; k < batch; k++) {
        const size_t from = k + rng_below(&key, k, (uint32_t)(a->moving[row] - k));
        const uint32_t held = order[k];
        order[k] = order[from];
        order[from] = held;
    }
}

static double hinge_of(const struct zoo *a, size_t row, const float *logits)
{
    return fmax(a->params->kappa - (double)search_loss_of(&a->s, LOSS_MARGIN, row, logits), 0);
}

/* The slope of the hinge along coordinate j, by its two points and their answers; 0 where none is to be seen. */
static float quotient(struct zoo *a, size_t row, size_t j, const float *point, const float *logits)
{
    const struct search *s = &a->s;
    const double apart = ((double)point[j] - (double)point[s->size + j]) / width(a, j);
    const double slope = (hinge_of(a, row, logits) - hinge_of(a, row, logits + s->classes)) / apart;
    float *h = search_at(s, a->h, row) + j;
    if (memcmp(logits, logits + s->classes, s->classes * sizeof *logits) == 0)
        *h = fminf(*h * WIDEN, 1);
    return isfinite(slope) ? (float)slope : 0;
}

/* Slopes along n of the row's coordinates. */
static void ask(struct zoo *a, size_t row, const uint32_t *coordinate, size_t n, float *slope)
{
    const struct search *s = &a->s;
    const struct oracle *o = s->call->oracle;
    const size_t pair = 2 * s->size;
    size_t rows[2 * AT_ONCE];
    for (size_t k = 0; k < 2 * n; k++) {
        const size_t j = coordinate[k / 2];
        const double h = (double)search_at(s, a->h, row)[j];
        rows[k] = row;
        memcpy(a->point + k * s->size, search_at(s, s->iterate, row), s->size * sizeof *a->point);
        a->point[k * s->size + j] = moved(a, row, j, k % 2 == 0 ? h : -h);
    }
    o->score(o, 2 * n, a->point, rows, a->logits);
    for (size_t k = 0; k < n; k++)
        slope[k] = quotient(a, row, coordinate[k], a->point + k * pair, a->logits + 2 * k * s->classes);
}

static void step(struct zoo *a, size_t row, uint32_t number)
{
    const struct search *s = &a->s;
    const size_t most = (size_t)a->params->coordinates, batch = a->moving[row] < most ? a->moving[row] : most;
    const uint32_t *order = a->order + row * s->size;
    const float *x = s->call->x + row * s->size;
    float *at = search_at(s, s->iterate, row);
    draw_batch(a, row, batch, number);
    for (size_t k = 0; k < batch; k += AT_ONCE) {
        if (oracle_stopped(s->call->oracle))
            return;
        ask(a, row, order + k, batch - k < AT_ONCE ? batch - k : AT_ONCE, a->slope + k);
    }
    for (size_t k = 0; k < batch; k++) {
        const size_t j = order[k], i = row * s->size + j;
        const double length = 2 * ((double)at[j] - (double)x[j]) / a->unit * (width(a, j) / a->unit);
        const double g = length + a->weigh.c[row] * (double)a->slope[k];
        adam_grow(&a->age[i]);
        a->mean[i] = adam_mean(a->mean[i], g);
        a->variance[i] = adam_variance(a->variance[i], g);
        at[j] = moved(a, row, j, -adam_change(&a->age[i], a->params->step_size, a->mean[i], a->variance[i]));
    }
}

static double objective(const struct zoo *a, size_t row)
{
    const struct search *s = &a->s;
    const double squares = s->call->kern->distance2(s->size, search_at(s, s->iterate, row), s->call->x + row * s->size);
    return squares / (a->unit * a->unit) + a->weigh.c[row] * hinge_of(a, row, s->logits + row * s->classes);
}

static void run_round(struct zoo *a)
{
    struct search *s = &a->s;
    const long steps = a->params->steps;
    for (long k = 1; k <= steps && s->active > 0; k++) {
        const uint32_t number = (a->weigh.round - 1) * (uint32_t)steps + (uint32_t)k;
        for (size_t i = 0; i < s->active; i++)
            step(a, s->row[i], number);
        if (oracle_stopped(s->call->oracle))
            return;
        search_score(s, s->iterate);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            const int stuck = weighing_is_stuck(&a->weigh, row, objective(a, row), k, steps);
            weighing_look(&a->weigh, s, row, search_at(s, s->iterate, row), number);
            s->done[row] |= (uint8_t)(stuck || oracle_left(s->call->oracle, row) == 0);
        }
        search_drop_done(s);
    }
}

static int run(const struct attack_call *c, struct err *e)
{
    struct zoo a = {.params = c->params};
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(&a.s, c);
    weighing_open(&a.weigh, &a.s, a.params->initial_c);
    open_rows(&a);
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
    {#key, type, offsetof(struct zoo_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 1000, 1, 100000, "iterations",
        "of Adam in a round, at most; each asks 2 queries a coordinate and one more"),
    ROW(rounds, PARAM_INT, 9, 1, 100, "rounds", "of the search for c"),
    ROW(coordinates, PARAM_INT, 128, 1, 1e6, "values", "drawn for each step, which moves them alone"),
    ROW(step_size, PARAM_REAL, 0.01, 1e-9, 10, "widths of the box", "of Adam (its learning rate)"),
    ROW(initial_c, PARAM_REAL, 0.01, 1e-12, 1e12, "", "first weight of the loss"),
    ROW(h, PARAM_REAL, 0.0001, 1e-9, 1, "widths of the box", "to either side of the point, where the net sees it"),
    ROW(kappa, PARAM_REAL, 0, 0, 1e6, "logits", "by which the goal's class is to lead"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct zoo_params *p = x->params;
    const double batch = fmin((double)p->coordinates, (double)shape_size(x->shape));
    return (struct attack_passes){1 + (double)p->rounds * (double)p->steps * (2 * batch + 1), 0};
}

const struct attack_kind attack_zoo = {
    .name = "zoo",
    .source = "Chen et al. 2017, arXiv:1708.03999, alg. 1 and 2 (ZOO-ADAM)",
    .doc = "the shortest change by scores alone: cw along difference quotients of drawn coordinates",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_SCORE,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct zoo_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
