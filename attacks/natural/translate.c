#include "attacks/natural/natural.h"
#include <math.h>

struct translate {
    struct param_reals fraction;
    int fill;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double table[] = {.02, .04, .06, .08, .10};
    struct translate *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->fraction, "fraction", table, NULL, shape, e);
}

static int run(const struct attack_call *c, struct err *e)
{
    const struct translate *p = c->params;
    double fraction = natural_level(&p->fraction, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        double y = fraction * (double)c->shape->dim[0], x = fraction * (double)c->shape->dim[1];
        double back[6] = {1, 0, rng_below(&key, 0, 2) ? y : -y, 0, 1, rng_below(&key, 1, 2) ? x : -x};
        warp(c, i, back, (enum warp_fill)p->fill, c->adv + i * c->size);
    }
    return 0;
}

static const struct param rows[] = {
    {"fraction", PARAM_REALS, offsetof(struct translate, fraction), NAN, 0, 1, "image sides",
     "shift along both axes, to random sides; one number or one a severity (.02 .04 .06 .08 .10)", NULL, 0},
    {"fill", PARAM_CHOICE, offsetof(struct translate, fill), WARP_LOW, 0, 2, "",
     "what comes in from outside: the box's low end, its middle, or the nearest edge pixel", warp_fill_names, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_translate = {
    .name = "translate",
    .source = "Engstrom et al. 2019, arXiv:1712.02779 (severity 5 is its limit)",
    .doc = "shifted along both axes, bilinear",
    .subject = SUBJECT_IMAGE,
    .param_size = sizeof(struct translate),
    .params = rows,
    .finish = finish,
    .run = run};
