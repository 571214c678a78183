#include "attacks/natural/natural.h"
#include <math.h>

struct impulse_noise {
    struct param_reals amount;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {.01, .02, .03, .05, .07}, large[] = {.03, .06, .09, .17, .27};
    struct impulse_noise *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->amount, "amount", small, large, shape, e);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct impulse_noise *p = c->params;
    double amount = natural_level(&p->amount, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        for (size_t j = 0; j < c->size; j++) {
            double u = (double)rng_uniform(&key, j);
            if (u < amount)
                c->adv[i * c->size + j] = u < amount / 2 ? c->low[j] : c->high[j];
        }
    }
    return 0;
}

static const struct param rows[] = {
    {"amount", PARAM_REALS, offsetof(struct impulse_noise, amount), NAN, 0, 1, "fraction",
     "share of the values that are hit, one number or one a severity;"
     " default for sides up to 64 .01 .02 .03 .05 .07, above .03 .06 .09 .17 .27", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_impulse_noise = {
    .name = "impulse_noise",
    .source = NATURAL_SOURCE,
    .doc = "salt and pepper on single values (every channel by itself), half to each end of the box",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct impulse_noise),
    .params = rows,
    .finish = finish,
    .run = run};
