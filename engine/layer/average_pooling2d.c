#include "engine/layer/pool.h"

static void forward(const struct layer_call *c)
{
    struct kern_pool p = pool_window(c);
    c->kern->average_pool(&p, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    struct kern_pool p = pool_window(c);
    if (c->dx[0])
        c->kern->average_pool_backward(&p, c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_average_pooling2d = {
    .name = "average_pooling2d",
    .source = "keras.layers.AveragePooling2D (divides by the number of real cells)",
    .param_size = sizeof(struct pool_params),
    .params = pool_rows,
    .infer = pool_infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_IMAGE,
    .doc = "mean of each window",
};
