#include "engine/net/defended.h"

#include <math.h>
#include <string.h>

#include "engine/net/mean_loss.h"

int defences_draw(size_t n, const struct defence *list)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].kind->draws)
            return 1;
    return 0;
}

static size_t most_draws(const struct defended_setup *s)
{
    return defences_draw(s->defences_n, s->defence) ? s->draws : 1;
}

static size_t defence_scratch(const struct defended_setup *s)
{
    size_t most = 0;
    for (size_t i = 0; i < s->defences_n; i++) {
        const struct defence *d = &s->defence[i];
        size_t floats = d->kind->scratch ? d->kind->scratch(d->params, s->shape) : 0;
        most = floats > most ? floats : most;
    }
    return most;
}

static size_t mean_doubles(size_t draws, size_t classes)
{
    return mean_loss_scratch(draws, classes) + classes;
}

size_t defended_bytes(const struct defended_setup *s, size_t classes, size_t size)
{
    const size_t draws = most_draws(s), inputs = arena_cost(s->rows * size * sizeof(float));
    return 2 * inputs + arena_cost(draws * s->rows * classes * sizeof(float)) + arena_cost(s->rows * sizeof(float)) +
           arena_cost(defence_scratch(s) * sizeof(float)) + arena_cost(mean_doubles(draws, classes) * sizeof(double));
}

/* ---- one draw ---------------------------------------------------------------------------------------------------- */

/* FNV-1a over words instead of bytes, with a shift that lets high bits reach low ones. */
static uint64_t hash_of(size_t size, const float *x)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < size; i++) {
        uint32_t word;
        memcpy(&word, &x[i], sizeof word);
        h = (h ^ word) * 0x100000001b3U;
        h ^= h >> 29;
    }
    return h;
}

/* Of defence i in the list: its stream is the role's and its place. */
static struct defence_call call_of(const struct defended *d, size_t i, uint64_t hash, size_t draw)
{
    const struct defended_setup *s = &d->setup;
    return (struct defence_call){.params = s->defence[i].params, .shape = s->shape, .size = d->model.input_size,
                                 .low = s->low, .high = s->high,
                                 .key = {s->seed, hash, d->stream + i, (uint32_t)draw}, .scratch = d->scratch};
}

/* d->input gets n defended inputs. */
static void defend(const struct defended *d, size_t n, const float *x, size_t draw)
{
    const size_t size = d->model.input_size, last = d->setup.defences_n;
    for (size_t row = 0; row < n; row++) {
        const uint64_t hash = hash_of(size, x + row * size);
        float *out = d->input + row * size;
        memcpy(out, x + row * size, size * sizeof *out);
        for (size_t i = 0; i < last; i++) {
            const struct defence_call c = call_of(d, i, hash, draw);
            memcpy(d->other, out, size * sizeof *out);
            d->setup.defence[i].kind->apply(&c, d->other, out);
        }
    }
}

