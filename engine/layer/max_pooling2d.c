#include "engine/layer/pool.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    needs->keeps = LAYER_KEEPS_X | LAYER_KEEPS_Y;
    return pool_infer(params, in, inputs_n, out, needs, e);
}

static void forward(const struct layer_call *c)
{
    struct kern_pool p = pool_window(c);
    c->kern->max_pool(&p, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    struct kern_pool p = pool_window(c);
    if (c->dx[0])
        c->kern->max_pool_backward(&p, c->x[0], c->y, c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_max_pooling2d = {
    .name = "max_pooling2d",
    .source = "keras.layers.MaxPooling2D",
    .param_size = sizeof(struct pool_params),
    .params = pool_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_IMAGE,
    .doc = "maximum of each window; the gradient goes to its first maximum",
};
