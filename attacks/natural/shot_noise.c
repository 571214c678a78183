#include "attacks/natural/natural.h"
#include <math.h>

struct shot_noise {
    struct param_reals photons;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double small[] = {500, 250, 100, 75, 50}, large[] = {60, 25, 12, 5, 3};
    struct shot_noise *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->photons, "photons", small, large, shape, e);
}

/* A value v of the box [0, 1] becomes Poisson(v photons) / photons; a Poisson variate takes a pair of draws. */
static int run(const struct attack_call *c, struct err *e)
{
    const struct shot_noise *p = c->params;
    double photons = natural_level(&p->photons, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        const float *x = c->x + i * c->size;
        float *adv = c->adv + i * c->size;
        for (size_t j = 0; j < c->size; j++) {
            double width = natural_width(c, j), low = (double)c->low[j];
            double light = width > 0 ? ((double)x[j] - low) / width : 0;
            adv[j] = (float)(low + width * (rng_poisson(&key, 2 * j, light * photons) / photons));
        }
        natural_clamp(c, i);
    }
    return 0;
}

static const struct param rows[] = {
    {"photons", PARAM_REALS, offsetof(struct shot_noise, photons), NAN, 1e-3, 1e4, "photons",
     "mean count of a pixel at the top of the box, one number or one a severity;"
     " default for sides up to 64 500 250 100 75 50, above 60 25 12 5 3", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_shot_noise = {
    .name = "shot_noise",
    .source = NATURAL_SOURCE,
    .doc = "Poisson noise of counted photons",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct shot_noise),
    .params = rows,
    .finish = finish,
    .run = run};
