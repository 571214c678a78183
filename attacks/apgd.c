#include "attacks/apgd.h"
#include <math.h>
#include <string.h>

#define ALPHA 0.75
#define RHO 0.75

void apgd_layout(struct apgd *a, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&a->s, memory, n, size, classes, 1);
    a->before = scratch_take(memory, n * size, sizeof(float));
    a->best = scratch_take(memory, n * size, sizeof(float));
    a->best_gradient = scratch_take(memory, n * size, sizeof(float));
    a->moved = scratch_take(memory, size, sizeof(float));
    a->direction = scratch_take(memory, size, sizeof(float));
    a->f = scratch_take(memory, n, sizeof *a->f);
    a->f_best = scratch_take(memory, n, sizeof *a->f_best);
    a->f_then = scratch_take(memory, n, sizeof *a->f_then);
    a->eta = scratch_take(memory, n, sizeof *a->eta);
    a->top = scratch_take(memory, n, sizeof *a->top);
    a->moved_then = scratch_take(memory, n, sizeof *a->moved_then);
    a->rises = scratch_take(memory, n, sizeof *a->rises);
    a->halved = scratch_take(memory, n, sizeof *a->halved);
}

void apgd_open(struct apgd *a, const struct attack_call *c, enum loss_kind loss)
{
    apgd_layout(a, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    search_open(&a->s, c);
    for (size_t i = 0; i < c->n; i++)
        a->s.best[i] = -INFINITY; /* the best loss of all rounds */
    a->params = c->params;
    a->loss = loss;
}

static int is_sparse(const struct apgd *a)
{
    return a->s.call->norm == &norm_l1;
}

static void project(const struct apgd *a, size_t row, float *point)
{
    const struct search *s = &a->s;
    const struct attack_call *c = s->call;
    norm_project(c->norm, c->kern, a->eps, s->size, c->x + row * s->size, search_at(s, s->lower, row),
                 search_at(s, s->upper, row), point);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static void step_with_momentum(struct apgd *a, size_t row, int first)
{
    struct search *s = &a->s;
    const struct attack_call *c = s->call;
    float *x = search_at(s, s->iterate, row), *before = search_at(s, a->before, row), *z = a->moved;
    memcpy(z, x, s->size * sizeof *z);
    memcpy(a->direction, search_at(s, s->gradient, row), s->size * sizeof *z); /* the step overwrites it */
    c->norm->step(c->kern, (float)a->eta[row], s->size, search_at(s, s->lower, row), search_at(s, s->upper, row),
                  a->direction, z);
    project(a, row, z);
    for (size_t j = 0; !first && j < s->size; j++)
        z[j] = (float)((double)x[j] + ALPHA * ((double)z[j] - (double)x[j]) +
                       (1 - ALPHA) * ((double)x[j] - (double)before[j]));
    if (!first)
        project(a, row, z);
    memcpy(before, x, s->size * sizeof *z);
    memcpy(x, z, s->size * sizeof *z);
}

/* Along the signs of the top share of the magnitudes, by eta over all of them. */
static void step_sparse(struct apgd *a, size_t row)
{
    struct search *s = &a->s;
    float *x = search_at(s, s->iterate, row), *g = search_at(s, s->gradient, row);
    size_t n = 0, wanted = (size_t)ceil(a->top[row] * (double)s->size);
    norm_mask_fixed(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), g);
    const float least = search_kth_magnitude(s->size, g, wanted > 0 ? wanted : 1);
    for (size_t j = 0; j < s->size; j++)
        n += g[j] != 0 && fabsf(g[j]) >= least;
    for (size_t j = 0; j < s->size; j++)
        if (g[j] != 0 && fabsf(g[j]) >= least)
            x[j] += (float)(g[j] > 0 ? a->eta[row] / (double)n : -a->eta[row] / (double)n);
    project(a, row, x);
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------- */

static void go_on_from_best(struct apgd *a, size_t row)
{
    struct search *s = &a->s;
    memcpy(search_at(s, s->iterate, row), search_at(s, a->best, row), s->size * sizeof(float));
    memcpy(search_at(s, s->gradient, row), search_at(s, a->best_gradient, row), s->size * sizeof(float));
    a->f[row] = a->f_best[row];
}

static void check(struct apgd *a, size_t row, size_t steps)
{
    int stuck = !a->halved[row] && !(a->f_best[row] > a->f_then[row]);
    a->halved[row] = (double)a->rises[row] <= RHO * (double)steps || stuck;
    if (a->halved[row]) {
        a->eta[row] /= 2;
        go_on_from_best(a, row);
    }
    a->f_then[row] = a->f_best[row];
    a->rises[row] = 0;
}

static size_t count_moved(const struct apgd *a, size_t row)
{
    const float *x = a->s.call->x + row * a->s.size, *best = a->best + row * a->s.size;
    size_t n = 0;
    for (size_t j = 0; j < a->s.size; j++)
        n += best[j] < x[j] || best[j] > x[j];
    return n;
}

static void check_sparse(struct apgd *a, size_t row)
{
    size_t moved = count_moved(a, row);
    double fewer = (double)moved / (double)a->moved_then[row];
    if (fewer < 0.95) {
        a->eta[row] = a->eps;
        go_on_from_best(a, row);
    } else {
        a->eta[row] = fmax(a->eta[row] / 1.5, a->eps / 10);
    }
    a->top[row] = (double)moved / (double)a->s.size / 1.5;
    a->moved_then[row] = moved > 0 ? moved : 1;
}

/* Steps between this checkpoint and the next: 0.22 N, then 0.03 N less each time, at least 0.06 N. */
static size_t next_interval(const struct apgd *a, size_t last, size_t steps)
{
    double n = (double)steps;
    if (is_sparse(a))
        return (size_t)fmax(0.04 * (double)a->params->steps, 1);
    if (last == 0)
        return (size_t)fmax(0.22 * n, 1);
    return (size_t)fmax((double)last - fmax(floor(0.03 * n), 1), fmax(floor(0.06 * n), 1));
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* The answers at x_k: adversarial points leave, the best one is noted. */
static void look(struct apgd *a, int first, int counts)
{
    struct search *s = &a->s;
    if (a->other != NULL)
        search_gradient_of(s, a->loss, s->call->label, a->other);
    else
        search_gradient(s, a->loss);
    if (counts && !s->call->oracle->random)
        search_confirm(s);
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        double f = isnan(s->loss[row]) ? -INFINITY : (double)s->loss[row];
        a->rises[row] += !first && f > a->f[row];
        a->f[row] = f;
        if (first || f > a->f_best[row]) {
            a->f_best[row] = f;
            memcpy(search_at(s, a->best, row), search_at(s, s->iterate, row), s->size * sizeof(float));
            memcpy(search_at(s, a->best_gradient, row), search_at(s, s->gradient, row), s->size * sizeof(float));
        }
        s->done[row] = counts && !s->call->oracle->random && search_is_adversarial(s, row);
        if (s->done[row])
            search_keep(s, row, search_at(s, s->iterate, row), INFINITY, a->steps);
    }
    search_drop_done(s);
}

/* `steps` steps at a budget of factor times eps. */
static void run_phase(struct apgd *a, double factor, size_t steps)
{
    struct search *s = &a->s;
    const int counts = factor <= 1;
    size_t interval = next_interval(a, 0, steps), since = 0;
    a->eps = factor * s->call->eps;
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        project(a, row, search_at(s, s->iterate, row));
        a->eta[row] = is_sparse(a) ? a->eps : 2 * a->eps;
        a->rises[row] = 0;
        a->halved[row] = 0;
    }
    look(a, 1, counts);
    for (size_t i = 0; i < s->active; i++)
        a->f_then[s->row[i]] = a->f_best[s->row[i]];
    for (size_t k = 0; k < steps && s->active > 0; k++) {
        for (size_t i = 0; i < s->active; i++)
            if (is_sparse(a))
                step_sparse(a, s->row[i]);
            else
                step_with_momentum(a, s->row[i], k == 0);
        a->steps++;
        look(a, 0, counts);
        if (++since < interval)
            continue;
        for (size_t i = 0; i < s->active; i++)
            if (is_sparse(a))
                check_sparse(a, s->row[i]);
            else
                check(a, s->row[i], since);
        interval = next_interval(a, interval, steps);
        since = 0;
    }
}

void apgd_round(struct apgd *a, uint32_t round)
{
    struct search *s = &a->s;
    size_t steps = (size_t)a->params->steps, third = (size_t)(0.3 * (double)steps);
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        memcpy(search_at(s, s->iterate, row), s->call->x + row * s->size, s->size * sizeof(float));
        search_start_at_random(s, row, round);
        a->top[row] = 0.2;
        a->moved_then[row] = s->size;
    }
    if (is_sparse(a)) {
        for (int factor = 3; factor > 1; factor--) {
            run_phase(a, factor, third);
            for (size_t i = 0; i < s->active; i++)
                memcpy(search_at(s, s->iterate, s->row[i]), search_at(s, a->best, s->row[i]), s->size * sizeof(float));
        }
        steps -= 2 * third;
    }
    run_phase(a, 1, steps);
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        if (a->f_best[row] > s->best[row] || round == 0)
            search_keep(s, row, search_at(s, a->best, row), a->f_best[row], a->steps);
        s->call->steps[row] = a->steps;
    }
}

