#include "engine/layer/layer.h"

struct params {
    int data_format;
};

static const struct param rows[] = {LAYER_CHANNELS_LAST(struct params, data_format), LAYER_ROWS_END};

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    (void)params;
    (void)needs;
    TRY(layer_check_inputs(in, inputs_n, 1, e));
    *out = (struct shape){1, {shape_size(in)}};
    return 0;
}

const struct layer_kind layer_kind_flatten = {
    .name = "flatten",
    .source = "keras.layers.Flatten",
    .param_size = sizeof(struct params),
    .params = rows,
    .infer = infer,
    .forward = layer_copy_forward,
    .backward = layer_copy_backward,
    .bounds = layer_copy_bounds,
    .role = layer_identity,
    .in_place = 1,
    .axes = LAYER_AXES_POOLED,
    .scores = 1,
    .doc = "all axes into one",
};
