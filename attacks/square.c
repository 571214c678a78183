/* Square attack: random search with windows whose size falls. In each step a window of a sample is set anew, and kept
 * if the loss rises. Each sample has windows of its own, wherever it stands in whatever block; a window is drawn again
 * until it changes something. The schedule of p is the authors' for 10,000 steps, stretched to the steps asked for, so
 * that a run with fewer `queries` is the beginning of one with more. */
#include "attacks/square.h"
#include <math.h>
#include <string.h>

#define TRIES 32 /* windows drawn until one changes something */

/* ---- windows ----------------------------------------------------------------------------------------------------- */

size_t square_place(const struct square *a, const struct square_window *w, size_t channel, size_t i)
{
    if (a->is_table)
        return a->order[w->first + i];
    return ((w->top + i / w->width) * a->width + w->left + i % w->width) * a->channels + channel;
}

static size_t between(double v, size_t least, size_t most)
{
    return v < (double)least ? least : v > (double)most ? most : (size_t)v;
}

/* Sides as square as the image allows; odd ones where wanted and possible. */
static size_t side_of(double wanted, size_t most, int odd)
{
    size_t side = between(floor(wanted + 0.5), odd && most >= 3 ? 3 : 1, most);
    return odd && side % 2 == 0 ? (side < most ? side + 1 : side - 1) : side;
}

struct square_window square_window_at(const struct square *a, const struct rng_key *key, uint64_t draw, double share,
                                      int odd, size_t part)
{
    const double count = share * (double)(a->height * a->width);
    struct square_window w = {0};
    if (a->is_table) {
        w.count = between(ceil(count), 1, a->width / 2 > 0 ? a->width / 2 : 1);
        w.first = part * w.count < a->width ? part * w.count : 0;
        return w;
    }
    const double side = sqrt(count);
    w.height = side_of(side, a->height, odd);
    w.width = side_of(side > (double)a->height ? count / (double)w.height : side, a->width, odd);
    w.top = rng_below(key, draw, (uint32_t)(a->height - w.height + 1));
    w.left = rng_below(key, draw + 1, (uint32_t)(a->width - w.width + 1));
    w.count = w.height * w.width;
    return w;
}

void square_shuffle(struct square *a, const struct rng_key *key, uint64_t draw)
{
    for (size_t i = 0; a->is_table && i < a->width; i++)
        a->order[i] = i;
    for (size_t i = 0; a->is_table && i + 1 < a->width; i++) {
        size_t j = i + rng_below(key, draw + i, (uint32_t)(a->width - i)), held = a->order[i];
        a->order[i] = a->order[j];
        a->order[j] = held;
    }
}

/* The share of the values that a window has at this step, before p_init. */
static double schedule(double step, double steps)
{
    static const double ends[] = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};
    double share = 1;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && step * 10000 > ends[i] * steps; i++)
        share /= 2;
    return share;
}

/* ---- Linf -------------------------------------------------------------------------------------------------------- */

static float end_of_ball(const struct square *a, size_t row, size_t place, uint32_t up)
{
    return *(up ? search_at(&a->s, a->s.upper, row) + place : search_at(&a->s, a->s.lower, row) + place);
}

/* Stripes: every column of every channel at one end of its ball; of a table every feature. */
static void start_linf(struct square *a, size_t row, const struct rng_key *key)
{
    float *to = search_at(&a->s, a->candidate, row);
    const size_t columns = a->width * a->channels;
    for (size_t j = 0; j < a->s.size; j++)
        to[j] = end_of_ball(a, row, j, rng_word(key, j % columns) & 1);
}

