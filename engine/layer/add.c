#include "engine/layer/merge.h"

static void forward(const struct layer_call *c)
{
    merge_fold(c, c->kern->add);
}

static void backward(const struct layer_call *c)
{
    for (size_t i = 0; i < c->inputs_n; i++)
        merge_pass(c, i, 1.0f);
}

const struct layer_kind layer_kind_add = {
    .name = "add",
    .source = "keras.layers.Add",
    .params = layer_no_rows,
    .infer = merge_infer_any,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .masking = LAYER_MASK_MERGED,
    .doc = "sum of the inputs",
};
