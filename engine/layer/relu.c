#include "engine/layer/activation.h"
#include <math.h>

static const struct param rows[] = {{"max_value", PARAM_REAL, offsetof(struct activation_params, a), INFINITY, 0, 1e30,
                                     "", "upper limit; none if absent", NULL, 0},
                                    {"negative_slope", PARAM_REAL, offsetof(struct activation_params, b), 0, 0, 1e30,
                                     "", "slope below the threshold", NULL, 0},
                                    {"threshold", PARAM_REAL, offsetof(struct activation_params, c), 0, 0, 1e30, "",
                                     "where the function starts to rise", NULL, 0},
                                    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct activation_params *p = params;
    (void)e;
    p->function = isinf(p->a) && p->b == 0 && p->c == 0 ? KERN_RELU : KERN_RELU_CLIP;
    return 0;
}

const struct layer_kind layer_kind_relu = {
    .name = "relu",
    .source = "keras.layers.ReLU",
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
    .doc = "rectifier with optional limit, slope and threshold",
};