static void propose_linf(struct square *a, size_t row, const struct rng_key *key, double share)
{
    float *to = search_at(&a->s, a->candidate, row);
    const float *from = search_at(&a->s, a->s.iterate, row);
    memcpy(to, from, a->s.size * sizeof *to);
    for (uint64_t draw = 0, try = 0; try < TRIES; try++) {
        square_shuffle(a, key, draw);
        draw += a->is_table ? a->width : 0;
        struct square_window w = square_window_at(a, key, draw, share, 0, 0);
        draw += 2;
        for (size_t c = 0; c < a->channels; c++)
            for (size_t i = 0; i < w.count; i++) {
                size_t place = square_place(a, &w, c, i);
                to[place] = end_of_ball(a, row, place, rng_word(key, draw + (a->is_table ? i : c)) & 1);
            }
        draw += a->is_table ? w.count : a->channels;
        if (memcmp(to, from, a->s.size * sizeof *to) != 0)
            return;
    }
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

static void layout(struct square *a, struct scratch *memory, const struct shape *shape, size_t n, size_t classes)
{
    const size_t size = shape_size(shape);
    search_layout(&a->s, memory, n, size, classes, 0);
    a->candidate = scratch_take(memory, n * size, sizeof(float));
    a->best = scratch_take(memory, n, sizeof *a->best);
    a->order = scratch_take(memory, size, sizeof *a->order);
    a->bump = scratch_take(memory, size, sizeof *a->bump);
    a->is_table = shape->rank < 2;
    a->height = a->is_table ? 1 : shape->dim[0];
    a->channels = a->is_table ? 1 : shape->dim[shape->rank - 1];
    a->width = size / a->height / a->channels;
}

static size_t scratch_floats(const void *params, const struct shape *s, size_t classes, size_t n)
{
    struct scratch memory = {NULL, 0};
    (void)params;
    layout(&(struct square){.params = NULL}, &memory, s, n, classes);
    return memory.used;
}

/* Candidates that are asked for: better ones are the iterates from now on, adversarial ones the answers. */
static void judge(struct square *a, uint32_t step)
{
    struct search *s = &a->s;
    const enum loss_kind kind = s->call->target != NULL ? LOSS_CROSS_ENTROPY : LOSS_MARGIN;
    search_score(s, a->candidate);
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        const float *candidate = search_at(s, a->candidate, row);
        s->done[row] = (uint8_t)search_is_adversarial(s, row);
        double loss = isnan(s->logits[row * s->classes]) ? -INFINITY : (double)search_loss(s, kind, row);
        if (loss > a->best[row] || s->done[row] || step == 0) {
            a->best[row] = loss;
            memcpy(search_at(s, s->iterate, row), candidate, s->size * sizeof(float));
            search_keep(s, row, candidate, INFINITY, step);
        }
        s->call->steps[row] = step;
    }
    search_drop_done(s);
}

static int run(const struct attack_call *c, struct err *e)
{
    struct square a = {.params = c->params};
    struct search *s = &a.s;
    const int linf = c->norm == &norm_linf;
    const long steps = a.params->steps;
    (void)e;
    layout(&a, &(struct scratch){c->scratch, 0}, c->shape, c->n, c->oracle->classes);
    search_open(s, c);
    for (long step = 0; c->eps > 0 && step < steps && s->active > 0; step++) {
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            const struct rng_key key = search_key(s, row, (uint32_t)step);
            s->done[row] = oracle_left(c->oracle, row) == 0;
            if (step == 0)
                (linf ? start_linf : square_bump_start)(&a, row, &key);
            else
                (linf ? propose_linf : square_bump_propose)(&a, row, &key,
                                                            a.params->p_init * schedule((double)step, (double)steps));
            search_project(s, row, search_at(s, a.candidate, row));
        }
        search_drop_done(s);
        judge(&a, (uint32_t)step);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm != &norm_l0;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct square_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 5000, 1, 1e7, "queries", "windows tried a sample; the sizes fall over all of them"),
    ROW(p_init, PARAM_REAL, 0.8, 1e-6, 1, "share", "of the values that the first windows have"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct square_params *p = x->params;
    return (struct attack_passes){(double)p->steps, 0};
}

const struct attack_kind attack_square = {
    .name = "square",
    .source = "Andriushchenko et al. 2020, arXiv:1912.00049, alg. 1-3; L1: Croce & Hein 2021, arXiv:2103.01208, sec. 4",
    .doc = "random search by windows of one value, each kept if the loss rises; asks for scores alone",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_SCORE,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct square_params),
    .params = rows,
    .scratch = scratch_floats,
    .run = run,
    .passes = passes};
