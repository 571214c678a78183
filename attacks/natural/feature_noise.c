#include "attacks/natural/natural.h"
#include <math.h>
#include "datasets/dataset.h"

struct feature_noise {
    struct param_reals sigma;
};

static int finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    static const double table[] = {.02, .04, .06, .08, .10};
    struct feature_noise *p = params;
    (void)norm, (void)eps;
    return natural_levels(&p->sigma, "sigma", table, NULL, shape, e);
}

static enum feature_kind kind_of(const struct attack_call *c, size_t j)
{
    return c->feature != NULL ? c->feature[j].kind : FEATURE_NUMERIC;
}

static float measure(const struct attack_call *c, size_t j, double sigma, float x, float normal)
{
    double value = (double)x + sigma * natural_width(c, j) * (double)normal;
    return (float)(kind_of(c, j) == FEATURE_NUMERIC ? value : floor(value + 0.5));
}

/* A column has its own draw, whether its neighbours may change or not. */
static int run(const struct attack_call *c, struct err *e)
{
    const struct feature_noise *p = c->params;
    double sigma = natural_level(&p->sigma, c);
    (void)e;
    for (size_t i = 0; i < c->n; i++) {
        struct rng_key key = natural_key(c, i);
        float *adv = c->adv + i * c->size;
        rng_fill_normal(&key, 0, c->size, c->scratch);
        for (size_t j = 0; j < c->size; j++)
            if (kind_of(c, j) != FEATURE_ONEHOT && !natural_fixed(c, j))
                adv[j] = measure(c, j, sigma, adv[j], c->scratch[j]);
        natural_clamp(c, i);
    }
    return 0;
}

static size_t scratch(const void *params, const struct shape *s, size_t classes, size_t n)
{
    (void)params, (void)classes, (void)n;
    return shape_size(s);
}

static const struct param rows[] = {
    {"sigma", PARAM_REALS, offsetof(struct feature_noise, sigma), NAN, 0, 10, "box widths",
     "standard deviation, one number or one a severity (.02 .04 .06 .08 .10)", NULL, 0},
    NATURAL_ROWS_END};

const struct attack_kind transformation_feature_noise = {
    .name = "feature_noise",
    .source = "errors of measurement; Bishop 1995, doi:10.1162/neco.1995.7.1.108",
    .doc = "normal noise on every numeric feature; integers and ordinals are rounded, one-hot features stay",
    .subject = SUBJECT_TABLE,
    .param_size = sizeof(struct feature_noise),
    .params = rows,
    .finish = finish,
    .scratch = scratch,
    .run = run};
