#include "engine/layer/pool.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    needs->keeps = LAYER_KEEPS_X | LAYER_KEEPS_Y;
    return pool_global_infer(params, in, inputs_n, out, needs, e);
}

static void forward(const struct layer_call *c)
{
    struct kern_pool p = pool_global_window(c);
    c->kern->max_pool(&p, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    struct kern_pool p = pool_global_window(c);
    if (c->dx[0])
        c->kern->max_pool_backward(&p, c->x[0], c->y, c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_global_max_pooling2d = {
    .name = "global_max_pooling2d",
    .source = "keras.layers.GlobalMaxPooling2D",
    .param_size = sizeof(struct pool_global_params),
    .params = pool_global_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_POOLED,
    .scores = 1,
    .doc = "maximum over the image; the gradient goes to the first maximum",
};
