#include "engine/layer/layer.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = *in;
    return 0;
}

const struct layer_kind layer_kind_dropout = {
    .name = "dropout",
    .source = "keras.layers: what acts in training only",
    .params = layer_no_rows,
    .infer = infer,
    .forward = layer_copy_forward,
    .backward = layer_copy_backward,
    .bounds = layer_copy_bounds,
    .role = layer_identity,
    .in_place = 1,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .masking = LAYER_MASK_KEPT,
    .doc = "dropout, noise and random augmentation: the identity at inference",
};
