#include "engine/layer/merge.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 2, e));
    needs->keeps = LAYER_KEEPS_X;
    return merge_infer(in, inputs_n, out, needs, e);
}

static void quotient(size_t n, const float *x, const float *z, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] / z[i];
}

static void forward(const struct layer_call *c)
{
    merge_fold(c, quotient);
}

/* dx0 = dy / x1; dx1 = -dx0 x0 / x1 */
static void backward(const struct layer_call *c)
{
    size_t n = c->n * shape_size(c->out);
    float *g = c->dx[0] ? merge_target(c, 0) : NULL;
    if (g) {
        quotient(n, c->dy, merge_expand(c, 1, merge_spare(c)), g);
        merge_reduce(c, 0, g);
    }
    g = c->dx[1] ? merge_target(c, 1) : NULL;
    if (!g)
        return;
    const float *z = merge_expand(c, 1, merge_spare(c));
    quotient(n, c->dy, z, c->dy);
    quotient(n, c->dy, z, c->dy);
    c->kern->multiply(n, c->dy, merge_expand(c, 0, merge_spare(c)), g);
    c->kern->scale(n, -1.0f, g, g);
    merge_reduce(c, 1, g);
}

const struct layer_kind layer_kind_divide = {
    .name = "divide",
    .source = "keras.ops.divide",
    .params = layer_no_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .doc = "first input over the second",
};
