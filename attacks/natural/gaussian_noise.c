#include "attacks/natural/natural.h"
#include <math.h>

struct gaussian_noise {
    struct param_reals sigma;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {.04, .06, .08, .09, .10}, large[] = {.08, .12, .18, .26, .38};
    struct gaussian_noise *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->sigma, "sigma", small, large, shape, e);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct gaussian_noise *p = c->params;
    double sigma = natural_level(&p->sigma, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        const float *x = c->x + i * c->size;
        float *adv = c->adv + i * c->size;
        rng_fill_normal(&key, 0, c->size, adv);
        for (size_t j = 0; j < c->size; j++)
            adv[j] = x[j] + (float)(sigma * natural_width(c, j)) * adv[j];
        natural_clamp(c, i);
    }
    return 0;
}

static const struct param rows[] = {
    {"sigma", PARAM_REALS, offsetof(struct gaussian_noise, sigma), NAN, 0, 10, "box widths",
     "standard deviation, one number or one a severity;"
     " default for sides up to 64 .04 .06 .08 .09 .10, above .08 .12 .18 .26 .38", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_gaussian_noise = {
    .name = "gaussian_noise",
    .source = NATURAL_SOURCE,
    .doc = "independent normal noise on every value",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct gaussian_noise),
    .params = rows,
    .finish = finish,
    .run = run};
