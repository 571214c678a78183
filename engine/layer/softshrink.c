#include "engine/layer/layer.h"

struct params {
    double lambd;
};

static const struct param rows[] = {
    {"lambd", PARAM_REAL, offsetof(struct params, lambd), 0.5, 0, 1e30, "", "lambda: values up to this size become 0",
     NULL, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    needs->keeps = LAYER_KEEPS_Y;
    return 0;
}

static void shrink(const struct layer_call *c, const float *x, float *y)
{
    const struct params *p = c->params;
    float lambda = (float)p->lambd;
    for (size_t i = 0; i < c->n * shape_size(c->in); i++)
        y[i] = x[i] > lambda ? x[i] - lambda : x[i] < -lambda ? x[i] + lambda : 0;
}

static void forward(const struct layer_call *c)
{
    shrink(c, c->x[0], c->y);
}

/* Two floats that differ have a difference that is not 0, so y tells what was shrunk. */
static void backward(const struct layer_call *c)
{
    for (size_t i = 0; c->dx[0] && i < c->n * shape_size(c->in); i++)
        c->dx[0][i] = c->y[i] != 0 ? c->dy[i] : 0;
}

/* It never falls, and one rounding keeps the order of numbers: the values at the ends are the bounds. */
static void bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                   float *y_high)
{
    shrink(c, low[0], y_low);
    shrink(c, high[0], y_high);
}

const struct layer_kind layer_kind_softshrink = {
    .name = "softshrink",
    .source = "keras.activations.soft_shrink: Donoho & Johnstone 1994, doi:10.1093/biomet/81.3.425",
    .activation = "soft_shrink",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .bounds = bounds,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .masking = LAYER_MASK_KEPT,
    .doc = "x moved towards 0 by lambda, and 0 within it",
};
