#include "attacks/decision.h"
#include <math.h>
#include <string.h>

void decision_layout(struct decision *d, struct scratch *memory, size_t n, size_t size, size_t classes)
{
    search_layout(&d->s, memory, n, size, classes, 0);
    d->point = scratch_take(memory, n * size, sizeof(float));
    d->adversarial = scratch_take(memory, n, sizeof *d->adversarial);
    d->low = scratch_take(memory, n, sizeof *d->low);
    d->high = scratch_take(memory, n, sizeof *d->high);
    d->far = scratch_take(memory, n, sizeof *d->far);
    d->width = scratch_take(memory, n, sizeof *d->width);
}

size_t decision_scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    struct decision d;
    (void)params;
    decision_layout(&d, &memory, n, shape_size(s), classes);
    return memory.used;
}

static const float *source(const struct decision *d, size_t row)
{
    return d->s.call->x + row * d->s.size;
}

float decision_clip(const struct decision *d, size_t row, size_t j, double v)
{
    const float lower = search_at(&d->s, d->s.lower, row)[j], upper = search_at(&d->s, d->s.upper, row)[j];
    return lower < upper ? fminf(fmaxf((float)v, lower), upper) : source(d, row)[j];
}

double decision_distance(const struct decision *d, size_t row)
{
    return d->s.call->norm->distance(d->s.call->kern, d->s.size, search_at(&d->s, d->s.iterate, row), source(d, row));
}

void decision_direction(const struct decision *d, size_t row, const struct rng_key *key, uint64_t number, float *out)
{
    const struct search *s = &d->s;
    rng_fill_normal(key, number * (s->size + s->size % 2), s->size, out);
    norm_mask_fixed(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), out);
    const double length = norm_l2_scaled(s->call->kern, s->size, out);
    if (length > 0)
        s->call->kern->scale(s->size, (float)(1 / length), out, out);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

void decision_ask(struct decision *d)
{
    struct search *s = &d->s;
    search_ask(s, d->point, d->adversarial);
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        const int done = s->done[row];
        if (d->adversarial[row])
            search_keep_nearest(s, row, search_at(s, d->point, row), d->step);
        s->done[row] = (uint8_t)done; /* decision_list looks whether it is near enough */
    }
}

void decision_list(struct decision *d)
{
    struct search *s = &d->s;
    search_take_all(s);
    for (size_t row = 0; row < s->active; row++)
        s->done[row] = (uint8_t)(!(s->best[row] < INFINITY) || s->best[row] <= s->call->enough || s->best[row] <= 0 ||
                                 oracle_left(s->call->oracle, row) == 0);
    search_drop_done(s);
}

/* ---- starts ------------------------------------------------------------------------------------------------------ */

static void draw_start(struct decision *d, size_t row, long draw)
{
    const struct search *s = &d->s;
    const struct rng_key key = search_key(s, row, (uint32_t)draw);
    const float *x = source(d, row), *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    const double share = 1 - (double)(draw % 4) / 4;
    const size_t run = (size_t)1 << (draw / 4 % 8);
    float *to = search_at(s, d->point, row);
    for (size_t j = 0; j < s->size; j++) {
        double noise = lower[j] + (double)rng_uniform(&key, j / run) * ((double)upper[j] - lower[j]);
        to[j] = decision_clip(d, row, j, x[j] + share * (noise - x[j]));
    }
}

static double root_mean_square_width(const struct decision *d, size_t row)
{
    const struct search *s = &d->s;
    return sqrt(s->call->kern->distance2(s->size, search_at(s, s->upper, row), search_at(s, s->lower, row)) /
                (double)s->size);
}

static void drop_started(struct decision *d)
{
    struct search *s = &d->s;
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        if (d->adversarial[row])
            memcpy(search_at(s, s->iterate, row), search_at(s, d->point, row), s->size * sizeof(float));
        s->done[row] = d->adversarial[row] || oracle_left(s->call->oracle, row) == 0;
    }
    search_drop_done(s);
}

void decision_begin(struct decision *d, const struct attack_call *c)
{
    search_open(&d->s, c);
    d->step = 0;
    memcpy(d->point, c->x, c->n * c->size * sizeof(float));
    for (size_t row = 0; row < c->n; row++)
        d->width[row] = root_mean_square_width(d, row);
}

void decision_open(struct decision *d, const struct attack_call *c, long draws)
{
    struct search *s = &d->s;
    decision_begin(d, c);
    decision_ask(d);
    drop_started(d);
    for (long draw = 0; draw < draws && s->active > 0; draw++) {
        for (size_t i = 0; i < s->active; i++)
            draw_start(d, s->row[i], draw);
        decision_ask(d);
        drop_started(d);
    }
    for (size_t row = 0; row < c->n; row++)
        c->no_start[row] = !(s->best[row] < INFINITY);
}

/* ---- the way back ------------------------------------------------------------------------------------------------ */

static void point_at(struct decision *d, size_t row, int clip, double t)
{
    const float *x = source(d, row), *from = search_at(&d->s, d->s.iterate, row);
    float *to = search_at(&d->s, d->point, row);
    for (size_t j = 0; j < d->s.size; j++) {
        double change = (double)from[j] - x[j];
        change = clip ? fmin(fmax(change, -t * d->far[row]), t * d->far[row]) : t * change;
        to[j] = decision_clip(d, row, j, x[j] + change);
    }
}

void decision_bisect(struct decision *d, int clip, int times)
{
    struct search *s = &d->s;
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        d->low[row] = 0;
        d->high[row] = 1;
        d->far[row] = decision_distance(d, row);
    }
    for (int time = 0; time < times && s->active > 0; time++) {
        for (size_t i = 0; i < s->active; i++)
            point_at(d, s->row[i], clip, (d->low[s->row[i]] + d->high[s->row[i]]) / 2);
        decision_ask(d);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            *(d->adversarial[row] ? &d->high[row] : &d->low[row]) = (d->low[row] + d->high[row]) / 2;
        }
    }
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        if (d->high[row] < 1) {
            point_at(d, row, clip, d->high[row]);
            memcpy(search_at(s, s->iterate, row), search_at(s, d->point, row), s->size * sizeof(float));
        }
    }
}
