#include <math.h>

#include "attacks/defences/defences.h"

struct bit_depth {
    long bits;
};

/* The nearest of 2^bits evenly spaced values from low to high. */
static void apply(const struct defence_call *c, const float *x, float *out)
{
    const struct bit_depth *p = c->params;
    const double last = (double)((1L << p->bits) - 1);
    for (size_t j = 0; j < c->size; j++)
        out[j] = defence_value(c, j, floor(defence_share(c, j, x[j]) * last + 0.5) / last);
}

static const struct param rows[] = {
    {"bits", PARAM_INT, offsetof(struct bit_depth, bits), 4, 1, 16, "bits", "of each value that are kept", NULL, 0},
    DEFENCE_ROWS_END};

const struct defence_kind defence_bit_depth = {
    .name = "bit_depth",
    .source = "Xu et al. 2018, arXiv:1704.01155, sec. III-A",
    .doc = "round each value to so many bits of its box",
    .param_size = sizeof(struct bit_depth),
    .params = rows,
    .apply = apply};