static void pull_back(const struct defended *d, size_t n, const float *x, size_t draw, float *gradient)
{
    const size_t size = d->model.input_size;
    for (size_t row = 0; row < n; row++) {
        const uint64_t hash = hash_of(size, x + row * size);
        for (size_t i = d->setup.defences_n; i-- > 0;) {
            const struct defence_call c = call_of(d, i, hash, draw);
            if (d->setup.defence[i].kind->backward)
                d->setup.defence[i].kind->backward(&c, gradient + row * size);
        }
    }
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static struct mean_rows draws_of(const struct defended *d, size_t row)
{
    const size_t k = d->model.classes;
    return (struct mean_rows){.n = d->draws, .k = k, .stride = d->setup.rows * k, .z = d->logits + row * k};
}

static void mix(const struct defended *d, size_t row, float *logits)
{
    const struct mean_rows rows = draws_of(d, row);
    if (d->draws == 1) {
        memcpy(logits, rows.z, rows.k * sizeof *logits);
        return;
    }
    const double *mean = mean_log_probabilities(&rows, d->mean);
    for (size_t j = 0; j < rows.k; j++)
        logits[j] = (float)mean[j];
}

struct defended_part {
    size_t first, count;
};

static int next_part(const struct defended *d, size_t n, struct defended_part *p)
{
    p->first += p->count;
    const size_t left = n - p->first;
    p->count = left < d->setup.rows ? left : d->setup.rows;
    return p->count > 0;
}

/* Other draws than those of a gradient, which therefore can be confirmed by a score. */
static void ask_draws(const struct defended *d, size_t n, const float *x)
{
    for (size_t draw = 0; draw < d->draws; draw++) {
        defend(d, n, x, d->draws + draw);
        d->behind->score(d->behind, n, d->input, d->logits + draw * d->setup.rows * d->model.classes);
    }
}

static void score(const struct oracle_model *m, size_t n, const float *x, float *logits)
{
    const struct defended *d = (const struct defended *)m;
    for (struct defended_part p = {0, 0}; next_part(d, n, &p);) {
        ask_draws(d, p.count, x + p.first * m->input_size);
        for (size_t i = 0; i < p.count; i++)
            mix(d, i, logits + (p.first + i) * m->classes);
    }
}

/* How many draws say each class; 0 if one of them is not finite. */
static int count_votes(const struct defended *d, size_t row, double *votes)
{
    const struct mean_rows rows = draws_of(d, row);
    memset(votes, 0, rows.k * sizeof *votes);
    for (size_t draw = 0; draw < rows.n; draw++) {
        const float *z = rows.z + draw * rows.stride;
        for (size_t j = 0; j < rows.k; j++)
            if (!isfinite(z[j]))
                return 0;
        votes[loss_argmax(rows.k, z)]++;
    }
    return 1;
}

/* Ties go to the first class. */
static int32_t most_voted(size_t k, const double *votes)
{
    size_t best = 0;
    for (size_t j = 1; j < k; j++)
        best = votes[j] > votes[best] ? j : best;
    return (int32_t)best;
}

void defended_answer(const struct defended *d, size_t n, const float *x, const int32_t *y, float *logits,
                     int32_t *vote, float *share)
{
    const size_t k = d->model.classes;
    double *votes = d->mean + mean_loss_scratch(d->draws, k);
    for (struct defended_part p = {0, 0}; next_part(d, n, &p);) {
        ask_draws(d, p.count, x + p.first * d->model.input_size);
        for (size_t i = 0; i < p.count; i++) {
            const size_t at = p.first + i;
            const int finite = count_votes(d, i, votes);
            vote[at] = finite ? most_voted(k, votes) : -1;
            share[at] = finite ? (float)(votes[y[at]] / (double)d->draws) : 0;
            mix(d, i, logits + at * k);
        }
    }
}

static void label(const struct oracle_model *m, size_t n, const float *x, int32_t *out)
{
    const struct defended *d = (const struct defended *)m;
    double *votes = d->mean + mean_loss_scratch(d->draws, m->classes);
    for (struct defended_part p = {0, 0}; next_part(d, n, &p);) {
        ask_draws(d, p.count, x + p.first * m->input_size);
        for (size_t i = 0; i < p.count; i++)
            out[p.first + i] = count_votes(d, i, votes) ? most_voted(m->classes, votes) : -1;
    }
}

/* The means over the draws, taken in their order. */
static void gradient_of_part(const struct defended *d, size_t n, const float *x, const struct loss *loss,
                             float *loss_out, float *out)
{
    const size_t size = d->model.input_size;
    const struct kern *kern = d->model.kern;
    for (size_t draw = 0; draw < d->draws; draw++) {
        float *z = d->logits + draw * d->setup.rows * d->model.classes, *g = draw == 0 ? out : d->other;
        defend(d, n, x, draw);
        d->behind->gradient(d->behind, n, d->input, loss, z, d->loss, g);
        pull_back(d, n, x, draw, g);
        if (draw > 0)
            kern->add(n * size, out, g, out);
        for (size_t i = 0; loss_out && i < n; i++)
            loss_out[i] = (draw == 0 ? 0 : loss_out[i]) + d->loss[i] / (float)d->draws;
    }
    if (d->draws > 1)
        kern->scale(n * size, 1 / (float)d->draws, out, out);
}

static void gradient(const struct oracle_model *m, size_t n, const float *x, const struct loss *loss, float *logits,
                     float *loss_out, float *out)
{
    const struct defended *d = (const struct defended *)m;
    for (struct defended_part p = {0, 0}; next_part(d, n, &p);) {
        const struct loss part = loss_from(loss, p.first);
        gradient_of_part(d, p.count, x + p.first * m->input_size, &part, loss_out ? loss_out + p.first : NULL,
                         out + p.first * m->input_size);
        for (size_t i = 0; i < p.count; i++)
            mix(d, i, logits + (p.first + i) * m->classes);
    }
}

int defended_init(struct defended *d, const struct oracle_model *behind, const struct defended_setup *setup,
                  struct err *e)
{
    const size_t k = behind->classes, size = behind->input_size;
    *d = (struct defended){.behind = behind, .setup = *setup, .draws = most_draws(setup)};
    d->model = (struct oracle_model){.kern = behind->kern, .classes = k, .input_size = size,
                                     .mixture = behind->mixture, .approximate = behind->approximate,
                                     .label = label, .score = score,
                                     .gradient = setup->gradients ? gradient : NULL};
    d->model.random = defences_draw(setup->defences_n, setup->defence);
    d->stream = rng_stream(setup->role);
    if (arena_init(&d->arena, defended_bytes(setup, k, size)) == 0) {
        d->input = arena_array(&d->arena, setup->rows * size, sizeof(float));
        d->other = arena_array(&d->arena, setup->rows * size, sizeof(float));
        d->logits = arena_array(&d->arena, d->draws * setup->rows * k, sizeof(float));
        d->loss = arena_array(&d->arena, setup->rows, sizeof(float));
        d->scratch = arena_array(&d->arena, defence_scratch(setup), sizeof(float));
        d->mean = arena_array(&d->arena, mean_doubles(d->draws, k), sizeof(double));
    }
    if (!d->input || !d->other || !d->logits || !d->loss || !d->scratch || !d->mean)
        return err_set(e, ERR_RUN, "out of memory for the defences");
    return 0;
}

void defended_free(struct defended *d)
{
    arena_free(&d->arena);
}
