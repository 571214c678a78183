#include "attacks/defences/defences.h"

struct noise {
    double sigma;
};

/* Its gradient is the identity. What leaves the box is left there, as in the paper. */
static void apply(const struct defence_call *c, const float *x, float *out)
{
    const struct noise *p = c->params;
    rng_fill_normal(&c->key, 0, c->size, out);
    for (size_t j = 0; j < c->size; j++)
        out[j] = x[j] + (float)(p->sigma * ((double)c->high[j] - (double)c->low[j])) * out[j];
}

static const struct param rows[] = {
    {"sigma", PARAM_REAL, offsetof(struct noise, sigma), 0.05, 0, 10, "box widths", "standard deviation", NULL, 0},
    DEFENCE_ROWS_END};

const struct defence_kind defence_gaussian_noise = {
    .name = "gaussian_noise",
    .source = "Cohen et al. 2019, arXiv:1902.02918, sec. 3 (the smoothed classifier, without its certificate)",
    .doc = "independent normal noise on every value, drawn anew for every answer",
    .draws = 1,
    .param_size = sizeof(struct noise),
    .params = rows,
    .apply = apply};
