#include "engine/layer/layer.h"

struct params {
    double low, high;
};

static const struct param rows[] = {
    {"low", PARAM_REAL, offsetof(struct params, low), -3.4e38, -3.4e38, 3.4e38, "", "least value", NULL, 0},
    {"high", PARAM_REAL, offsetof(struct params, high), 3.4e38, -3.4e38, 3.4e38, "", "largest value", NULL, 0},
    LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    if (p->low > p->high)
        return err_set(e, ERR_INPUT, "clips to %g .. %g, where nothing lies between", p->low, p->high);
    *out = *in;
    needs->keeps = LAYER_KEEPS_X;
    return 0;
}

static void clip(const struct layer_call *c, const float *x, float *y)
{
    const struct params *p = c->params;
    const float low = (float)p->low, high = (float)p->high;
    for (size_t i = 0; i < c->n * shape_size(c->in); i++)
        y[i] = x[i] < low ? low : x[i] > high ? high : x[i];
}

static void forward(const struct layer_call *c)
{
    clip(c, c->x[0], c->y);
}

/* At the ends the gradient goes through. */
static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    const float low = (float)p->low, high = (float)p->high;
    for (size_t i = 0; c->dx[0] && i < c->n * shape_size(c->in); i++)
        c->dx[0][i] = c->x[0][i] >= low && c->x[0][i] <= high ? c->dy[i] : 0.0f;
}

/* It never falls, and rounds nothing: the values at the ends are the bounds. */
static void bounds(const struct layer_call *c, const float *const *low, const float *const *high, float *y_low,
                   float *y_high)
{
    clip(c, low[0], y_low);
    clip(c, high[0], y_high);
}

const struct layer_kind layer_kind_clip = {
    .name = "clip",
    .source = "keras.ops.clip; gradient as tf.clip_by_value",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .bounds = bounds,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "values between two numbers; those beyond become the nearer one",
};