double apgd_round_gradients(const struct attack_extent *x)
{
    const struct apgd_params *p = x->params;
    return (double)p->steps + (x->norm == &norm_l1 ? 3 : 1);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct apgd_params *p = c->params;
    struct apgd a = {.other = NULL};
    (void)e;
    apgd_open(&a, c, p->loss == LOSS_DLR && c->oracle->classes < 3 ? LOSS_MARGIN : (enum loss_kind)p->loss);
    for (uint32_t round = 0; c->eps > 0 && round < (uint32_t)p->restarts && a.s.active > 0; round++)
        apgd_round(&a, round);
    return 0;
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    apgd_layout(&(struct apgd){.other = NULL}, &memory, n, shape_size(s), classes);
    return memory.used;
}

static const struct param rows[] = {
    APGD_ROW(steps, 100, 1, 100000, "iterations", "of each restart"),
    APGD_ROW(restarts, 1, 1, 1000, "runs", "from new random starts; broken samples take no part"),
    {"loss", PARAM_CHOICE, offsetof(struct apgd_params, loss), LOSS_CROSS_ENTROPY, 0, 2, "",
     "that is climbed (targeted: descended); with two classes dlr is the margin", loss_names, 0},
    APGD_ROWS_END};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct apgd_params *p = x->params;
    return (struct attack_passes){0, (double)p->restarts * apgd_round_gradients(x)};
}

const struct attack_kind attack_apgd = {
    .name = "apgd",
    .source = "Croce & Hein 2020, arXiv:2003.01690, alg. 1; L1: Croce & Hein 2021, arXiv:2103.01208, alg. 2",
    .doc = "projected gradient steps with momentum, whose size halves where the loss stops rising",
    .problem = ATTACK_BUDGET,
    .offers = norm_has_step,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct apgd_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
