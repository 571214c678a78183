#include "engine/layer/merge.h"

static void forward(const struct layer_call *c)
{
    merge_fold(c, c->kern->maximum);
}

const struct layer_kind layer_kind_maximum = {
    .name = "maximum",
    .source = "keras.layers.Maximum",
    .params = layer_no_rows,
    .infer = merge_infer_xy,
    .forward = forward,
    .backward = merge_backward_chosen,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .masking = LAYER_MASK_MERGED,
    .doc = "largest of the inputs; the gradient goes to the first of them",
};
