#include "engine/layer/merge.h"

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    TRY(layer_check_inputs(in, inputs_n, 2, e));
    return merge_infer(in, inputs_n, out, needs, e);
}

static void forward(const struct layer_call *c)
{
    merge_fold(c, c->kern->subtract);
}

static void backward(const struct layer_call *c)
{
    for (size_t i = 0; i < c->inputs_n; i++)
        merge_pass(c, i, i == 0 ? 1.0f : -1.0f);
}

const struct layer_kind layer_kind_subtract = {
    .name = "subtract",
    .source = "keras.layers.Subtract",
    .params = layer_no_rows,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .axes = LAYER_AXES_ANY,
    .scores = 1,
    .masking = LAYER_MASK_MERGED,
    .doc = "first input minus the second",
};
