#include "engine/layer/activation.h"

static const struct param rows[] = {{"negative_slope", PARAM_REAL, offsetof(struct activation_params, a), 0.3, 0, 1e30,
                                     "", "slope below 0; the activation leaky_relu has 0.2", NULL, 0},
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct activation_params *p = params;
    (void)e;
    p->function = KERN_LEAKY_RELU;
    return 0;
}

const struct layer_kind layer_kind_leaky_relu = {
    .name = "leaky_relu",
    .source = "keras.layers.LeakyReLU",
    .param_size = sizeof(struct activation_params),
    .params = rows,
    .finish = finish,
    .infer = activation_infer,
    .forward = activation_forward,
    .backward = activation_backward,
    .bounds = activation_bounds,
    .role = activation_role,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .masking = LAYER_MASK_KEPT,
    .doc = "rectifier with a slope below 0",
};
