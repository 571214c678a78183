/* Additive noise with repeats: draws of fixed length around x until one breaks the sample, by labels alone. The
 * baseline that an attack which looks where it goes should beat.
 *
 * Values are drawn uniform or normal, and the whole is scaled until it is eps long inside the box. Draws do not depend
 * on eps, and a run with fewer repeats is the beginning of one with more. */
#include <math.h>
#include <string.h>
#include "attacks/decision.h"

#define HALVINGS 20 /* of the factor's range */

enum noise_kind { NOISE_GAUSSIAN, NOISE_UNIFORM };
static const char *const noise_names[] = {"gaussian", "uniform", NULL};

struct additive_noise_params { long repeats; int noise; };

/* The noise of this repeat goes to the row's iterate. */
static void draw(struct decision *d, size_t row, uint32_t repeat, int noise)
{
    const struct search *s = &d->s;
    const struct rng_key key = search_key(s, row, repeat);
    float *v = search_at(s, s->iterate, row);
    if (noise == NOISE_GAUSSIAN) {
        decision_direction(d, row, &key, 0, v);
        return;
    }
    rng_fill_uniform(&key, 0, s->size, -1, 1, v);
    norm_mask_fixed(s->size, search_at(s, s->lower, row), search_at(s, s->upper, row), v);
}

static double scaled(struct decision *d, size_t row, double factor)
{
    const struct search *s = &d->s;
    const float *x = s->call->x + row * s->size, *v = search_at(s, s->iterate, row);
    float *to = search_at(s, d->point, row);
    for (size_t j = 0; j < s->size; j++)
        to[j] = decision_clip(d, row, j, x[j] + factor * v[j]);
    return s->call->norm->distance(s->call->kern, s->size, to, x);
}

/* x plus as much of the noise as the ball holds; what the box cuts off is made up for by a longer factor. */
static void place(struct decision *d, size_t row)
{
    const struct search *s = &d->s;
    const double eps = s->call->eps;
    double low = 0, high = 1, widest = 0;
    for (size_t j = 0; j < s->size; j++)
        widest = fmax(widest, fabs((double)search_at(s, s->iterate, row)[j]));
    for (int i = 0; i < 60 && widest > 0 && scaled(d, row, high) < eps && high * widest < 1e3 * d->width[row]; i++)
        high *= 2;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        *(scaled(d, row, middle) <= eps ? &low : &high) = middle;
    }
    scaled(d, row, high);
    search_project(s, row, search_at(s, d->point, row));
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct additive_noise_params *p = c->params;
    struct decision d;
    struct search *s = &d.s;
    (void)e;
    decision_layout(&d, &(struct scratch){c->scratch, 0}, c->n, c->size, c->oracle->classes);
    decision_begin(&d, c);
    for (uint32_t repeat = 0; c->eps > 0 && repeat < (uint32_t)p->repeats && s->active > 0; repeat++) {
        for (size_t i = 0; i < s->active; i++) {
            draw(&d, s->row[i], repeat, p->noise);
            place(&d, s->row[i]);
        }
        d.step = repeat + 1;
        decision_ask(&d);
        for (size_t i = 0; i < s->active; i++) {
            const size_t row = s->row[i];
            c->steps[row] = d.step;
            s->done[row] = d.adversarial[row] || oracle_left(c->oracle, row) == 0;
        }
        search_drop_done(s);
    }
    return 0;
}

static int offers(const struct norm_kind *norm)
{
    return norm != &norm_l0;
}

static const struct param rows[] = {
    {"repeats", PARAM_INT, offsetof(struct additive_noise_params, repeats), 100, 1, 1e7, "queries",
     "draws a sample until one breaks it", NULL, 0},
    {"noise", PARAM_CHOICE, offsetof(struct additive_noise_params, noise), NOISE_GAUSSIAN, 0, 1, "",
     "how each value is drawn, before the whole is scaled to eps", noise_names, 0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

static struct attack_passes passes(const struct attack_extent *x)
{
    const struct additive_noise_params *p = x->params;
    return (struct attack_passes){(double)p->repeats, 0};
}

const struct attack_kind attack_additive_noise = {
    .name = "additive_noise",
    .source = "Rauber et al. 2017, arXiv:1707.04131 (Foolbox): repeated additive noise, aware of the box",
    .doc = "random noise of length eps, drawn until a draw breaks the sample; asks for labels alone",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_LABEL,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct additive_noise_params),
    .params = rows,
    .scratch = decision_scratch,
    .run = run,
    .passes = passes};
