#include "engine/layer/activation.h"

static const struct param rows[] = {
    {"alpha", PARAM_REAL, offsetof(struct activation_params, a), 1, 0, 1e30, "", "limit far below 0, negated", NULL, 0},
    LAYER_ROWS_END};

static int finish(void *params, struct err *e)
{
    struct activation_params *p = params;
    (void)e;
    p->function = KERN_ELU;
    return 0;
}

const struct layer_kind layer_kind_elu = {
    .name = "elu",
    .source = "keras.layers.ELU: Clevert et al. 2016, arXiv:1511.07289",
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
    .doc = "exponential linear unit",
};
