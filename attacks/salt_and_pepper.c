/* Salt and pepper with repeats: values go to one end of the box or the other, more and more of them, until the sample
 * is broken; by labels alone.
 *
 * In each repeat every value has a threshold and an end of its own, both drawn; at the share p of noise the values
 * whose threshold is below p stand at their ends. p rises in `steps` equal parts until the sample is broken or more is
 * changed than in the best answer so far; then the last part is halved. */
#include <math.h>
#include <string.h>
#include "attacks/decision.h"

#define HALVINGS 10 /* of the last part */

struct salt_and_pepper_params { long steps, repeats; };

static void place(struct decision *d, size_t row, uint32_t repeat, double share)
{
    const struct search *s = &d->s;
    const struct rng_key key = search_key(s, row, repeat);
    const float *x = s->call->x + row * s->size;
    float *to = search_at(s, d->point, row);
    for (size_t j = 0; j < s->size; j++) {
        const int noisy = (double)rng_uniform(&key, j) < share, up = rng_word(&key, s->size + j) & 1;
        to[j] = noisy ? *(search_at(s, up ? s->upper : s->lower, row) + j) : x[j];
    }
}

/* Rows whose noise is not worth a question any more: their point is as far as the best answer, or they may not ask. */
static void drop_far(struct decision *d)
{
    struct search *s = &d->s;
    for (size_t i = 0; i < s->active; i++) {
        const size_t row = s->row[i];
        s->done[row] = search_length(s, row, search_at(s, d->point, row)) >= s->best[row] ||
                       oracle_left(s->call->oracle, row) == 0;
    }
    search_drop_done(s);
}

/* Up to the first share that breaks the sample; high[row] is it, or 0. */
static void rise(struct decision *d, uint32_t repeat, long steps)
{
    struct search *s = &d->s;
    for (long step = 1; step <= steps && s->active > 0; step++) {
        for (size_t i = 0; i < s->active; i++)
            place(d, s->row[i], repeat, (double)step / (double)steps);
        drop_far(d);
        decision_ask(d);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            s->done[row] = d->adversarial[row];
            d->low[row] = (double)(step - 1) / (double)steps;
            d->high[row] = d->adversarial[row] ? (double)step / (double)steps : 0;
        }
        search_drop_done(s);
    }
}

static void halve(struct decision *d, uint32_t repeat)
{
    struct search *s = &d->s;
    for (int halving = 0; halving < HALVINGS && s->active > 0; halving++) {
        for (size_t i = 0; i < s->active; i++)
            place(d, s->row[i], repeat, (d->low[s->row[i]] + d->high[s->row[i]]) / 2);
        decision_ask(d);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            *(d->adversarial[row] ? &d->high[row] : &d->low[row]) = (d->low[row] + d->high[row]) / 2;
        }
    }
}

/* Rows that want a nearer answer and may ask; with `broken` only those that this repeat has broken. */
static void list_rows(struct decision *d, int broken)
{
    struct search *s = &d->s;
    search_take_all(s);
    for (size_t row = 0; row < s->active; row++) {
        s->done[row] = (uint8_t)(s->best[row] <= s->call->enough || s->best[row] <= 0 ||
                                 oracle_left(s->call->oracle, row) == 0 || (broken && !(d->high[row] > 0)));
        d->high[row] = broken ? d->high[row] : 0;
    }
    search_drop_done(s);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct salt_and_pepper_params *p = c->params;
    struct decision d;
    (void)e;
    decision_layout(&d, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    decision_begin(&d, c);
    decision_ask(&d);
    for (uint32_t repeat = 0; repeat < (uint32_t)p->repeats && !oracle_stopped(c->oracle); repeat++) {
        d.step = repeat + 1;
        list_rows(&d, 0);
        rise(&d, repeat, p->steps);
        list_rows(&d, 1);
        halve(&d, repeat);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm != &norm_linf;
}

#define ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct salt_and_pepper_params, key), standard, min, max, unit, doc, NULL, 0}
static const struct param rows[] = {
    ROW(steps, PARAM_INT, 100, 1, 1e6, "queries", "equal parts in which the share of changed values rises to all"),
    ROW(repeats, PARAM_INT, 10, 1, 1e6, "draws", "of the values' order and ends; the shortest change counts"),
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct salt_and_pepper_params *p = x->params;
    return (struct attack_passes){1 + (double)p->repeats * ((double)p->steps + HALVINGS), 0};
}

const struct attack_kind attack_salt_and_pepper = {
    .name = "salt_and_pepper",
    .source = "Rauber et al. 2017, arXiv:1707.04131 (Foolbox): salt-and-pepper noise with repeats",
    .doc = "more and more values go to an end of the box, in a drawn order, until the sample is broken; labels alone",
    .problem = ATTACK_MINIMAL,
    .offers = offers,
    .knowledge = KNOW_LABEL,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct salt_and_pepper_params),
    .params = rows,
    .scratch = decision_scratch,
    .run = run,
    .passes = passes};
