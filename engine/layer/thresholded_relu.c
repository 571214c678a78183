#include "engine/layer/activation.h"
#include <math.h>

static const struct param rows[] = {
    {"theta", PARAM_REAL, offsetof(struct activation_params, c), 1, 0, 1e30, "", "values up to here become 0", NULL, 0},
    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct activation_params *p = params;
    (void)e;
    p->function = KERN_RELU_CLIP;
    p->a = INFINITY; /* no upper limit */
    return 0;
}

const struct layer_kind layer_kind_thresholded_relu = {
    .name = "thresholded_relu",
    .source = "keras.layers.ThresholdedReLU: Konda et al. 2014, arXiv:1402.3337",
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
    .doc = "x above a threshold, else 0",
};
