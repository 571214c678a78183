#include "attacks/defences/defences.h"

struct threshold {
    double at;
};

static void apply(const struct defence_call *c, const float *x, float *out)
{
    const struct threshold *p = c->params;
    for (size_t j = 0; j < c->size; j++)
        out[j] = defence_share(c, j, x[j]) >= p->at ? c->high[j] : c->low[j];
}

static const struct param rows[] = {
    {"at", PARAM_REAL, offsetof(struct threshold, at), 0.5, 0, 1, "share of the box",
     "values from here on become high, others low", NULL, 0},
    DEFENCE_ROWS_END};

const struct defence_kind defence_threshold = {
    .name = "threshold",
    .source = "Madry et al. 2018, arXiv:1706.06083, app. C (the first filters of its MNIST nets)",
    .doc = "every value becomes the low or the high end of its box",
    .param_size = sizeof(struct threshold),
    .params = rows,
    .apply = apply};
