#include "engine/layer/pool.h"

static void forward(const struct layer_call *c)
{
    struct kern_pool p = pool_global_window(c);
    c->kern->average_pool(&p, c->x[0], c->y);
}

static void backward(const struct layer_call *c)
{
    struct kern_pool p = pool_global_window(c);
    if (c->dx[0])
        c->kern->average_pool_backward(&p, c->dy, c->dx[0]);
}

const struct layer_kind layer_kind_global_average_pooling2d = {
    .name = "global_average_pooling2d",
    .source = "keras.layers.GlobalAveragePooling2D",
    .param_size = sizeof(struct pool_global_params),
    .params = pool_global_rows,
    .infer = pool_global_infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_POOLED,
    .scores = 1,
    .doc = "mean over the image",
};
